/** One wall on the screen: what it shows, and how that changes. */

import { barOf, headOf } from "./bar.js";
import { cardOf } from "./card.js";
import { band, el, icon, press } from "./dom.js";
import { carousel, isCalm, layBricks, offerWhole } from "./layouts.js";
import { keepAsking } from "./live.js";
import { ANEW, MOST, ReadError, addressOf, readChanges, readPage } from "./net.js";
import { warn } from "./options.js";
import { speech } from "./speech.js";
import { stageOf } from "./stage.js";

/** Posts that a big screen keeps, for when it is cut off. */
const KEPT = 200;

/**
 * Return a wall that shows a first page.
 * @param {import("./types.js").Options} options
 * @param {import("./types.js").Words} words
 * @param {import("./types.js").Page} first
 * @param {import("./types.js").Fire} fire
 */
export function viewOf(options, words, first, fire) {
  const isKiosk = options.layout === "kiosk";
  const { element: status, tell, end: endSpeech } = speech();
  /** @type {import("./types.js").Context} */
  const context = { words, options, tell, fire };
  /** @type {Map<number, HTMLElement>} */
  const items = new Map();
  /** @type {string | null} */
  let next = null;
  let revision = "";
  let waiting = 0;
  let isPaused = false;
  /** Counts the choices: an answer to one before the last is thrown away. */
  let turn = 0;
  const everything = { kind: "", language: "", platform: "", q: "" };
  let query = everything;
  /** @type {(() => void)[]} */
  const ends = [endSpeech];
  /** @type {ReturnType<typeof stageOf> | undefined} */
  let stage;

  const list = el("ul", { class: "posts" });
  const more = press({ class: "more", click: () => showMore() }, words.more);
  const fresh = press({ class: "fresh", hidden: true, click: () => choose(query, true) });
  const nothing = el("p", { class: "nothing", hidden: true }, words.nothing, " ",
    press({ class: "open", click: () => choose(everything) }, words.reset));
  const end = el("div", { class: "end", tabindex: -1 }, more, el("p", { class: "promise" }, words.promise));
  const skip = el("a", {
    class: "skip", href: "#",
    click: (/** @type {Event} */ event) => { event.preventDefault(); end.focus(); },
  }, words.skip);
  const bar = barOf(first.filters, words, (change) => choose({ ...query, ...change }), (paused) => {
    isPaused = paused;
    announce(waiting);
  });
  const element = el("section", {
    class: `wall ${options.layout} ${options.theme}`, lang: words.lang, dir: words.rtl ? "rtl" : "ltr",
    "aria-labelledby": "heading", keydown: (/** @type {KeyboardEvent} */ event) => pauseStage(event),
  }, band(), el("div", { class: "inside" }, ...(isKiosk
    ? [headOf(first, context), list, status]
    : [skip, headOf(first, context), bar.element, fresh, list,
      options.layout === "carousel" && carousel(list, words), nothing, end, status])));

  const layOut = () => {
    // First what changes how high the cards are.
    offerWhole(list);
    if (options.layout === "masonry") layBricks(list);
  };
  // Later: what is laid out while sizes are told makes the page around us complain of a loop.
  const watch = new ResizeObserver(() => requestAnimationFrame(layOut));
  ends.push(() => watch.disconnect());

  /** @param {object} given @param {string} [below] */
  const address = (given, below) => addressOf(options.src, { lang: words.lang, ...options.bounds, ...query, ...given }, below);

  /** @param {import("./types.js").Post} post */
  const itemOf = (post) => {
    try {
      // A big screen that is cut off has its pictures, too.
      const item = cardOf(post, context, isKiosk || items.size === 0);
      // Only the first may be wide: others would leave holes.
      if (items.size === 0 && (post.featured || (post.media?.length && !post.warning))) item.classList.add("wide");
      if (options.layout === "masonry") watch.observe(/** @type {Element} */ (item.firstElementChild));
      return item;
    } catch {
      warn(`post ${post.id} cannot be shown`);
      return null;
    }
  };

  const settle = () => {
    more.hidden = !next;
    nothing.hidden = items.size > 0;
    layOut();
  };

  /** Put the posts of a page at the end; return the first new item. @param {import("./types.js").Page} page */
  const add = (page) => {
    const added = [];
    for (const post of page.posts) {
      // X is not shown in frames.
      if (items.has(post.id) || (options.framed && post.platform === "x")) continue;
      const item = itemOf(post);
      if (!item) continue;
      items.set(post.id, item);
      added.push(item);
    }
    if (!isKiosk) list.append(...added);
    next = page.next;
    revision = page.revision || revision;
    settle();
    return added[0];
  };

  /** @param {Element | null | undefined} item */
  const focus = (item) => {
    const card = /** @type {HTMLElement | null | undefined} */ (item?.firstElementChild);
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest", behavior: isCalm() ? "auto" : "smooth" });
  };

  /** Return a page, or nothing after saying that there is none. @param {object} given */
  const attempt = async (given) => {
    element.setAttribute("aria-busy", "true");
    try {
      return await readPage(address({ limit: options.limit, ...given }), ANEW);
    } catch (error) {
      tell(words.unread);
      fire("bw:error", { status: error instanceof ReadError ? error.status : 0 });
      return null;
    } finally {
      element.removeAttribute("aria-busy");
    }
  };

  const showMore = async () => {
    const mine = turn;
    const page = await attempt({ cursor: next });
    if (!page || mine !== turn) return;
    const before = items.size;
    focus(add(page));
    tell(words.count("added", items.size - before));
  };

  /** Show what a visitor chose, from the top. @param {typeof query} wish @param {boolean} [goThere] */
  const choose = async (wish, goThere = false) => {
    const mine = ++turn;
    const before = query;
    query = wish;
    bar.show(query);
    const page = await attempt({});
    if (mine !== turn) return;
    if (!page) return bar.show((query = before));
    items.clear();
    list.replaceChildren();
    const top = add(page);
    announce(0);
    if (goThere) focus(top);
    else tell(items.size ? words.count("shown", items.size) : words.nothing);
  };

  /** @param {number} many */
  const announce = (many) => {
    waiting = many;
    fresh.hidden = !many || isPaused;
    if (fresh.hidden) return;
    fresh.replaceChildren(icon("up"), words.count("new", many));
    tell(words.count("new", many));
  };

  const focused = () => /** @type {ShadowRoot} */ (element.getRootNode()).activeElement;

  /** @param {number} id */
  const remove = (id) => {
    const item = items.get(id);
    if (!item) return;
    const neighbour = item.contains(focused()) && (item.nextElementSibling || item.previousElementSibling);
    item.remove();
    items.delete(id);
    if (neighbour) focus(neighbour);
  };

  /** Read again what is shown: put changed cards in the place of old ones, drop what is gone. */
  const compare = async () => {
    const mine = turn;
    const page = await readPage(address({ limit: Math.min(MOST, Math.max(items.size, options.limit)) }), ANEW);
    if (mine !== turn) return;
    const known = new Map(page.posts.map((post) => [post.id, post]));
    for (const [id, item] of [...items]) {
      const post = known.get(id);
      const anew = post && !item.contains(focused()) && itemOf(post);
      if (anew) {
        anew.classList.toggle("wide", item.classList.contains("wide"));
        item.replaceWith(anew);
        items.set(id, anew);
      } else if (!post && !page.next) remove(id);
    }
  };

  const refresh = async () => {
    const changes = await readChanges(address({ cursor: revision }, "/changes"));
    for (const id of changes.removed || []) remove(id);
    if (changes.reset || (changes.updated || []).some((id) => items.has(id))) await compare();
    if (stage) await keep();
    revision = changes.revision;
    announce(waiting + (changes.new || 0));
    settle();
  };

  /** Read as many posts as a big screen keeps; till all are there it goes on with what it has. */
  const keep = async () => {
    const pages = [];
    let cursor;
    do pages.push(await readPage(address({ limit: MOST, cursor }), ANEW));
    while ((cursor = pages.at(-1)?.next) && pages.length * MOST < KEPT);
    items.clear();
    pages.forEach(add);
  };

  /** @param {KeyboardEvent} event */
  const pauseStage = (event) => {
    if (event.key !== " " || !stage) return;
    event.preventDefault();
    tell(words[stage.toggle() ? "paused" : "live"]);
  };

  add(first);
  bar.show(query);
  return {
    element,
    size: () => items.size,
    /** Begin what needs a place on the screen. @param {HTMLElement} host */
    start: (host) => {
      ends.push(keepAsking(host, refresh));
      watch.observe(list);
      layOut();
      if (!isKiosk) return;
      element.tabIndex = 0;
      stage = stageOf(list, () => [...items.values()]);
      ends.push(stage.end);
      // Cut off from the start, it tries again when it asks for changes.
      keep().catch(() => {});
    },
    stop: () => ends.forEach((one) => one()),
  };
}
