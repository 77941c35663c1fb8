/* One feature that is a number: a field and a slider that always agree. */

import { comparable } from "./address.js";
import { densityPicture } from "./densities.js";
import { el } from "./dom.js";
import { featureButtons } from "./feature_buttons.js";

const KEY_STEPS = {
  ArrowUp: 1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowLeft: -1,
  PageUp: 10,
  PageDown: -10,
};
const QUANTILE_MARKS = ["0.05", "0.5", "0.95"];

/* Gives { element, paint() }: what state says, where that has changed. */
export function featureRow(page, state, index) {
  const feature = page.features[index];
  const inputs = numberInputs(feature, index, state);
  const buttons = featureButtons(page, state, index, inputs.number);
  const density = densityPicture(feature, page.classes.length > 0);
  const needle = el("span", { class: "feature-needle" });
  const pin = el("span", { class: "feature-pin" });
  density.append(needle, pin);
  const warning = el("span", { class: "feature-warning", id: `feature-${index}-warning` });
  const element = el(
    "div",
    { class: "feature", "data-feature": feature.name },
    el("label", { for: inputs.number.id }, feature.label, ...unitOf(feature)),
    inputs.number,
    el("div", { class: "feature-track" }, density, inputs.slider),
    buttons.element,
    scaleOf(feature, warning, page.rows),
  );
  element.style.setProperty("--from", placeOn(feature, feature.minimum));
  element.style.setProperty("--to", placeOn(feature, feature.maximum));
  let shown;
  let pinned = null;
  return {
    element: element,
    paint: function () {
      buttons.paint();
      const value = state.row[index];
      if (Object.is(value, shown) && state.pinned === pinned) return;
      showPin(value);
      if (Object.is(value, shown)) return;
      shown = value;
      inputs.show(value);
      if (Number.isFinite(value)) needle.style.left = placeOn(feature, value);
      element.classList.toggle("missing", Number.isNaN(value));
      element.classList.toggle("outside", value < feature.minimum || value > feature.maximum);
      const text = warningOf(feature, value);
      if (warning.textContent !== text) warning.textContent = text;
    },
  };

  /* Row A is marked where it differs. */
  function showPin(value) {
    pinned = state.pinned;
    const apart = pinned !== null && Number.isFinite(pinned[index]) && pinned[index] !== value;
    element.classList.toggle("pinned", apart);
    if (apart) pin.style.left = placeOn(feature, pinned[index]);
  }
}

/* What a value is warned of, or "". */
function warningOf(feature, value) {
  if (Number.isNaN(value)) return "a number, please";
  if (value < feature.minimum) return "below training minimum";
  return value > feature.maximum ? "above training maximum" : "";
}

function unitOf(feature) {
  return feature.unit ? [" ", el("small", {}, feature.unit)] : [];
}

/* How far along the track a value lies; beyond its ends it stays at them. */
function placeOn(feature, value) {
  const share = (value - feature.low) / (feature.high - feature.low);
  return (100 * Math.min(Math.max(share, 0), 1)).toFixed(2) + "%";
}

/* The value some steps on, on the slider's own grid and within its ends. A value off the grid, or
   beyond an end, comes to the grid with the first step. */
export function steppedValue(feature, value, steps) {
  const from = Number.isFinite(value) ? value : feature.median;
  const place = (from - feature.low) / feature.step;
  const near = 1e-6; // of a step: what a float may be off a place of the grid
  const next = steps > 0 ? Math.floor(place + near) + steps : Math.ceil(place - near) + steps;
  const stepped = Number((feature.low + next * feature.step).toPrecision(12));
  if (steps > 0) return from >= feature.high ? from : Math.min(stepped, feature.high);
  return from <= feature.low ? from : Math.max(stepped, feature.low);
}

/* The number field and the slider; show(value) writes into both, but leaves alone what says so
   already, be it in other characters. */
function numberInputs(feature, index, state) {
  const name = `feature-${index}`;
  const number = el("input", {
    id: name + "-number",
    class: "form-control",
    type: "number",
    step: "any",
    inputmode: feature.low < 0 ? null : "decimal",
    autocomplete: "off",
    "aria-describedby": name + "-warning",
    oninput: () => state.set(index, comparable(number.valueAsNumber), true),
    onchange: () => state.set(index, comparable(number.valueAsNumber), false),
  });
  const slider = el("input", {
    type: "range",
    min: feature.low,
    max: feature.high,
    step: feature.step,
    "aria-label": feature.label + ", slider",
    "aria-describedby": name + "-warning",
    oninput: () => state.set(index, slider.valueAsNumber, true),
    onchange: () => state.set(index, slider.valueAsNumber, false),
  });
  listenForKeys(slider, (key) => valueOfKey(feature, state.row[index], key, true), index, state);
  listenForKeys(number, (key) => valueOfKey(feature, state.row[index], key, false), index, state);
  return {
    number: number,
    slider: slider,
    show: function (value) {
      const empty = Number.isNaN(value);
      const said = comparable(number.valueAsNumber);
      if (!Object.is(said, value)) number.value = empty ? "" : shownNumber(value);
      if (!empty && slider.valueAsNumber !== value) slider.value = value;
      const text = empty ? "no number" : `${shownNumber(value)} ${feature.unit}`.trim();
      slider.setAttribute("aria-valuetext", text);
      if (empty) number.setAttribute("aria-invalid", "true");
      else number.removeAttribute("aria-invalid");
    },
  };
}

/* A number as its field shows it: with twelve digits, for the median of two rows may well be
   1.8650000000000002. What is typed stays as it is. */
function shownNumber(value) {
  return String(Number(value.toPrecision(12)));
}

/* Where a key leads, or null where it is not one that moves. The ends of the slider's keys are
   those of the training range; in the field, the keys that move the caret go on doing so. */
function valueOfKey(feature, value, key, isSlider) {
  if (isSlider && key === "Home") return feature.minimum;
  if (isSlider && key === "End") return feature.maximum;
  if (!isSlider && (key === "ArrowLeft" || key === "ArrowRight")) return null;
  return key in KEY_STEPS ? steppedValue(feature, value, KEY_STEPS[key]) : null;
}

/* A key that is held down moves on and on, and is one movement until it is let go. */
function listenForKeys(input, valueOf, index, state) {
  let moving = false;
  input.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const value = valueOf(event.key);
    if (value === null) return;
    event.preventDefault();
    moving = true;
    state.set(index, value, true);
  });
  for (const end of ["keyup", "blur"]) {
    input.addEventListener(end, function () {
      if (!moving) return;
      moving = false;
      state.set(index, state.row[index], false);
    });
  }
}

/* The ends of the training range, each under its place, and marks where most rows lie. */
function scaleOf(feature, warning, rows) {
  const [least, most] = [feature.minimum, feature.maximum].map((x) => x.toFixed(feature.decimals));
  const scale = el(
    "div",
    { class: "feature-scale" },
    el("span", {}, least),
    warning,
    el("span", {}, most),
  );
  const quantiles = feature.quantiles;
  if (!quantiles) return scale;
  for (const mark of QUANTILE_MARKS) {
    const tick = el("i", { class: mark === "0.5" ? "quantile quantile-half" : "quantile" });
    tick.style.left = placeOn(feature, quantiles[mark]);
    scale.append(tick);
  }
  const [low, half, high] = QUANTILE_MARKS.map((mark) =>
    quantiles[mark].toFixed(feature.decimals),
  );
  scale.title = `Of the ${rows}, 5 % are below ${low}, half below ${half}, 95 % below ${high}`;
  return scale;
}
