/* What-if curves: one small chart a feature, all moving with the row. */

import { takePointer } from "./curve_pointer.js";
import { barsPath, curveAt, sameNumbers, smoothPath, snapped, stepsPath } from "./curve_shapes.js";
import { el, svg } from "./dom.js";
import { assign, hueOf, move, paintInSight, reveal, write } from "./painting.js";
import { inSentence, numberText, outputText, valueText } from "./words.js";

const CURVES_SHOWN = 12;
const CURVES_SPARE = 4; // so many more are shown rather than folded
const CURVE_SIZE = 1000; // of a drawing either way, which stretches

/* Draws into `parent`; gives paint(frame). */
export function mountCurves(parent, page, state) {
  const scale = curveScale(page);
  const title = el("h2", { id: "curves-title" }, "What if one value changed?");
  const caption = el("p", { class: "card-caption" });
  const why = el("p", { class: "card-caption" });
  const grid = el("div", { class: "curve-grid" });
  const card = el(
    "section",
    { class: "card-box curves-card", "aria-labelledby": "curves-title" },
    title,
    caption,
    why,
    grid,
  );
  parent.append(card);
  const curves = page.features.map((_, i) => oneCurve(page, state, scale, i));
  grid.append(...curves.map((curve) => curve.element));
  let last = null;
  fold(card, page, curves, () => last && paintAll(last));
  const paint = function (frame) {
    last = frame;
    const found = frame.outputs ? state.engine.curves : null;
    reveal(grid, Boolean(found));
    reveal(caption, Boolean(found));
    reveal(why, !found);
    if (!found) {
      write(why, whyNoCurves(page, frame));
      return;
    }
    assign(grid, "class", "curve-grid " + (page.classes.length ? hueOf(frame.shown) : ""));
    write(caption, curveCaption(page, frame));
    if (page.number) scale.widen(frame.curves);
  };
  const paintAll = paintInSight(state, [{ element: card, paint: paint }, ...curves]);
  return paintAll;
}

function whyNoCurves(page, frame) {
  if (frame.missing.length) return "The curves are drawn again when no value is missing.";
  if (!page.flat) return "This kind of model answers on the server only, so no curves are drawn.";
  return "There are no exact curves of this kind of model.";
}

function curveCaption(page, frame) {
  return (
    `Each curve is ${curveSubject(page, frame)} as one value moves and the others stay. ` +
    "Click or drag on a curve to set its value. Hatched: no training row has been there."
  );
}

function curveSubject(page, frame) {
  if (!page.classes.length) return "the predicted " + inSentence(page.target);
  return "the probability of " + page.classes[frame.shown].label;
}

/* Beyond some dozen features the least important ones wait behind a button. */
function fold(card, page, curves, unfolded) {
  if (curves.length <= CURVES_SHOWN + CURVES_SPARE) return;
  const importance = (i) => page.features[i].importance || 0;
  const order = curves.map((_, i) => i).sort((a, b) => importance(b) - importance(a) || a - b);
  const folded = order.slice(CURVES_SHOWN);
  const button = el("button", { class: "quiet-button", type: "button", onclick: toggle });
  let open = true;
  function toggle() {
    open = !open;
    for (const i of folded) reveal(curves[i].element, open);
    write(button, open ? "Show fewer" : "Show all " + curves.length);
    assign(button, "aria-expanded", String(open));
    if (open) unfolded();
  }
  toggle();
  card.append(button);
}

/* The one vertical axis: 0 to 100 %, or the numbers of the table, and more where curves go. */
function curveScale(page) {
  if (page.classes.length) return { low: 0, high: 1 };
  const { minimum, maximum } = page.number.values;
  const scale = { low: minimum ?? Infinity, high: maximum ?? -Infinity };
  scale.widen = function (curves) {
    for (const { y } of curves) {
      scale.low = Math.min(scale.low, ...y);
      scale.high = Math.max(scale.high, ...y);
    }
  };
  return scale;
}

/* One small chart: { element, paint(frame, live) }. */
function oneCurve(page, state, scale, index) {
  const feature = page.features[index];
  const drawn = curveDrawing(index === 0);
  const value = el("span", { class: "curve-value" });
  const reading = el("span", { class: "curve-reading" });
  const element = el(
    "div",
    { class: "curve", "data-feature": feature.name },
    el("p", { class: "curve-head" }, el("span", {}, feature.label), value),
    drawn.plot,
    el("p", { class: "curve-foot", "aria-hidden": "true" }, ...footTexts(feature), reading),
  );
  const axes = curveAxes(feature, scale);
  for (const [name, share] of Object.entries(axes.seen)) {
    drawn.plot.style.setProperty(name, (100 * share).toFixed(2) + "%");
  }
  const kind = feature.categories ? "bars" : state.engine.curves?.steps ? "steps" : "smooth";
  const outline = outlineOf(kind, drawn, axes, scale);
  let curve = null;
  const paint = function (frame, live) {
    if (element.hidden || !frame.outputs || !state.engine.curves) return;
    curve = frame.curves[index];
    outline(curve);
    paintMarks(drawn, axes, index, frame);
    write(value, valueText(feature, frame.row[index]));
    if (drawn.top) {
      write(drawn.top, endText(page, scale.high));
      write(drawn.bottom, endText(page, scale.low));
    }
    if (!live) assign(drawn.plot, "aria-label", curveText(page, frame, feature, curve.y));
  };
  takePointer(drawn.plot, {
    valueAt: (share) => snapped(feature, axes.low + share * (axes.high - axes.low)),
    now: () => state.row[index],
    set: (number, live) => state.set(index, number, live),
    read: function (number) {
      const known = number !== null && curve !== null;
      const output = known ? curveAt(curve, number, kind) : NaN;
      write(reading, known ? readingText(page, feature, number, output) : "");
    },
  });
  return { element: element, paint: paint };
}

