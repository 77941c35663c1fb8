/* The small curves above a slider: where the real rows of each class lie. */

import { el, svg } from "./dom.js";
import { afterPaint } from "./pace.js";

const DENSITY_WIDTH = 240;
const DENSITY_HEIGHT = 32;
const DENSITY_POINTS = 81;
const BANDWIDTH_BINS = 2.4; // smooth enough to read, narrow enough to keep two peaks apart
const KERNEL_REACH = 4; // standard deviations; beyond it is less than a thousandth of the peak

/* The histograms of a feature, { edges, counts }, each under a Gaussian kernel.

   Gives { xs, curves }: places from low to high, and one curve a class, a density, or null where
   the class has no rows. All enclose the same area. */
export function smoothDensities(density, low, high) {
  const step = (high - low) / (DENSITY_POINTS - 1);
  const xs = Array.from({ length: DENSITY_POINTS }, (_, i) => low + i * step);
  const width = density.edges[1] - density.edges[0] || 1;
  const curves = density.counts.map(function (counts) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (!total) return null;
    const curve = new Array(DENSITY_POINTS).fill(0);
    counts.forEach(function (count, bin) {
      const middle = (density.edges[bin] + density.edges[bin + 1]) / 2;
      if (count) addKernel(curve, xs, middle, BANDWIDTH_BINS * width, count / total);
    });
    return curve;
  });
  return { xs: xs, curves: curves };
}

/* Add a normal distribution that encloses `weight`, where it is more than nothing. */
function addKernel(curve, xs, middle, spread, weight) {
  const peak = weight / (spread * Math.sqrt(2 * Math.PI));
  for (let i = 0; i < xs.length; i++) {
    const far = (xs[i] - middle) / spread;
    if (far > -KERNEL_REACH && far < KERNEL_REACH) curve[i] += peak * Math.exp(-0.5 * far * far);
  }
}

/* The curves of a feature as a picture, with the mark of each class at its peak. A table without
   classes has one curve. They are drawn once the inputs are there. */
export function densityPicture(feature, hasClasses) {
  const picture = el("div", { class: "feature-density", "aria-hidden": "true" });
  if (feature.density) afterPaint(() => picture.prepend(...densityDrawing(feature, hasClasses)));
  return picture;
}

function densityDrawing(feature, hasClasses) {
  const { curves } = smoothDensities(feature.density, feature.low, feature.high);
  const top = Math.max(...curves.flatMap((curve) => (curve ? [Math.max(...curve)] : [])));
  if (!(top > 0)) return [];
  const size = { viewBox: `0 0 ${DENSITY_WIDTH} ${DENSITY_HEIGHT}`, preserveAspectRatio: "none" };
  const drawing = svg("svg", size);
  const marks = [];
  curves.forEach(function (curve, i) {
    if (!curve) return;
    const heights = curve.map((y) => y / top);
    const hue = hasClasses ? "class-" + i : "of-all";
    drawing.append(svg("path", { class: hue, d: densityPath(heights) }));
    if (hasClasses) marks.push(peakMark(hue, heights));
  });
  return [drawing, ...marks];
}

function densityPath(heights) {
  const points = heights.map(function (height, i) {
    const x = (i * DENSITY_WIDTH) / (DENSITY_POINTS - 1);
    return x.toFixed(0) + " " + densityTop(height).toFixed(1);
  });
  return `M0 ${DENSITY_HEIGHT}L${points.join("L")}L${DENSITY_WIDTH} ${DENSITY_HEIGHT}`;
}

function densityTop(height) {
  return DENSITY_HEIGHT - 1 - height * (DENSITY_HEIGHT - 5);
}

function peakMark(hue, heights) {
  const height = Math.max(...heights);
  const mark = el("span", { class: "density-peak marked " + hue });
  mark.style.left = (100 * heights.indexOf(height)) / (DENSITY_POINTS - 1) + "%";
  mark.style.top = (100 * densityTop(height)) / DENSITY_HEIGHT + "%";
  return mark;
}
