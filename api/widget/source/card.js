/** One post as a card, with everything that its network asks to be shown. */

import { el, icon, link, mark, press, star } from "./dom.js";
import { mediaOf } from "./media.js";
import { menuOf } from "./menu.js";

/** Characters of a text that is set large, like a quotation. */
const SHORT = 240;

/**
 * Return the item of a post in the wall's list.
 * @param {import("./types.js").Post} post
 * @param {import("./types.js").Context} context
 * @param {boolean} [eager] its picture is needed at once
 * @returns {HTMLElement}
 */
export function cardOf(post, context, eager = false) {
  const media = post.card && mediaOf(post, context, eager);
  const look = !post.card ? "linked" : media ? "pictured" : isQuote(post) ? "quote" : "plain";
  const card = el("article", {
    class: `card ${look} of-${post.platform}`, part: "card", tabindex: -1, "aria-labelledby": `a${post.id}`,
  });
  const body = post.card ? bodyOf(post, context) : linked(post, context);
  if (post.warning)
    card.append(el("details", { class: "fold" }, el("summary", {}, star("bullet"), post.warning), media, body));
  else card.append(...(media ? [media, body] : [body]));
  card.append(footOf(post, card, context, eager));
  return el("li", { class: "item", "data-id": post.id }, card);
}

/** @param {import("./types.js").Post} post */
function isQuote(post) {
  const length = (post.text || []).reduce((sum, run) => sum + (typeof run === "string" ? run : run.text).length, 0);
  return !post.title && length > 0 && length <= SHORT && post.kind !== "article";
}

/** @param {import("./types.js").Post} post @param {import("./types.js").Context} context */
function bodyOf(post, context) {
  const { words, options } = context;
  const own = { lang: post.lang, dir: post.dir || "auto" };
  const body = el("div", { class: "body" },
    post.label && el("p", { class: "label", part: "tag" }, star("bullet"), post.label),
    post.title && el(`h${options.level + 1}`, { class: "title", ...own }, post.title),
    !!post.text?.length && el("p", { class: "text", part: "text", ...own }, ...post.text.map(run)),
    !!post.text?.length && opener(post, words));
  const also = (post.also_on || []).map((place) =>
    link(place.url, {}, mark(place.platform), el("bdi", {}, place.network)));
  if (also.length) body.append(el("p", { class: "also" }, words.also, ...also));
  if ((post.people || 0) > 1)
    body.append(el("p", { class: "also" }, words.count("people", /** @type {number} */ (post.people))));
  return body;
}

/** Return the piece of a text: as it is, or as a link. @param {string | import("./types.js").Run} run */
function run(run) {
  if (typeof run === "string") return run;
  // A hashtag of the other direction would show its mark at the wrong end.
  return link(run.href, { class: run.kind }, el("bdi", {}, run.text));
}

/** Return the button that unfolds a long text; layouts show it where the text is cut. @param {import("./types.js").Post} post @param {import("./types.js").Words} words */
function opener(post, words) {
  const button = press({
    class: "open", hidden: true, "aria-expanded": "false",
    click: () => {
      const whole = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(whole));
      button.previousElementSibling?.classList.toggle("whole", whole);
      button.textContent = words[whole ? "less" : "open"];
    },
  }, words.open);
  return button;
}

/** @param {import("./types.js").Post} post @param {import("./types.js").Context} context */
function linked(post, { words }) {
  return el("div", { class: "body" }, star("big"),
    link(post.url, { class: "see" }, ...words.put("see", { network: post.network }), icon("out")));
}

/** @param {import("./types.js").Post} post @param {HTMLElement} card @param {import("./types.js").Context} context @param {boolean} eager */
function footOf(post, card, context, eager) {
  const { words } = context;
  const { author, published, edited } = post;
  const when = published && el("time", { datetime: published.at }, published.text);
  const name = author && author.name && el("bdi", {}, author.name);
  const handle = author && author.handle && el("bdi", { class: "handle", dir: "ltr" }, author.handle);
  return el("footer", { class: "foot", part: "author" },
    author && avatar(author, post, eager),
    el("div", { class: "who", id: `a${post.id}` },
      (name || handle) && link(author?.url, { class: "name" }, name, name && handle && " ", handle),
      el("span", { class: "where" },
        el("span", {}, mark(post.platform), el("bdi", {}, post.network)), when && link(post.url, {}, when),
        edited && el("span", { title: edited.text }, words.edited))),
    post.menu && menuOf(post, card, context));
}

/** @param {import("./types.js").Author} author @param {import("./types.js").Post} post @param {boolean} eager */
function avatar(author, post, eager) {
  const image = author.avatar && el("img", {
    src: author.avatar.src, srcset: author.avatar.srcset, sizes: "38px", width: 38, height: 38, alt: "",
    loading: !eager && "lazy", decoding: "async", referrerpolicy: "no-referrer",
    error: () => image && image.replaceWith(author.initials || ""),
  });
  return el("span", { class: `avatar tone-${post.id % 6}`, "aria-hidden": "true" },
    image || author.initials || star("bullet"));
}
