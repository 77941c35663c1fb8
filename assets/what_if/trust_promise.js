/* The set of classes, or the interval, that holds the truth as often as one chooses. */

import { el } from "./dom.js";
import { assign, hueOf, reveal, write } from "./painting.js";
import { numberText, outputText } from "./words.js";

const OFFERED = [0.8, 0.9, 0.95, 0.99];
const NAMED_CLASSES = 8;

/* The part about prediction sets: { element, paint(frame) }. */
export function trustPromise(page, state) {
  const buttons = OFFERED.map(function (confidence) {
    const text = numberText(100 * confidence, 0) + " %";
    const choose = () => state.choose({ confidence: confidence });
    return el("button", { type: "button", class: "trust-level", onclick: choose }, text);
  });
  const group = { class: "trust-levels", role: "group", "aria-label": "Confidence" };
  const levels = el("div", group, ...buttons);
  const shown = page.classes.length ? chosenClasses(page) : chosenInterval(page);
  const words = el("p", { class: "trust-words" });
  const measured = el("p", { class: "card-caption trust-measured" });
  const heading = el("h3", {}, "What it could be");
  const element = el(
    "div",
    { class: "trust-part" },
    el("div", { class: "trust-head" }, heading, levels),
    shown.element,
    words,
    measured,
  );
  const paint = function (frame) {
    const { confidence } = state;
    buttons.forEach(function (button, i) {
      assign(button, "aria-pressed", String(OFFERED[i] === confidence));
    });
    const said = [shown.paint(frame, state), doubtWords(page, frame)].filter((text) => text !== "");
    write(words, said.join(" "));
    reveal(words, said.length > 0);
    write(measured, measuredWords(page, state.engine.trust.coverage(confidence), confidence));
  };
  return { element: element, paint: paint };
}

/* The classes of the set, each with its mark. */
function chosenClasses(page) {
  const names = page.classes.map((one, i) =>
    el("span", { class: "trust-name marked " + hueOf(i), hidden: true }, one.label),
  );
  const more = el("span", { class: "trust-more", hidden: true });
  const element = el("p", { class: "trust-set" }, ...names, more);
  const paint = function (frame, state) {
    const found = frame.trust.set;
    const few = new Set(found.slice(0, NAMED_CLASSES));
    names.forEach((name, i) => reveal(name, few.has(i)));
    write(more, `and ${found.length - few.size} more`);
    reveal(more, found.length > few.size);
    if (state.engine.trust.isEmpty(frame.outputs, state.confidence)) {
      return "No class is likely enough at this confidence. The most probable one is shown.";
    }
    if (found.length === page.classes.length && found.length > 1) {
      return "No class can be left out at this confidence.";
    }
    return found.length > 1 ? `It could be any of these ${found.length}.` : "";
  };
  return { element: element, paint: paint };
}

function chosenInterval(page) {
  const text = el("span", { class: "trust-name" });
  const element = el("p", { class: "trust-set" }, text);
  const paint = function (frame) {
    const [low, high] = frame.trust.interval;
    if (!Number.isFinite(low)) {
      write(text, "–");
      return "Too few rows to promise anything at this confidence.";
    }
    write(text, numberText(low, page.number.decimals) + " to " + outputText(page, high));
    return "";
  };
  return { element: element, paint: paint };
}

/* A promise is kept on average over rows like those that were seen. */
function doubtWords(page, frame) {
  const { plausibility } = frame.trust;
  if (!plausibility || plausibility.verdict !== "unlike any") return "";
  return `The promise is for ${page.rows} like those that were seen; this is hardly one.`;
}

/* In percent; a decimal only where there is something to say. */
function wholePercent(share) {
  return numberText(100 * share, 1).replace(".0", "");
}

/* What was promised beside what was measured. */
function measuredWords(page, found, confidence) {
  const percent = wholePercent(confidence);
  const promise = `Promised: right in at least ${percent} of 100.`;
  if (!found) return promise + " Not measured at this confidence.";
  const held = page.trust.origin === "cross-fitting" ? "held-out" : "given";
  const share = wholePercent(found.shown / found.rows);
  const right = `${numberText(found.shown, 0)} of ${numberText(found.rows, 0)}`;
  return `${promise} Measured: right for ${right} ${held} ${page.rows}, ${share} %.`;
}
