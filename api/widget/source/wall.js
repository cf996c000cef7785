/** The element `<bladi-wall>`: it shows a wall, or leaves the host's own link where it cannot. */

import { ANEW, addressOf, read, readPage, ReadError } from "./net.js";
import { optionsOf, warn } from "./options.js";
import { viewOf } from "./view.js";
import { wordsOf } from "./words.js";

/**
 * Names and digests of the style and the words that belong to this very file; put in by the server.
 * @type {Record<string, [name: string, integrity: string]>}
 */
const PARTS = JSON.parse("@parts@");
const ATTRIBUTES = ["src", "lang", "layout", "limit", "theme", "collection", "types", "sources", "submit", "heading-level"];

/** @type {Map<string, Promise<any>>} */
const parts = new Map();

/**
 * Return a part, which is read once for all walls of a page.
 * @param {string} name
 * @param {(text: string) => any} make
 */
function part(name, make) {
  const [file, integrity] = PARTS[name];
  let found = parts.get(name);
  if (!found) {
    found = read(new URL(file, import.meta.url), { integrity }).then(make);
    found.catch(() => parts.delete(name));
    parts.set(name, found);
  }
  return found;
}

/** @param {string} text */
function sheetOf(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

/** Return the first page; where the host's own choices are refused, the page without them. @param {import("./types.js").Options} options @param {RequestInit} [more] */
async function firstPage(options, more) {
  const { src, lang, limit, bounds } = options;
  try {
    return await readPage(addressOf(src, { lang, limit, ...bounds }), more);
  } catch (error) {
    if (!(error instanceof ReadError) || error.status !== 422 || !(bounds.types || bounds.sources)) throw error;
    warn(`types="${bounds.types}" or sources="${bounds.sources}" is not known; it is all`);
    // What is for no big screen is on none, whatever else the host says.
    options.bounds = { kiosk: bounds.kiosk };
    return firstPage(options, more);
  }
}

class BladiWall extends HTMLElement {
  static observedAttributes = ATTRIBUTES;
  /** @type {ReturnType<typeof viewOf> | null} */
  #view = null;
  #turn = 0;
  #planned = false;

  connectedCallback() {
    this.#plan();
  }

  disconnectedCallback() {
    this.#turn++;
    this.#view?.stop();
    this.#view = null;
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#plan();
  }

  #plan() {
    // Several attributes that change together are one change.
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      if (this.isConnected) this.#show();
    });
  }

  async #show() {
    const turn = ++this.#turn;
    try {
      const options = optionsOf(this);
      const [sheet, strings, page] = await Promise.all([
        part("style", sheetOf), part(options.lang, JSON.parse), firstPage(options, this.#view ? ANEW : {}),
      ]);
      if (turn !== this.#turn) return;
      const view = viewOf(options, wordsOf(options.lang, strings), page, this.#fire);
      // A fragment from the server has its root already, with the same posts.
      const root = this.shadowRoot || this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.replaceChildren(view.element);
      this.#view?.stop();
      this.#view = view;
      view.start(this);
      this.#fire("bw:ready", { posts: view.size() });
    } catch (error) {
      // The host's link, or what was shown before, stays.
      const message = error instanceof Error ? error.message : String(error);
      warn(`no wall: ${message}`);
      this.#fire("bw:error", { status: error instanceof ReadError ? error.status : 0, message });
    }
  }

  #fire = (/** @type {string} */ name, /** @type {object} */ detail) =>
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable: true, detail }));
}

if (!customElements.get("bladi-wall")) customElements.define("bladi-wall", BladiWall);
