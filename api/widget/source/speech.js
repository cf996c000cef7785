/** What is said to those who do not see it: one message at a time, not more often than one follows. */

import { el } from "./dom.js";

const QUIET = 10_000;

export function speech() {
  let said = 0;
  let timer = 0;
  const element = el("p", { class: "unseen", role: "status" });
  return {
    element,
    end: () => clearTimeout(timer),
    /** @param {string} message */
    tell: (message) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        said = Date.now();
        element.textContent = message;
      }, Math.max(50, said + QUIET - Date.now()));
    },
  };
}
