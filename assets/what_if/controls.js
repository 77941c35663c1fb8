/* The inputs: sliders under the densities of the rows, number fields, choices, starting points. */

import { el } from "./dom.js";

/* Draws the inputs into `parent`; gives paint(frame), which shows what state and frame say. */
export function mountControls(parent, page, state) {
  const sliders = page.features.map(function (feature, i) {
    const slider = el("input", {
      type: "range",
      min: feature.low,
      max: feature.high,
      step: feature.step,
      "aria-label": feature.label,
      oninput: (event) => state.set(i, event.target.valueAsNumber, true),
    });
    parent.append(el("p", {}, feature.label, slider));
    return slider;
  });
  return function paint(frame) {
    frame.row.forEach(function (value, i) {
      if (document.activeElement !== sliders[i]) sliders[i].value = value;
    });
  };
}
