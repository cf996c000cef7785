/** The words of the wall in the visitor's language; they come from a file, never from here. */

import { el } from "./dom.js";

/** @param {number} n */
const one = (n) => +(n !== 1);
/** @param {number} n */
const few = (n) => +(n > 1);
/** Which plural form a number takes, in the order of the catalogues. @type {Record<string, (n: number) => number>} */
const FORMS = {
  ar: (n) => (n < 3 ? n : n % 100 > 2 && n % 100 < 11 ? 3 : n % 100 > 10 ? 4 : 5),
  fr: few,
  en: one,
  es: one,
  // No browser knows this language, and each would take its own instead.
  zgh: few,
};
/** Whose numbers a language writes. @type {Record<string, string>} */
const NUMBERS = { ar: "ar-MA-u-nu-latn", zgh: "fr" };
/** Languages whose speakers read one of ours. @type {Record<string, string>} */
const SISTERS = { ary: "ar", tzm: "zgh", shi: "zgh", rif: "zgh", ber: "zgh" };

/**
 * Return which of our languages a tag means, if any.
 * @param {string | null | undefined} tag
 */
export function languageOf(tag) {
  const base = (tag || "").toLowerCase().split("-")[0];
  const found = SISTERS[base] || base;
  return Object.hasOwn(FORMS, found) ? found : null;
}

/**
 * @param {string} lang
 * @param {Record<string, any>} strings
 * @returns {import("./types.js").Words}
 */
export function wordsOf(lang, strings) {
  /** @param {number} many */
  const number = (many) => many.toLocaleString(NUMBERS[lang] || lang);
  /** @param {string} key @param {Record<string, string>} values */
  const say = (key, values) =>
    // The invisible marks keep a name of the other direction together.
    strings[key].replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => `\u2068${values[name]}\u2069`);
  return {
    ...strings,
    lang,
    rtl: lang === "ar",
    say,
    number,
    count: (key, many) => strings[key][FORMS[lang](many)].replace("{count}", number(many)),
    put: (key, values) =>
      strings[key].split(/\{(\w+)\}/).map((/** @type {string} */ part, /** @type {number} */ at) =>
        at % 2 ? el("bdi", {}, values[part]) : document.createTextNode(part)),
  };
}
