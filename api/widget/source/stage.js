/** The big screen: as many cards as fit, and others every twelve seconds. */

const TURN = 12_000;

/**
 * Begin to show cards in turn.
 * @param {HTMLElement} list
 * @param {() => HTMLElement[]} all newest first
 */
export function stageOf(list, all) {
  let at = 0;
  let isPaused = false;
  const turn = () => {
    if (isPaused) return;
    const cards = all();
    const many = Math.min(cards.length, Number(getComputedStyle(list).getPropertyValue("--cards")) || 3);
    if (at >= cards.length) at = 0;
    // After the last come the first, so that no place stays empty.
    list.replaceChildren(...Array.from({ length: many }, (_, one) => cards[(at + one) % cards.length]));
    at += many;
  };
  const timer = setInterval(turn, TURN);
  turn();
  return {
    end: () => clearInterval(timer),
    toggle: () => (isPaused = !isPaused),
  };
}
