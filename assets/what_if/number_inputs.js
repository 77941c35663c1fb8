/* A number field and a slider that always agree, for the hand and for the keyboard. */

import { comparable } from "./address.js";
import { el } from "./dom.js";

const KEY_STEPS = {
  ArrowUp: 1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowLeft: -1,
  PageUp: 10,
  PageDown: -10,
};

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

/* Gives { number, slider, show(value) }, which tell `state` of the feature at `index`; show writes
   into both, but leaves alone what says so already, be it in other characters. */
export function numberInputs(feature, index, state) {
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