/* Where numbers lie in the drawing of a feature, and between which shares rows have been seen. */
function curveAxes(feature, scale) {
  const [low, high] = curveEnds(feature);
  const shareOf = (number) => Math.min(Math.max((number - low) / (high - low || 1), 0), 1);
  const heightOf = (output) => (output - scale.low) / (scale.high - scale.low || 1);
  const ends = feature.categories ? [low, high] : [feature.minimum, feature.maximum];
  return {
    low: low,
    high: high,
    across: (number) => Math.round(CURVE_SIZE * shareOf(number)),
    down: (output) => Math.round(CURVE_SIZE * (1 - heightOf(output))),
    seen: { "--from": shareOf(ends[0]), "--to": shareOf(ends[1]) },
  };
}

/* What draws a curve anew where it, or the axis, is not the one that was drawn last. */
function outlineOf(kind, drawn, { across, down }, scale) {
  const draw = { bars: barsPath, steps: stepsPath, smooth: smoothPath }[kind];
  let seen = { x: [], y: [], low: NaN, high: NaN };
  return function (curve) {
    const same = seen.low === scale.low && seen.high === scale.high;
    if (same && sameNumbers(curve.y, seen.y) && sameNumbers(curve.x, seen.x)) return;
    seen = { x: curve.x.slice(), y: curve.y.slice(), low: scale.low, high: scale.high };
    const line = draw(curve, across, down, CURVE_SIZE);
    drawn.line.setAttribute("d", line);
    drawn.area.setAttribute("d", kind === "bars" ? line : line + "V" + CURVE_SIZE + "H0Z");
  };
}

/* The point of the row, and that of A where one is pinned. */
function paintMarks(drawn, { across, down }, index, frame) {
  const x = across(frame.row[index]);
  move(drawn.guide, x, 0);
  move(drawn.point, x, down(frame.outputs[frame.shown]));
  const pinned = frame.pinned && frame.pinned.outputs ? frame.pinned : null;
  assign(drawn.pinned, "visibility", pinned ? null : "hidden");
  if (pinned) move(drawn.pinned, across(pinned.row[index]), down(pinned.outputs[frame.shown]));
}

function endText(page, end) {
  return page.number ? outputText(page, end) : numberText(100 * end, 0) + " %";
}

function readingText(page, feature, number, output) {
  return valueText({ ...feature, unit: "" }, number) + ": " + outputText(page, output);
}

function curveText(page, frame, feature, y) {
  const ends = [Math.min(...y), Math.max(...y)].map((end) => outputText(page, end));
  const subject = page.classes.length
    ? "probability of " + page.classes[frame.shown].label
    : inSentence(page.target);
  const now = outputText(page, frame.outputs[frame.shown]);
  return `${feature.label}: ${subject} from ${ends[0]} to ${ends[1]}; now ${now}`;
}

/* The numbers at the two ends: of categories half a place beyond the first and the last. */
function curveEnds(feature) {
  return feature.categories ? [-0.5, feature.categories.length - 0.5] : [feature.low, feature.high];
}

function footTexts(feature) {
  if (feature.categories) {
    const [first, ...others] = feature.categories;
    return [el("span", {}, first), el("span", {}, others.length ? others[others.length - 1] : "")];
  }
  const ends = [feature.low, feature.high].map((end) => numberText(end, feature.decimals));
  return ends.map((end) => el("span", {}, end));
}

function curveDrawing(first) {
  const area = svg("path", { class: "curve-area" });
  const line = svg("path", { class: "curve-line" });
  const guide = svg("path", { class: "curve-guide", d: "M0 0V" + CURVE_SIZE });
  // A dot is a line without length and with round ends, so it stays round in a stretched drawing.
  const dot = (kind) => svg("path", { class: kind, d: "M0 0h.01" });
  const point = svg("g", {}, dot("curve-dot"));
  const pinned = svg("g", { visibility: "hidden" }, dot("curve-dot"), dot("curve-hole"));
  const size = `0 0 ${CURVE_SIZE} ${CURVE_SIZE}`;
  const grid = svg("path", { class: "curve-ruler", d: "M0 0H1000M0 500H1000M0 1000H1000" });
  const picture = svg(
    "svg",
    { viewBox: size, preserveAspectRatio: "none", "aria-hidden": "true" },
    grid,
    area,
    guide,
    line,
    pinned,
    point,
  );
  const top = first ? el("span", { class: "curve-top" }) : null;
  const bottom = first ? el("span", { class: "curve-bottom" }) : null;
  const plot = el("div", { class: "curve-plot", role: "img" }, picture, top, bottom);
  return { plot, area, line, guide, point, pinned, top, bottom };
}
