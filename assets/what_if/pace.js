/* When work is done: at most so often, and always once more after the last call; or after a paint. */

/* A function that calls `work` with its arguments: at once where the last time is `everyMs` ago,
   else when it is, with the arguments of the last call. */
export function paced(everyMs, work) {
  let waiting = 0;
  let last = -Infinity;
  let latest = [];
  function run() {
    waiting = 0;
    last = performance.now();
    work(...latest);
  }
  return function (...given) {
    latest = given;
    if (waiting) return;
    const rest = last + everyMs - performance.now();
    if (rest <= 0) run();
    else waiting = setTimeout(run, rest);
  };
}

/* Call `work` once what is there now is painted; in a tab that nobody sees nothing is. */
export function afterPaint(work) {
  if (document.hidden) setTimeout(work);
  else requestAnimationFrame(() => setTimeout(work));
}
