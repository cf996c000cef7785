/** What stands above the posts: heading, choices, search, and the state of the live updates. */

import { DRAWN, el, icon, link, press, star, svg } from "./dom.js";

/**
 * Return the head of the wall; the host may put its own into the slot `header`.
 * @param {import("./types.js").Page} page
 * @param {import("./types.js").Context} context
 */
export function headOf(page, { words, options, fire }) {
  const brand = star("brand");
  brand.append(svg("path", { d: DRAWN.heart }));
  const share = press({ class: "main share", click: () => fire("bw:submit-open", { home: page.home }) },
    icon("plus"), words.share);
  return el("header", { class: "head", part: "header" },
    el("slot", { name: "header" },
      brand,
      el(`h${options.level}`, { class: "heading", id: "heading" }, link(page.home, {}, page.title))),
    el("slot", { name: "end" }),
    options.submit && share);
}

/**
 * @typedef {{kind: string, language: string, platform: string, q: string}} Query
 */

/**
 * Return the bar of choices.
 * @param {import("./types.js").Filters | undefined} filters
 * @param {import("./types.js").Words} words
 * @param {(change: Partial<Query>) => void} choose
 * @param {(paused: boolean) => void} pause
 */
export function barOf(filters, words, choose, pause) {
  const chips = [{ value: "", label: words.all, posts: 0 }, ...(filters?.kind || [])].map((one) =>
    press({ class: "chip", part: "tag", "data-value": one.value, click: () => choose({ kind: one.value }) },
      one.label, one.posts > 0 && el("small", {}, words.number(one.posts))));
  const languages = menu("language", "languages", filters?.language);
  const networks = menu("platform", "networks", filters?.platform);
  const field = el("input", { type: "search", name: "q", maxlength: 100, dir: "auto", "aria-label": words.search, placeholder: words.search });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    choose({ q: /** @type {HTMLInputElement} */ (field).value.trim() });
  };
  const form = el("form", { class: "choices", role: "search", submit }, languages, networks,
    el("span", { class: "search" }, field, press({ type: "submit", "aria-label": words.go }, icon("lens"))));
  const live = liveOf(words, pause);
  // "All", and one kind: no choice.
  const kinds = chips.length > 2 && el("ul", { class: "chips", "aria-label": words.kinds }, ...chips.map((chip) => el("li", {}, chip)));
  return {
    element: el("div", { class: "bar" }, kinds, live, form),
    /** @param {Query} query */
    show: (query) => {
      for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.value === query.kind));
      for (const one of [languages, networks])
        if (one) /** @type {HTMLSelectElement} */ (one).value = query[/** @type {"language"} */ (one.getAttribute("name"))];
      /** @type {HTMLInputElement} */ (field).value = query.q;
    },
  };

  /** @param {string} name @param {string} all @param {import("./types.js").Choice[]} [choices] */
  function menu(name, all, choices = []) {
    if (choices.length < 2) return null;
    return el("select", { name, "aria-label": words[name], change: (/** @type {Event} */ event) =>
      choose({ [name]: /** @type {HTMLSelectElement} */ (event.target).value }) },
      el("option", { value: "" }, words[all]),
      ...choices.map((one) => el("option", { value: one.value }, `${one.label} (${words.number(one.posts)})`)));
  }
}

/** @param {import("./types.js").Words} words @param {(paused: boolean) => void} pause */
function liveOf(words, pause) {
  const text = el("span", {}, words.live);
  const button = press({
    "aria-label": words.pause,
    click: () => {
      const paused = whole.classList.toggle("paused");
      button.setAttribute("aria-label", words[paused ? "resume" : "pause"]);
      button.replaceChildren(icon(paused ? "resume" : "pause"));
      text.textContent = words[paused ? "paused" : "live"];
      pause(paused);
    },
  }, icon("pause"));
  const whole = el("div", { class: "live" }, el("span", { class: "dot", "aria-hidden": "true" }), text, button);
  return whole;
}

