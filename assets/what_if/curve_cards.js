/* What-if curves: one small chart a feature, all moving with the row. */

import { el, svg } from "./dom.js";
import { assign, hueOf, move, paintInSight, reveal, write } from "./painting.js";
import { inSentence, numberText, outputText, valueText } from "./words.js";

const CURVES_SHOWN = 12;
const CURVES_SPARE = 4; // so many more are shown rather than folded
const CURVE_SIZE = 1000; // of a drawing either way, which stretches
const TOUCH_SLOP = 6; // pixels until a finger drags rather than scrolls

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
  const [low, high] = curveEnds(feature);
  const span = high - low || 1;
  const shareOf = (number) => (number - low) / span;
  const element = el(
    "div",
    { class: "curve", "data-feature": feature.name },
    el("p", { class: "curve-head" }, el("span", {}, feature.label), value),
    drawn.plot,
    el("p", { class: "curve-foot", "aria-hidden": "true" }, ...footTexts(feature), reading),
  );
  const [from, to] = feature.categories ? [0, 1] : [feature.minimum, feature.maximum].map(shareOf);
  drawn.plot.style.setProperty("--from", (100 * from).toFixed(2) + "%");
  drawn.plot.style.setProperty("--to", (100 * to).toFixed(2) + "%");
  let curve = null;
  let seen = { x: [], y: [], low: NaN, high: NaN };
  const across = (number) => Math.round(CURVE_SIZE * Math.min(Math.max(shareOf(number), 0), 1));
  const down = (output) => Math.round(CURVE_SIZE * (1 - (output - scale.low) / (scale.high - scale.low || 1)));
  const exact = Boolean(state.engine.curves && state.engine.curves.steps);
  const paint = function (frame, live) {
    if (element.hidden || !frame.outputs || !state.engine.curves) return;
    curve = frame.curves[index];
    if (isOther(curve, seen, scale)) {
      seen = { x: curve.x.slice(), y: curve.y.slice(), low: scale.low, high: scale.high };
      const outline = feature.categories
        ? barsPath(curve, across, down)
        : exact
          ? stepsPath(curve, across, down)
          : smoothPath(curve, across, down);
      drawn.line.setAttribute("d", outline);
      const area = outline + (feature.categories ? "" : "V" + CURVE_SIZE + "H0Z");
      drawn.area.setAttribute("d", area);
    }
    const output = frame.outputs[frame.shown];
    const x = across(frame.row[index]);
    move(drawn.guide, x, 0);
    move(drawn.point, x, down(output));
    const pinned = frame.pinned && frame.pinned.outputs ? frame.pinned : null;
    assign(drawn.pinned, "visibility", pinned ? null : "hidden");
    if (pinned) move(drawn.pinned, across(pinned.row[index]), down(pinned.outputs[frame.shown]));
    write(value, valueText(feature, frame.row[index]));
    if (drawn.top) {
      write(drawn.top, outputText(page, scale.high).replace(/\.0 %/, " %"));
      write(drawn.bottom, outputText(page, scale.low).replace(/\.0 %/, " %"));
    }
    if (!live) assign(drawn.plot, "aria-label", curveText(page, frame, feature, curve.y, output));
  };
  const read = function (number) {
    if (curve === null) return "";
    return valueText({ ...feature, unit: "" }, number) + ": " + outputText(page, curveAt(curve, number, exact && !feature.categories));
  };
  takePointer(drawn.plot, {
    valueAt: (share) => snapped(feature, low + share * span),
    read: (number) => write(reading, number === null ? "" : read(number)),
    now: () => state.row[index],
    set: (number, live) => state.set(index, number, live),
  });
  return { element: element, paint: paint };
}

function curveText(page, frame, feature, y, output) {
  const ends = [Math.min(...y), Math.max(...y)].map((end) => outputText(page, end));
  const subject = page.classes.length
    ? "probability of " + page.classes[frame.shown].label
    : inSentence(page.target);
  const now = outputText(page, output);
  return `${feature.label}: ${subject} from ${ends[0]} to ${ends[1]}; now ${now}`;
}

/* The numbers at the two ends: of categories half a place beyond the first and the last. */
function curveEnds(feature) {
  return feature.categories ? [-0.5, feature.categories.length - 0.5] : [feature.low, feature.high];
}

function footTexts(feature) {
  if (feature.categories) {
    const texts = feature.categories;
    return [texts[0], texts.length > 1 ? texts[texts.length - 1] : ""].map((t) => el("span", {}, t));
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

function isOther(curve, seen, scale) {
  return (
    seen.low !== scale.low ||
    seen.high !== scale.high ||
    !sameNumbers(curve.y, seen.y) ||
    !sameNumbers(curve.x, seen.x)
  );
}

function sameNumbers(one, other) {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

function stepsPath({ x, y }, across, down) {
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

function smoothPath({ x, y }, across, down) {
  let path = "M" + across(x[0]) + " " + down(y[0]);
  for (let i = 1; i < y.length; i++) path += "L" + across(x[i]) + " " + down(y[i]);
  return path;
}

/* A column a category. */
function barsPath({ x, y }, across, down) {
  return y.map(function (output, i) {
    const [left, right] = [across(x[i] - 0.3), across(x[i] + 0.3)];
    return `M${left} ${CURVE_SIZE}V${down(output)}H${right}V${CURVE_SIZE}`;
  }).join("");
}

/* What a curve says at a number. */
function curveAt({ x, y }, number, steps) {
  let i = 0;
  while (i < y.length - 1 && x[i + 1] <= number) i++;
  if (steps || i === y.length - 1) return y[i];
  const share = (number - x[i]) / (x[i + 1] - x[i] || 1);
  return y[i] + Math.min(Math.max(share, 0), 1) * (y[i + 1] - y[i]);
}

/* The nearest number that the slider of a feature can take. */
function snapped(feature, number) {
  if (feature.categories) {
    return Math.min(Math.max(Math.round(number), 0), feature.categories.length - 1);
  }
  const steps = Math.round((number - feature.low) / feature.step);
  const kept = Math.min(Math.max(feature.low + steps * feature.step, feature.low), feature.high);
  return Number(kept.toFixed(10));
}

/* Reading under the pointer, and setting by click or drag. A finger that begins to scroll sets
   nothing: the browser then cancels its pointer, and the value from before comes back. */
function takePointer(plot, { valueAt, read, now, set }) {
  let drag = null;
  const valueOf = function (event) {
    const box = plot.getBoundingClientRect();
    return valueAt(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
  };
  const moveTo = function (value) {
    if (drag.last === value) return;
    drag.last = value;
    set(value, true);
  };
  plot.addEventListener("pointerdown", function (event) {
    if (event.button !== 0) return;
    drag = { from: now(), begin: event.clientX, last: null, moving: event.pointerType === "mouse" };
    plot.setPointerCapture(event.pointerId);
    if (drag.moving) moveTo(valueOf(event));
  });
  plot.addEventListener("pointermove", function (event) {
    read(valueOf(event));
    if (drag === null) return;
    drag.moving = drag.moving || Math.abs(event.clientX - drag.begin) > TOUCH_SLOP;
    if (drag.moving) moveTo(valueOf(event));
  });
  plot.addEventListener("pointerup", function (event) {
    if (drag === null) return;
    drag = null;
    set(valueOf(event), false);
  });
  plot.addEventListener("pointercancel", function () {
    if (drag !== null && drag.last !== null) set(drag.from, false);
    drag = null;
  });
  plot.addEventListener("pointerleave", () => read(null));
}
