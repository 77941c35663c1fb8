/* Painting often and cheaply: only what changed, only what is seen, and once more at rest. */

const REST_MS = 700;
const HUES = 5; // --class-0 ... --class-4

/* Put a text into an element that has nothing else. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/* Set an attribute; null removes it. */
export function assign(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/* Show an element or hide it. */
export function reveal(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/* Move a child of an SVG. */
export function move(element, x, y, width) {
  const size = width === undefined ? "" : " scale(" + width + " 1)";
  assign(element, "transform", "translate(" + x + " " + y + ")" + size);
}

/* The class that gives an element the hue and the mark of a class. */
export function hueOf(index) {
  return "class-" + (index % HUES);
}

/* Whether a drag goes on, as { live }; `rested` is called when nothing has changed for a while. */
export function watchRest(state, rested) {
  const watch = { live: false };
  let timer = 0;
  state.subscribe(function (_, what) {
    watch.live = what.live;
    clearTimeout(timer);
    timer = setTimeout(function () {
      watch.live = false;
      rested();
    }, REST_MS);
  });
  return watch;
}

/* One paint(frame) of many items { element, paint(frame, live) }. While a drag goes on those out
   of sight wait, until they come into view or it ends. */
export function paintInSight(state, items) {
  const itemOf = new Map(items.map((item) => [item.element, item]));
  const out = new Set();
  const waiting = new Set();
  let last = null;
  let unfinished = false;
  // A drag that was never said to end has ended all the same.
  const watch = watchRest(state, function () {
    if (unfinished) paintAll(last);
  });
  const observer = new IntersectionObserver(function (entries) {
    for (const entry of entries) {
      const item = itemOf.get(entry.target);
      if (!entry.isIntersecting) out.add(item);
      else if (out.delete(item) && waiting.delete(item)) item.paint(last, watch.live);
    }
  });
  for (const element of itemOf.keys()) observer.observe(element);
  function paintAll(frame) {
    last = frame;
    unfinished = watch.live;
    for (const item of items) {
      if (watch.live && out.has(item)) {
        waiting.add(item);
        continue;
      }
      waiting.delete(item);
      item.paint(frame, watch.live);
    }
  }
  return paintAll;
}
