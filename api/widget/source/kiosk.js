/** On a big screen: says when the wall cannot be reached, shows it anew when it can, hears Space. */

const EVERY = 15_000;
/** Milliseconds until an answer is given up. */
const PATIENCE = 15_000;
const wall = /** @type {HTMLElement} */ (document.querySelector("bladi-wall"));
const note = /** @type {HTMLElement} */ (document.querySelector(".cut"));

function cut() {
  if (!note.hidden) return;
  const now = new Date();
  const clock = [now.getHours(), now.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  /** @type {HTMLElement} */ (note.querySelector("time")).textContent = clock;
  note.hidden = false;
}

async function look() {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(`${wall.getAttribute("src")}?kiosk=on&limit=1`, { cache: "no-store", credentials: "omit", signal });
    if (!answer.ok) throw new Error();
  } catch {
    return cut();
  }
  if (note.hidden) return;
  note.hidden = true;
  // What was removed meanwhile goes now, not when the wall would ask again by itself.
  if (customElements.get("bladi-wall")) wall.setAttribute("limit", wall.getAttribute("limit") ?? "");
  else location.reload();
}

setInterval(look, EVERY);
addEventListener("online", look);
addEventListener("offline", cut);
wall.addEventListener("bw:error", cut);
addEventListener("keydown", (event) => {
  // Nobody has given the wall the focus on a screen without a mouse.
  if (event.key === " " && event.target === document.body)
    wall.shadowRoot?.querySelector("section")?.dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
});
