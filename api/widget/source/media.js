/** The picture of a card, or a drawing in its place; a player only after a click and a yes. */

import { el, icon, link, playMark, press, star } from "./dom.js";

const SIZES = "auto, (min-width: 1100px) 25vw, (min-width: 700px) 45vw, 92vw";
/** Hosts of players that this visitor has agreed to; forgotten with the page. @type {Set<string>} */
const agreed = new Set();

/**
 * Return what a card shows above its text, if anything.
 * @param {import("./types.js").Post} post
 * @param {import("./types.js").Context} context
 * @param {boolean} eager load the picture at once
 */
export function mediaOf(post, context, eager) {
  const all = post.media || [];
  const first = all.find((one) => one.kind !== "image") || all[0];
  if (!first) return null;
  const ratio = (first.width || 4) / (first.height || 3);
  const shape = ratio >= 1.6 ? "broad" : ratio <= 0.85 ? "tall" : ratio <= 1.15 ? "square" : "even";
  const box = el("div", { class: `media tone-${post.id % 6} ${shape}`, part: "media" });
  if (first.src) box.append(picture(first, post, eager));
  else box.append(drawing(first, post));
  if (first.kind !== "image") box.append(playing(box, first, post, context));
  const more = all.length - 1;
  const corner = first.duration || (more > 0 && first.kind === "image" && `+${more}`);
  if (corner) box.append(el("span", { class: "clock" }, el("bdi", { dir: "ltr" }, corner)));
  return box;
}

/** @param {import("./types.js").Media} media @param {import("./types.js").Post} post @param {boolean} eager */
function picture(media, post, eager) {
  const image = el("img", {
    src: media.src, srcset: media.srcset, sizes: SIZES, alt: media.alt, lang: post.lang,
    width: media.width, height: media.height, loading: !eager && "lazy",
    decoding: "async", referrerpolicy: "no-referrer",
    // A copy that cannot be read any more leaves its drawing, never a broken picture.
    error: () => whole.replaceWith(drawing(media, post)),
  });
  image.style.setProperty("background", media.colour || "");
  const webp = media.srcset_webp && el("source", { type: "image/webp", srcset: media.srcset_webp, sizes: SIZES });
  const whole = el("picture", {}, webp, image);
  return whole;
}

/** @param {import("./types.js").Media} media @param {import("./types.js").Post} post */
function drawing(media, post) {
  return el("div", { class: "drawing", role: "img", "aria-label": media.alt, lang: post.lang },
    star("big"), star("small"), el("span", { "aria-hidden": "true" }, post.author?.initials));
}

/**
 * @param {HTMLElement} box
 * @param {import("./types.js").Media} media
 * @param {import("./types.js").Post} post
 * @param {import("./types.js").Context} context
 */
function playing(box, media, post, { words, fire }) {
  const title = post.title || post.author?.name || post.network;
  const player = media.player;
  if (!player)
    return link(post.url, { class: "play", "aria-label": words.say("play", { title }) }, playMark());
  const start = () => {
    fire("bw:play", { id: post.id, platform: post.platform, host: player.host });
    const frame = /** @type {HTMLIFrameElement} */ (el("iframe", {
      src: player.src, title: player.title, allow: "autoplay; encrypted-media; picture-in-picture",
      allowfullscreen: true,
      // Without the address of the page YouTube refuses to play.
      referrerpolicy: "strict-origin-when-cross-origin",
    }));
    box.classList.add("playing");
    box.replaceChildren(frame);
    frame.focus();
  };
  const button = press({
    class: "play", "aria-label": words.say("play", { title }),
    click: () => {
      if (agreed.has(player.host)) return start();
      button.replaceWith(asking);
      yes.focus();
    },
  }, playMark());
  const yes = press({ class: "main", click: () => { agreed.add(player.host); start(); } }, icon("resume"), words.agree);
  const asking = el("div", { class: "consent", role: "group" },
    el("p", {}, ...words.put("consent", { host: player.host })),
    yes,
    press({ click: () => { asking.replaceWith(button); button.focus(); } },
      words.cancel));
  return button;
}
