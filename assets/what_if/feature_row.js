/* One feature that is a number: a field and a slider that always agree. */

import { densityPicture } from "./densities.js";
import { el } from "./dom.js";
import { featureButtons } from "./feature_buttons.js";
import { numberInputs } from "./number_inputs.js";

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
