/** Reading from the wall's own server: bounded in time and in size, without any credentials. */

/** Bytes of the longest answer: some twenty times a full page. */
const LONGEST = 2_000_000;
/** Posts of one answer, at most: so many that the page around us does not stand still. */
export const MOST = 100;
/** Milliseconds until an answer is whole, or given up. */
const PATIENCE = 15_000;

/**
 * Return an address of the wall's with its parameters; those that are empty are left out.
 * @param {URL} source
 * @param {object} given
 * @param {string} [below]
 */
export function addressOf(source, given, below = "") {
  const url = new URL(source);
  url.pathname += below;
  for (const [name, value] of Object.entries(given)) if (value) url.searchParams.set(name, value);
  return url;
}

/** An answer that is no answer; `status` is 0 where there was none. */
export class ReadError extends Error {
  /** @param {string} message @param {number} [status] */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/**
 * Return the text at an address.
 * @param {URL} url
 * @param {RequestInit} [more]
 * @returns {Promise<string>}
 */
export async function read(url, more = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(url, {
      credentials: "omit", referrerPolicy: "no-referrer", signal: stop.signal, ...more,
    });
    if (!answer.ok || !answer.body) throw new ReadError(`answered ${answer.status}`, answer.status);
    return await bounded(answer.body.getReader());
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

/** @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader */
async function bounded(reader) {
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts).text();
    size += value.length;
    if (size > LONGEST) throw new ReadError("too long");
    parts.push(value);
  }
}

/** A cache may answer with what was true; who asks again wants to know what is. @type {RequestInit} */
export const ANEW = { cache: "no-cache" };

/**
 * Return a page of the wall.
 * @param {URL} url
 * @param {RequestInit} [more]
 * @returns {Promise<import("./types.js").Page>}
 */
export async function readPage(url, more) {
  const page = JSON.parse(await read(url, more));
  if (!Array.isArray(page?.posts)) throw new ReadError("no wall");
  page.posts = page.posts.slice(0, MOST).filter((/** @type {any} */ post) => Number.isInteger(post?.id));
  return page;
}

/**
 * Return what has changed; a list that is missing is empty.
 * @param {URL} url
 * @returns {Promise<import("./types.js").Changes>}
 */
export async function readChanges(url) {
  const changes = JSON.parse(await read(url, ANEW));
  if (!changes?.revision) throw new ReadError("no changes");
  return changes;
}
