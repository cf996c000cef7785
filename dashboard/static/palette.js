// The palette: what can be gone to or done from here, found by a few letters of its name.
// The names are those on the page, so it offers what the person may do, in their language.
let offered = [];
let found = [];
let marked = 0;

/** A name as people type it: without accents, vowel marks, tatweel, and forms of one letter. */
function plain(text) {
  const letters = text.normalize("NFKD").replace(/[\p{M}ـ]/gu, "").toLowerCase();
  return letters.replace(/ى/g, "ي").replace(/ة/g, "ه").replace(/’/g, "'");
}

function nameOf(element) {
  const copy = element.cloneNode(true);
  // Its key and its number are no part of the name.
  copy.querySelectorAll("kbd, span, i").forEach((one) => one.remove());
  return element.getAttribute("aria-label") ?? copy.textContent.trim();
}

function offer() {
  const acts = document.querySelectorAll("[data-act], .acts > button");
  const places = document.querySelectorAll(".side a, .take, .me .menu a");
  const all = [...new Set([...acts, ...places])];
  // What is done to the open post comes first, what is the same on every page last.
  const last = all.filter((element) => element.closest(".top"));
  return [...all.filter((element) => !last.includes(element)), ...last].map((element) => {
    const name = nameOf(element);
    return { element, name, plain: plain(name) };
  });
}

function option({ name, element }, number) {
  const row = document.createElement("li");
  row.role = "option";
  row.id = `choice-${number}`;
  row.dataset.choice = number;
  const label = row.appendChild(document.createElement("bdi"));
  label.textContent = name;
  const key = element.querySelector("kbd");
  if (key) row.append(key.cloneNode(true));
  return row;
}

function mark(number) {
  marked = found.length ? (number + found.length) % found.length : 0;
  const box = document.querySelector("#palette input");
  const rows = document.querySelectorAll("#choices [role=option]");
  rows.forEach((row, at) => row.setAttribute("aria-selected", at === marked));
  rows[marked]?.scrollIntoView({ block: "nearest" });
  if (rows[marked]) box.setAttribute("aria-activedescendant", rows[marked].id);
  else box.removeAttribute("aria-activedescendant");
}

function sift() {
  const palette = document.querySelector("#palette");
  const box = palette.querySelector("input");
  const asked = plain(box.value).split(/\s+/);
  found = offered.filter((one) => asked.every((word) => one.plain.includes(word)));
  const list = palette.querySelector("#choices");
  list.replaceChildren(...found.map(option));
  list.hidden = !found.length;
  box.setAttribute("aria-expanded", Boolean(found.length));
  const status = palette.querySelector("[role=status]");
  status.textContent = found.length ? "" : status.dataset.none;
  mark(0);
}

function openPalette() {
  const palette = document.querySelector("#palette");
  if (!palette || palette.open) return palette?.close();
  document.querySelector("dialog[open]")?.close();
  offered = offer();
  palette.querySelector("input").value = "";
  palette.showModal();
  sift();
}

function take(number) {
  const choice = found[number];
  if (!choice) return;
  // The focus goes back first: what is taken may move it on.
  document.querySelector("#palette").close();
  perform(choice.element);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const layout = document.querySelector("[data-layout]")?.dataset.layout;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && letter(event, layout) === "k") {
    event.preventDefault();
    openPalette();
  }
  if (!event.target.closest("#palette")) return;
  const moves = { ArrowDown: marked + 1, ArrowUp: marked - 1 };
  if (event.key in moves) mark(moves[event.key]);
  else if (event.key === "Enter") take(marked);
  else return;
  event.preventDefault();
});

document.addEventListener("input", (event) => event.target.closest("#palette") && sift());
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-choice]");
  if (row) take(Number(row.dataset.choice));
});
