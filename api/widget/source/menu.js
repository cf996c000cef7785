/** Our own menu of a card: copy its link, report it, ask for its removal. */

import { el, icon, link, press } from "./dom.js";

const REASONS = ["spam", "hate", "privacy", "false", "copyright", "other"];

/**
 * Return a card's menu: a button, and what it opens.
 * @param {import("./types.js").Post} post
 * @param {HTMLElement} card
 * @param {import("./types.js").Context} context
 */
export function menuOf(post, card, context) {
  const { words, tell } = context;
  const id = `m${post.id}`;
  const panel = el("div", { class: "menu", id, hidden: true });
  const button = press({
    class: "options", "aria-expanded": "false", "aria-controls": id,
    "aria-label": words.say("options", { name: post.author?.name || post.network }),
    click: () => open(panel.hidden),
  }, icon("options"));
  /** @param {boolean} shall */
  const open = (shall) => {
    panel.hidden = !shall;
    button.setAttribute("aria-expanded", String(shall));
    if (shall) /** @type {HTMLElement} */ (panel.firstChild).focus();
  };
  const copy = async () => {
    open(false);
    button.focus();
    try {
      await navigator.clipboard.writeText(post.page);
      tell(words.copied);
    } catch {
      // A host may forbid the clipboard: then the address is shown, to be copied by hand.
      tell(post.page);
    }
  };
  const report = () => {
    open(false);
    const form = card.querySelector("form") || reportForm(post, context, () => button.focus());
    card.append(form);
    form.querySelector("input")?.focus();
  };
  panel.append(
    press({ click: copy }, words.copy),
    press({ click: report }, words.report),
    link(`${post.page}/report`, {}, words.remove));
  const whole = el("div", {
    class: "menu-of",
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || panel.hidden) return;
      open(false);
      button.focus();
    },
    focusout: (/** @type {FocusEvent} */ event) =>
      whole.contains(/** @type {Node | null} */ (event.relatedTarget)) || open(false),
  }, button, panel);
  return whole;
}

/**
 * @param {import("./types.js").Post} post
 * @param {import("./types.js").Context} context
 * @param {() => void} leave
 */
function reportForm(post, { words, options }, leave) {
  const name = `r${post.id}`;
  const url = new URL(options.src.pathname.replace(/w\/[^/]+$/, `v1/posts/${post.id}/reports`), options.src);
  const answer = el("p", { class: "answer", role: "status" });
  const note = el("textarea", { rows: 2, maxlength: 500, dir: "auto", "aria-label": words.note, placeholder: words.note });
  const send = press({ class: "main", type: "submit" }, words.send);
  const close = () => { form.remove(); leave(); };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const reason = new FormData(/** @type {HTMLFormElement} */ (form)).get(name);
    const said = /** @type {HTMLTextAreaElement} */ (note).value.trim();
    send.toggleAttribute("disabled", true);
    const status = await sendReport(url, { reason, note: said || undefined });
    send.toggleAttribute("disabled", false);
    answer.textContent = words[status === 202 ? "sent" : status === 429 ? "many" : "unsent"];
    if (status === 202) form.replaceChildren(answer);
  };
  const form = el("form", {
    class: "report", submit,
    keydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close(),
  },
    el("fieldset", {},
      el("legend", {}, words.why),
      ...REASONS.map((value) =>
        el("label", {}, el("input", { type: "radio", name, value, required: true }), words[value]))),
    note,
    el("div", { class: "row" }, send, press({ click: close }, words.cancel)),
    answer);
  return form;
}

/** Return the status of the answer; 0 when there was none. @param {URL} url @param {object} body */
async function sendReport(url, body) {
  try {
    const answer = await fetch(url, {
      method: "POST", credentials: "omit", referrerPolicy: "no-referrer", body: JSON.stringify(body),
      headers: { "content-type": "application/json" }, signal: AbortSignal.timeout(15_000),
    });
    return answer.status;
  } catch {
    return 0;
  }
}
