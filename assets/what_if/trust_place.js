/* Whether such a row was seen: a badge, words, and its place among the rows. */

import { el } from "./dom.js";
import { assign, write } from "./painting.js";
import { numberText } from "./words.js";

const VERDICTS = {
  usual: ["Usual", "chip chip-ok"],
  unusual: ["Unusual", "chip chip-caution"],
  "unlike any": ["Unlike any that was seen", "chip chip-bad"],
};
const ALMOST = "Unlike almost any that was seen";

/* The part about plausibility: { element, paint(frame) }. */
export function trustPlace(page) {
  const known = page.trust.plausibility;
  const chip = el("span", { class: "chip" });
  const words = el("p", { class: "trust-words" });
  const mark = el("span", { class: "trust-mark" });
  const scale = el(
    "div",
    { class: "trust-scale", "aria-hidden": "true" },
    el("div", { class: "trust-zones" }, mark),
    el("div", { class: "trust-ends" }, el("span", {}, "typical"), el("span", {}, "far out")),
  );
  const heading = el("h3", {}, `Was such a ${page.row} seen?`);
  const head = el("div", { class: "trust-head" }, heading, chip);
  const element = el("div", { class: "trust-part" }, head, words, scale, leftOut(page));
  const paint = function (frame) {
    const { verdict, share } = frame.trust.plausibility;
    const [text, look] = VERDICTS[verdict];
    write(chip, verdict === "unlike any" && share > 0 ? ALMOST : text);
    assign(chip, "class", look);
    write(words, placeWords(page, known.rows, share));
    mark.style.transform = `translateX(${(100 * (1 - share)).toFixed(1)}cqw)`;
  };
  return { element: element, paint: paint };
}

function leftOut(page) {
  const left = page.features.length - page.trust.plausibility.features.length;
  if (!left) return null;
  const what = left === 1 ? "One feature does" : `${left} features do`;
  const why = `${what} not count here: categories, and what never varies.`;
  return el("p", { class: "card-caption" }, why);
}

function placeWords(page, rows, share) {
  const all = `${numberText(rows, 0)} ${rowsNamed(page)}`;
  if (share === 0) return `None of the ${all} lies as far out as these values together.`;
  const percent = numberText(100 * share, 100 * share < 10 ? 1 : 0);
  return `${percent} % of the ${all} lie farther out than these values together.`;
}

/* What the rows behind the judgement are called: the model was trained on them, or given them. */
export function rowsNamed(page) {
  return (page.trust.origin === "cross-fitting" ? "training " : "given ") + page.rows;
}
