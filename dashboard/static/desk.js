// The desk's keys, and what else only makes it quicker: all of it works without this file.
// What is printed on keys, where that is not what their codes are named after.
const PRINTED = {
  azerty: { KeyQ: "a", KeyA: "q", KeyW: "z", KeyZ: "w", Semicolon: "m", KeyM: "," },
  qwerty: { Slash: "/" },
};

/** The Latin letter of a key: its own, or under another script's layout the one printed there. */
function letter(event, layout) {
  if (event.key === "؟") return "?";
  if (/^[\x20-\x7e]$/.test(event.key)) return event.key.toLowerCase();
  // Names of keys; "لا" is one key, and two letters.
  if (/^[\x20-\x7e]+$/.test(event.key)) return event.key;
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (digit) return digit[1];
  const printed = PRINTED[layout]?.[event.code];
  if (printed) return printed;
  const plain = /^Key([A-Z])$/.exec(event.code);
  return plain ? plain[1].toLowerCase() : event.key;
}

// Each page is swapped in whole: what was chosen on it, and where a range begins, is kept here.
let chosen = [];
let rangeFrom = "";
let goesUntil = 0;

function rows() {
  return [...document.querySelectorAll("[data-row]")];
}

function press(key, acts, event) {
  const reasons = document.querySelector(".reject[open]");
  // On AZERTY the digits' row prints digits only with Shift.
  const digit = /^Digit([1-9])$/.exec(event.code);
  const number = digit && reasons ? digit[1] : key;
  if (event.timeStamp < goesUntil) {
    goesUntil = 0;
    // Whatever was struck is used up: "g a" never approves where there is no trail to go to.
    document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
    return true;
  }
  if (reasons && /^[1-9]$/.test(number)) {
    reasons.querySelector(`[data-reason="${number}"]`).checked = true;
    reasons.querySelector("[data-reject]").click();
    return true;
  }
  const act = acts[key];
  // A sign may need Shift itself.
  const isShifted = event.shiftKey && /^[a-z]$/.test(key);
  if (act === "go") {
    goesUntil = event.timeStamp + 2000;
    return true;
  }
  if (act === "choose") return choose(isShifted);
  if (act === "next" || act === "previous") return step(act === "next" ? 1 : -1);
  const pins = act === "approve" && isShifted && document.querySelector("[data-act=pin]");
  const target = pins || document.querySelector(`[data-act="${act}"]`);
  if (target) perform(target);
  return Boolean(target);
}

/** Do what an element is there for, by a key or from the palette. */
function perform(element) {
  if (element.matches("select, input")) return element.focus();
  element.click();
  const unfolded = element.matches("summary") && element.closest("details[open]");
  if (unfolded) unfolded.querySelector("input").focus();
}

function shut() {
  for (const one of document.querySelectorAll("details[open]")) {
    const hadFocus = one.contains(document.activeElement);
    one.open = false;
    if (hadFocus) one.querySelector("summary").focus();
  }
}

/** Choose the open post, or all from the one that was chosen last up to it. */
function choose(isRange) {
  const boxes = [...document.querySelectorAll("[data-row] [name=chosen]")];
  const at = boxes.findIndex((box) => box.closest(".open"));
  if (at < 0) return false;
  const from = isRange ? boxes.findIndex((box) => box.value === rangeFrom) : -1;
  if (from < 0) boxes[at].click();
  else boxes.slice(Math.min(from, at), Math.max(from, at) + 1).forEach((box) => (box.checked = true));
  rangeFrom = boxes[at].value;
  count();
  return true;
}

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("open"));
  const next = all[at + by];
  next?.querySelector(".text").click();
  return Boolean(next);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  // An open dialog has its keys for itself.
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return shut();
  const inField = event.target.closest("textarea, select, input:not([type=checkbox]):not([type=radio])");
  const { layout, keys } = document.querySelector("[data-layout]")?.dataset ?? {};
  if (inField || !keys) return;
  if (press(letter(event, layout), JSON.parse(keys), event)) event.preventDefault();
});

function count() {
  const bar = document.querySelector(".bulk");
  if (!bar) return;
  chosen = [...document.querySelectorAll("[name=chosen]:checked")].map((box) => box.value);
  const label = bar.querySelector("[data-chosen]");
  label.dataset.some ??= label.textContent;
  label.textContent = chosen.length ? `${label.dataset.some} ${chosen.length}` : label.dataset.none;
  bar.toggleAttribute("data-idle", !chosen.length);
  bar.querySelector("[data-all]").hidden = false;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[name=chosen]")) count();
  if (event.target.matches(".filters select")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (!opener || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  opener.closest("details")?.removeAttribute("open");
  const dialog = document.getElementById(opener.dataset.open);
  dialog.showModal();
  // Not its first link, which may stand below all that is to be read.
  dialog.focus();
  dialog.scrollTop = 0;
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-all]")) return;
  document.querySelectorAll("[name=chosen]").forEach((box) => (box.checked = true));
  count();
});

function begin() {
  for (const box of document.querySelectorAll("[name=chosen]")) box.checked ||= chosen.includes(box.value);
  count();
  const open = document.querySelector("[data-row].open");
  open?.scrollIntoView({ block: "nearest" });
  // After a decision the next post has the focus, so that it is announced.
  if (document.activeElement === document.body) open?.querySelector(".text").focus({ preventScroll: true });
  const touched = document.querySelector("[data-touched]");
  touched?.scrollIntoView({ block: "nearest" });
  if (document.activeElement === document.body) touched?.querySelector(".buttons button")?.focus({ preventScroll: true });
  // Put there later than the page: what is on a page from its start, nobody is read.
  const live = document.querySelector("[data-say]");
  if (live) setTimeout(() => (live.textContent = live.dataset.say), 100);
  const toast = document.querySelector("form.toast");
  if (toast) setTimeout(() => toast.remove(), 10000);
}

document.addEventListener("htmx:after:swap", begin);
document.addEventListener("htmx:after:settle", begin);
begin();
