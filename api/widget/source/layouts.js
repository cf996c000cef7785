/** What the style sheet alone cannot lay out: masonry, the carousel's buttons, the big screen. */

import { el, icon, press } from "./dom.js";

/** Pixels of one row of the masonry; the style sheet has the same. */
const ROW = 4;
/** Rows by which columns may differ and still be alike; it keeps the order of reading. */
const SLACK = 2;

export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Place each item in the column that is shortest so far. @param {HTMLElement} list */
export function layBricks(list) {
  const items = /** @type {HTMLElement[]} */ ([...list.children]);
  const style = getComputedStyle(list);
  const columns = style.gridTemplateColumns.split(" ").length;
  const gap = parseFloat(style.columnGap) || 0;
  const spans = items.map((item) =>
    Math.ceil((/** @type {HTMLElement} */ (item.firstElementChild).offsetHeight + gap) / ROW));
  const ends = Array(columns).fill(1);
  // Without the script there are rows as high as what is in them.
  list.classList.add("laid");
  items.forEach((item, at) => {
    const wide = columns > 1 && item.classList.contains("wide") ? 2 : 1;
    let best = 0;
    let least = Infinity;
    for (let one = 0; one + wide <= columns; one++) {
      const end = Math.max(...ends.slice(one, one + wide));
      if (end < least - SLACK) [best, least] = [one, end];
    }
    item.style.setProperty("grid-column", `${best + 1} / span ${wide}`);
    item.style.setProperty("grid-row", `${least} / span ${spans[at]}`);
    ends.fill(least + spans[at], best, best + wide);
  });
}

/** Show the buttons of the texts that are cut, and no others; nobody comes upon links that are cut off. @param {ParentNode} list */
export function offerWhole(list) {
  const texts = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".text")])
    // Browsers that do not know this lay everything out.
    .filter((text) => text.checkVisibility?.({ contentVisibilityAuto: true }) ?? true);
  const links = texts.flatMap((text) => [...text.querySelectorAll("a")].map((link) =>
    ({ link, cut: link.offsetTop > text.offsetTop + text.clientHeight - 9 })));
  const cut = texts.map((text) => text.scrollHeight > text.clientHeight + 9);
  links.forEach(({ link, cut }) => link.classList.toggle("cut", cut));
  texts.forEach((text, at) => {
    const button = /** @type {HTMLElement} */ (text.nextElementSibling);
    if (button.getAttribute("aria-expanded") === "false") button.hidden = !cut[at];
  });
}

/**
 * Return the two buttons of the carousel.
 * @param {HTMLElement} list
 * @param {import("./types.js").Words} words
 */
export function carousel(list, words) {
  /** @param {number} by */
  const go = (by) =>
    list.scrollBy({ left: by * (words.rtl ? -1 : 1) * list.clientWidth * 0.9, behavior: isCalm() ? "auto" : "smooth" });
  const back = press({ class: "turn", "aria-label": words.back, click: () => go(-1) }, icon("back"));
  const on = press({ class: "turn", "aria-label": words.on, click: () => go(1) }, icon("on"));
  const look = () => {
    const at = Math.abs(list.scrollLeft);
    // Not `disabled`: a button that has the focus would lose it.
    back.setAttribute("aria-disabled", String(at < 8));
    on.setAttribute("aria-disabled", String(at > list.scrollWidth - list.clientWidth - 8));
  };
  list.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(list);
  return el("div", { class: "turns" }, back, on);
}

