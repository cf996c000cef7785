/** What the host asks for by attributes; whatever we do not know falls back, and is told once. */

import { languageOf } from "./words.js";

/** The first of each is what holds where nothing is said. @type {Record<string, string[]>} */
const CHOICES = {
  layout: ["mosaic", "masonry", "list", "carousel", "kiosk"],
  theme: ["auto", "light", "dark"],
  submit: ["off", "on"],
};
const LIMIT = 12;
/** @type {Set<string>} */
const told = new Set();

/** Say on the console, once for each sentence, what the host has to mend. @param {string} sentence */
export function warn(sentence) {
  if (told.has(sentence)) return;
  told.add(sentence);
  console.warn(`bladi-wall: ${sentence}`);
}

/** Return what holds in place of an attribute. @template T @param {string} name @param {string | null} given @param {T} usual */
function unknown(name, given, usual) {
  if (given !== null) warn(`${name}="${given}" is not known; it is ${usual}`);
  return usual;
}

/**
 * Return the options of an element.
 * @param {Element} element
 * @returns {import("./types.js").Options}
 */
export function optionsOf(element) {
  /** @param {string} name */
  const get = (name) => element.getAttribute(name);
  /** @param {string} name @param {number} most @param {number} usual */
  const whole = (name, most, usual) => {
    const value = Number(get(name));
    return Number.isInteger(value) && value > 0 && value <= most ? value : unknown(name, get(name), usual);
  };
  /** @param {string} name */
  const choice = (name) => CHOICES[name].find((one) => one === get(name)) || unknown(name, get(name), CHOICES[name][0]);
  const near = element.closest("[lang]");
  return {
    src: source(get("src"), get("collection")),
    lang: languageOf(near?.getAttribute("lang")) || unknown("lang", get("lang"), "fr"),
    layout: choice("layout"),
    theme: choice("theme"),
    submit: choice("submit") === "on",
    limit: whole("limit", 100, LIMIT),
    level: whole("heading-level", 5, 2),
    bounds: { types: get("types"), sources: get("sources"), kiosk: get("layout") === "kiosk" && "on" },
    framed: element.hasAttribute("framed"),
  };
}

/** @param {string | null} src @param {string | null} collection */
function source(src, collection) {
  const url = new URL(src || "", document.baseURI);
  if (!/\/w\/[^/]+$/.test(url.pathname)) throw new Error("src is not like …/w/main");
  if (collection) url.pathname = url.pathname.replace(/[^/]+$/, encodeURIComponent(collection));
  return url;
}
