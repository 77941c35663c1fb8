/* The real rows that are nearest, each a starting point. */

import { el } from "./dom.js";
import { assign, hueOf, reveal, write } from "./painting.js";
import { numberText } from "./words.js";

const NEAREST = 3;

/* The part about real rows: { element, paint(frame) }. */
export function trustNearest(page, state) {
  const rows = Array.from({ length: NEAREST }, (_, place) => nearRow(page, state, place));
  const element = el(
    "div",
    { class: "trust-part" },
    el("h3", {}, `Nearest real ${page.rows}`),
    el("ul", { class: "trust-list" }, ...rows.map((row) => row.element)),
    el(
      "p",
      { class: "card-caption" },
      "How far away: standard deviations (sd), on average over the features.",
    ),
  );
  const paint = function (frame) {
    rows.forEach((row, place) => row.paint(frame.trust.nearest[place]));
  };
  return { element: element, paint: paint };
}

function nearRow(page, state, place) {
  let index = null;
  const label = el("span", { class: "trust-near-name" });
  const distance = el("span", { class: "trust-distance" });
  const start = el("button", { type: "button", class: "quiet-button" }, "Start from it");
  start.setAttribute("aria-label", `Start from it: nearest real ${page.row} ${place + 1}`);
  start.addEventListener("click", () => state.replace(page.sample.rows[index]));
  const element = el("li", { class: "trust-near" }, label, distance, start);
  const paint = function (near) {
    reveal(element, Boolean(near));
    if (!near) return;
    index = near.index;
    const group = page.sample.groups[index];
    const known = page.classes.length > 0 && group !== null;
    write(label, known ? page.classes[group].label : unnamed(page, index));
    assign(label, "class", known ? "trust-near-name marked " + hueOf(group) : "trust-near-name");
    write(distance, near.distance === 0 ? "the same" : numberText(near.distance, 2) + " sd");
  };
  return { element: element, paint: paint };
}

/* A row whose class is not known has its place in the sample as its name. */
function unnamed(page, index) {
  return page.row[0].toUpperCase() + page.row.slice(1) + " " + (index + 1);
}
