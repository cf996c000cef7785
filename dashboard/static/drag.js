// Pinned posts put in order by hand: sends the very form of the buttons, which work without this file.
let held = null;

function scrolled() {
  return window.scrollY + (document.querySelector(".mid")?.scrollTop ?? 0);
}

/** The pinned card that a height of the window is in, or nearest to; null for the held one's own place. */
function under(height) {
  const moved = held.card.getBoundingClientRect();
  const distance = ({ top, bottom }) => Math.max(top - height, height - bottom, 0);
  const own = distance({ top: moved.top - held.by, bottom: moved.bottom - held.by });
  let nearest = null;
  let least = own;
  for (const card of document.querySelectorAll("[data-place]")) {
    const away = distance(card.getBoundingClientRect());
    if (card !== held.card && away < least) [nearest, least] = [card, away];
  }
  return nearest;
}

function aim(target) {
  if (target === held.target) return;
  if (held.target) delete held.target.dataset.drop;
  held.target = target;
  if (!target) return;
  target.dataset.drop = Number(target.dataset.place) < Number(held.card.dataset.place) ? "before" : "after";
  target.scrollIntoView({ block: "nearest" });
  document.querySelector("[data-say]").textContent = target.dataset.said;
}

function letGo() {
  const { card, target } = held;
  const side = target?.dataset.drop;
  aim(null);
  card.classList.remove("held");
  card.style.translate = "";
  held = null;
  return { card, target, side };
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button !== 0 || held) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const card = grip.closest("[data-place]");
  held = { card, target: null, pointer: event.pointerId, from: event.clientY + scrolled(), by: 0 };
  card.classList.add("held");
});

document.addEventListener("pointermove", (event) => {
  if (event.pointerId !== held?.pointer) return;
  held.by = event.clientY + scrolled() - held.from;
  held.card.style.translate = `0 ${held.by}px`;
  aim(under(event.clientY));
});

document.addEventListener("pointerup", (event) => {
  if (event.pointerId !== held?.pointer) return;
  const { card, target, side } = letGo();
  if (!target) return;
  // It stands there at once; the answer shows it there, or where it is if somebody was quicker.
  target[side](card);
  const form = card.querySelector("[data-move]");
  form.elements.position.value = target.dataset.place;
  form.requestSubmit(form.querySelector("button"));
});

document.addEventListener("pointercancel", () => held && letGo());
document.addEventListener("keydown", (event) => event.key === "Escape" && held && letGo());
// Without an answer nobody knows the order: the page is asked for anew.
document.addEventListener("htmx:error", () => document.querySelector("[data-grip]") && location.reload());
