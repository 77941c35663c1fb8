/* Curves as outlines of a drawing, and what they say at a number. */

/* Whether two lists have the same numbers. */
export function sameNumbers(one, other) {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/* The outline of steps: y[i] holds from x[i] to x[i + 1]. `across` and `down` give the place of
   numbers in the drawing. */
export function stepsPath({ x, y }, across, down) {
  let path = "M" + across(x[0]) + " " + down(y[0]);
  let level = down(y[0]);
  for (let i = 1; i < y.length; i++) {
    const next = down(y[i]);
    if (next === level) continue;
    path += "H" + across(x[i]) + "V" + next;
    level = next;
  }
  return path + "H" + across(x[y.length]);
}

/* The outline through points. */
export function smoothPath({ x, y }, across, down) {
  let path = "M" + across(x[0]) + " " + down(y[0]);
  for (let i = 1; i < y.length; i++) path += "L" + across(x[i]) + " " + down(y[i]);
  return path;
}

/* A column a category, from `floor` up. */
export function barsPath({ x, y }, across, down, floor) {
  const bars = y.map(function (output, i) {
    const [left, right] = [across(x[i] - 0.3), across(x[i] + 0.3)];
    return `M${left} ${floor}V${down(output)}H${right}V${floor}`;
  });
  return bars.join("");
}

/* What a curve says at a number; `kind` is "steps", "smooth" or "bars". */
export function curveAt({ x, y }, number, kind) {
  let i = 0;
  while (i < y.length - 1 && x[i + 1] <= number) i++;
  if (kind !== "smooth" || i === y.length - 1) return y[i];
  const share = (number - x[i]) / (x[i + 1] - x[i] || 1);
  return y[i] + Math.min(Math.max(share, 0), 1) * (y[i + 1] - y[i]);
}

/* The nearest number that the slider of a feature can take. */
export function snapped(feature, number) {
  if (feature.categories) {
    return Math.min(Math.max(Math.round(number), 0), feature.categories.length - 1);
  }
  const steps = Math.round((number - feature.low) / feature.step);
  const kept = Math.min(Math.max(feature.low + steps * feature.step, feature.low), feature.high);
  return Number(kept.toFixed(10));
}
