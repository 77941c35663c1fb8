/* What the model says of each class, beside what that has meant for rows it had not seen. */

import { el } from "./dom.js";
import { assign, hueOf, write } from "./painting.js";
import { rowsNamed } from "./trust_place.js";
import { numberText, percentText } from "./words.js";

const MOST_CLASSES = 6;

/* The part about calibrated probabilities: { element, paint(frame) }. */
export function trustClasses(page) {
  const count = Math.min(page.classes.length, MOST_CLASSES);
  const rows = Array.from({ length: count }, () => classRow());
  const head = el(
    "div",
    { class: "trust-class trust-class-head", "aria-hidden": "true" },
    el("span", {}),
    el("span", {}),
    el("span", { class: "bar-value" }, "Model"),
    el("span", { class: "bar-value" }, "Calibrated"),
  );
  const element = el(
    "div",
    { class: "trust-part" },
    el("h3", {}, "What the probabilities mean"),
    head,
    el("ul", { class: "trust-list" }, ...rows.map((row) => row.element)),
    el("p", { class: "card-caption" }, calibrationWords(page)),
  );
  const order = page.classes.map((_, i) => i);
  const paint = function (frame) {
    const { outputs, trust } = frame;
    if (order.length > count) {
      order.sort((one, other) => outputs[other] - outputs[one] || one - other);
    }
    rows.forEach(function (row, place) {
      const i = order[place];
      row.paint(page.classes[i].label, hueOf(i), outputs[i], trust.calibrated[i]);
    });
  };
  return { element: element, paint: paint };
}

/* A bar as long as the calibrated probability, and a mark where the model's own stands. */
function classRow() {
  const label = el("span", { class: "bar-label marked" });
  const fill = el("span", { class: "bar-fill" });
  const tick = el("span", { class: "bar-tick" });
  const raw = el("span", { class: "bar-value trust-raw" });
  const meant = el("span", { class: "bar-value" });
  const track = el("span", { class: "bar-track trust-track", "aria-hidden": "true" }, fill, tick);
  const said = el("span", { class: "visually-hidden" }, " by the model, calibrated ");
  const element = el("li", { class: "trust-class" }, label, track, raw, said, meant);
  const paint = function (name, hue, own, calibrated) {
    const identity = own === calibrated;
    write(label, name);
    assign(element, "class", "trust-class " + hue);
    assign(label, "class", "bar-label marked " + hue);
    write(raw, percentText(own));
    write(meant, identity ? percentText(calibrated) : meantText(calibrated));
    fill.style.transform = `scaleX(${calibrated.toFixed(4)})`;
    tick.style.transform = `translateX(${(100 * own).toFixed(2)}%)`;
  };
  return { element: element, paint: paint };
}

function calibrationWords(page) {
  const { exponent, floor, rows, log_loss_before, log_loss_after } = page.trust.calibration;
  const on = `${numberText(rows, 0)} ${rowsNamed(page)}`;
  if (exponent === 1 && floor === 0) {
    return `On ${on} the model means what it says, and no other scale did better.`;
  }
  const often = exponent > 1 ? "more" : "less";
  const losses = `${numberText(log_loss_before, 3)} to ${numberText(log_loss_after, 3)}`;
  return (
    `The model is ${often} often right than it says: on ${on} calibration took the log loss from ` +
    `${losses}. The mark is the model's own probability.`
  );
}

/* A share in percent; no number of rows makes anything certain. */
function meantText(share) {
  if (share >= 0.9995) return "> 99.9 %";
  if (share < 0.0005) return "< 0.1 %";
  return percentText(share);
}
