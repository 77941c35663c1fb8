/* The small drawings on buttons; a button's name says what they mean. */

import { el, svg } from "./dom.js";

const STROKES = {
  lock: "M5.5 9V6.5a4.5 4.5 0 0 1 9 0V9M4.5 9h11v7.5h-11zM10 12v2",
  unlocked: "M5.5 9V6.5a4.5 4.5 0 0 1 8.7-1.6M4.5 9h11v7.5h-11zM10 12v2",
  reset: "M4 4v4.5h4.5M4.4 8.5a6.3 6.3 0 1 1-.6 3.4",
  undo: "M8 4 3.5 8.5 8 13M3.5 8.5h8a5 5 0 0 1 0 8H8.5",
  redo: "m12 4 4.5 4.5L12 13M16.5 8.5h-8a5 5 0 0 0 0 8h3",
  remove: "m5.5 5.5 9 9m0-9-9 9",
};

/* One of the drawings, hidden from who does not see. */
export function iconNamed(name) {
  return svg(
    "svg",
    { class: "icon icon-" + name, viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("path", { d: STROKES[name] }),
  );
}

/* A round button with drawings in it; `label` is its name and its hint. */
export function iconButton(label, icons, attributes) {
  return el(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, ...attributes },
    icons.map(iconNamed),
  );
}
