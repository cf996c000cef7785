/** Elements and drawings; nothing here reads HTML, which hosts with Trusted Types forbid. */

/** @typedef {Node | string | null | undefined | false | ""} Child */

const SVG = "http://www.w3.org/2000/svg";
/** All shapes by name, as the server draws them, too. @type {Record<string, string>} */
export const DRAWN = JSON.parse("@drawings@");

/**
 * Return a new element: functions listen, false and null are left out.
 * @param {string} tag
 * @param {Record<string, any>} [given]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  fill(made, children);
  return made;
}

/**
 * Return a button.
 * @param {Record<string, any>} given
 * @param {...Child} children
 */
export const press = (given, ...children) => el("button", { type: "button", part: "button", ...given }, ...children);

/**
 * Append what there is of some children.
 * @param {Element} parent
 * @param {Child[]} children
 */
export function fill(parent, children) {
  for (const child of children) if (child) parent.append(child);
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...Element} children
 */
export function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Return a line drawing, which takes the colour of the text. @param {string} name */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: `icon i-${name}`, "aria-hidden": "true" },
    svg("path", { d: DRAWN[name] }));
}

/** Return a network's mark, or the khatim for one that has none. @param {string} platform */
export function mark(platform) {
  const shape = DRAWN[`@${platform}`];
  if (!shape) return star("mark");
  return svg("svg", { viewBox: "0 0 24 24", class: "mark", "aria-hidden": "true" },
    svg("path", { d: shape, "fill-rule": "evenodd" }));
}

/** Return the khatim, the star of eight points. @param {string} name of its class */
export function star(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: name, "aria-hidden": "true" },
    svg("polygon", { points: DRAWN.star }));
}

/** Return the button to play: a khatim with a triangle, which is not mirrored. */
export function playMark() {
  const made = star("play-mark");
  made.append(svg("path", { d: DRAWN.triangle }));
  return made;
}

/** Return the band of stars above the wall. */
export function band() {
  /** @param {number} x @param {string} name */
  const at = (x, name) =>
    svg("g", { class: name, transform: `translate(${x} 1.5) scale(.625)` },
      svg("polygon", { points: DRAWN.star, class: "line" }),
      svg("polygon", { points: DRAWN.star, transform: "translate(6.7 6.7) scale(.44)" }));
  const tile = svg("pattern", { id: "tile", width: 48, height: 18, patternUnits: "userSpaceOnUse" },
    at(4.5, "a"), at(28.5, "b"),
    svg("path", { class: "c", d: DRAWN.tile }));
  return svg("svg", { class: "band", width: "100%", height: 18, "aria-hidden": "true" },
    svg("defs", {}, tile), svg("rect", { width: "100%", height: 18, fill: "url(#tile)" }));
}

/**
 * Return a web address that a stranger gave, or nothing when it is none.
 * @param {string | undefined} address
 */
export function web(address) {
  return address && /^https?:\/\//i.test(address) ? address : null;
}

/**
 * Return a link away from the wall, or just its content when the address is none of the web's.
 * @param {string | undefined} address
 * @param {Record<string, any>} given
 * @param {...Child} children
 */
export function link(address, given, ...children) {
  const href = web(address);
  return href
    ? el("a", { href, rel: "nofollow ugc noopener noreferrer", ...given }, ...children)
    : el("span", given, ...children);
}
