/** When to ask for changes: once a minute while the wall is seen, less often while it fails. */

const EVERY = 60_000;
/** Milliseconds by which visitors are spread. */
const SPREAD = 20_000;
const RAREST = 15 * EVERY;

/**
 * Ask from now on, while some of an element is on the screen; return how to end it.
 * @param {Element} element
 * @param {() => Promise<void>} ask rejects when there was no answer
 */
export function keepAsking(element, ask) {
  let timer = 0;
  let due = 0;
  let failures = 0;
  let isSeen = false;
  let isAsking = false;
  const wait = () => {
    due = Date.now() + Math.min(RAREST, EVERY * 2 ** failures) + Math.random() * SPREAD;
  };
  const plan = () => {
    clearTimeout(timer);
    if (isAsking || !isSeen || document.hidden) return;
    // Who comes back after the time is due is not shown what was removed meanwhile.
    timer = setTimeout(turn, Math.max(0, due - Date.now()));
  };
  const turn = async () => {
    isAsking = true;
    try {
      await ask();
      failures = 0;
    } catch {
      failures += 1;
    }
    isAsking = false;
    wait();
    plan();
  };
  const watch = new IntersectionObserver((entries) => {
    isSeen = entries[entries.length - 1].isIntersecting;
    plan();
  });
  wait();
  watch.observe(element);
  document.addEventListener("visibilitychange", plan);
  return () => {
    isSeen = false;
    clearTimeout(timer);
    watch.disconnect();
    document.removeEventListener("visibilitychange", plan);
  };
}
