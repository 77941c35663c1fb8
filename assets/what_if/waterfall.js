/* What drives the answer: base value, one bar a feature, the answer. */

import { chooseOutput } from "./answer.js";
import { el, svg } from "./dom.js";
import { assign, hueOf, move, paintInSight, reveal, write } from "./painting.js";
import { roundedToSum, scaleWords, sentenceOf, valueText } from "./words.js";

const LARGEST = 8;
const SEGMENTS = 4; // more classes than these have a list to choose from
const LEAST_SPAN = { probability: 0.1 };
const MARGIN_SHARE = 0.03;
const ROW_WIDTH = 1000; // of the drawing, which stretches

/* Draws into `parent`; gives paint(frame). */
export function mountWaterfall(parent, page, state) {
  const chooser = page.classes.length ? outputChooser(page, state) : null;
  const sentence = el("p", { class: "waterfall-sentence" });
  const fall = fallOf(page);
  const why = el("p", { class: "card-caption waterfall-none" });
  const note = el("p", { class: "card-caption waterfall-note" });
  const card = el(
    "section",
    { class: "card-box waterfall-card", "aria-labelledby": "waterfall-title" },
    el("h2", { id: "waterfall-title" }, "What drives it"),
    chooser && chooser.element,
    sentence,
    fall.element,
    note,
    why,
  );
  parent.append(card);
  const paint = function (frame, live) {
    const found = frame.outputs ? frame.explanation : null;
    const choice = Boolean(frame.outputs && (found || state.engine.curves));
    if (chooser) reveal(chooser.element, choice);
    if (chooser && choice) chooser.paint(frame);
    for (const part of [sentence, fall.element, note]) reveal(part, found !== null);
    reveal(why, found === null);
    if (found === null) {
      write(why, whyNone(page, frame));
      return;
    }
    write(sentence, sentenceOf(page, frame));
    write(note, noteOf(page, found));
    fall.paint(frame, live);
  };
  return paintInSight(state, [{ element: card, paint: paint }]);
}

function whyNone(page, frame) {
  if (frame.missing.length) return "It is told again when no value is missing.";
  if (!frame.outputs) return "It is told with the answer.";
  if (!page.flat) return "This kind of model is not explained here: it answers on the server only.";
  if (!page.background) return "There are no training rows to compare with, so there is none.";
  return "There is no exact explanation of this kind of model.";
}

function noteOf(page, { scale }) {
  const unit = page.number && page.number.unit ? "In " + page.number.unit : "In its own unit";
  const what = { probability: "In percentage points (pp)", "log-odds": "In log-odds" }[scale];
  const bars = "Filled bars push towards it, outlined ones against.";
  const number = "Filled bars push it up, outlined ones down.";
  return (what || unit) + ", exact Shapley values. " + (page.number ? number : bars);
}

/* Which class is explained: the predicted one, until another is chosen. */
function outputChooser(page, state) {
  return page.classes.length > SEGMENTS ? outputList(page, state) : outputSegments(page, state);
}

function outputSegments(page, state) {
  const buttons = page.classes.map(function (known, i) {
    const attributes = {
      class: "output-choice marked " + hueOf(i),
      type: "button",
      title: known.label,
      onclick: () => chooseOutput(state, i),
    };
    return el("button", attributes, known.label);
  });
  const about = { class: "output-choices", role: "group", "aria-label": "Explain the probability of" };
  const paint = function (frame) {
    buttons.forEach((button, i) => assign(button, "aria-pressed", String(i === frame.shown)));
  };
  return { element: el("div", about, ...buttons), paint: paint };
}

function outputList(page, state) {
  const options = page.classes.map((known, i) => el("option", { value: i }, known.label));
  const list = el(
    "select",
    { class: "form-select", "aria-label": "Explain the probability of", onchange: choose },
    el("option", { value: "" }, "The predicted class"),
    ...options,
  );
  function choose() {
    state.choose({ output: list.value === "" ? null : Number(list.value) });
  }
  const paint = function () {
    const value = state.output === null ? "" : String(state.output);
    if (list.value !== value) list.value = value;
  };
  return { element: el("div", { class: "waterfall-list" }, list), paint: paint };
}

/* The rows: base, the largest contributions, the sum of all others, and the answer. While a drag
   goes on the rows keep their features, so that none jumps. */
function fallOf(page) {
  const count = page.features.length;
  const largest = count > LARGEST + 1 ? LARGEST : count;
  const start = fallRow("waterfall-base");
  const rows = Array.from({ length: largest }, () => fallRow("waterfall-part", true));
  const others = largest < count ? fallRow("waterfall-part waterfall-others") : null;
  const end = fallRow("waterfall-answer");
  const all = [start, ...rows, others, end].filter((row) => row !== null);
  const element = el("ol", { class: "waterfall" }, ...all.map((row) => row.element));
  let order = page.features.map((_, i) => i);
  let domain = null;
  const paint = function (frame, live) {
    const { scale, base, parts } = frame.explanation;
    const keep = live && domain !== null;
    if (!keep) {
      order = order.slice().sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]) || a - b);
    }
    const steps = order.slice(0, largest).map((i) => parts[i]);
    if (others) steps.push(order.slice(largest).reduce((sum, i) => sum + parts[i], 0));
    const levels = [base];
    for (const step of steps) levels.push(levels[levels.length - 1] + step);
    domain = fallSpan(levels, scale, keep ? domain : null);
    const texts = fallTexts(page, scale, levels, steps);
    start.paint({ label: "Training average", text: texts.base, exact: base });
    start.draw(domain, base, base);
    rows.forEach(function (row, place) {
      const feature = page.features[order[place]];
      row.paint({
        label: feature.label,
        value: valueText(feature, frame.row[order[place]]),
        text: texts.steps[place],
        exact: steps[place],
        name: feature.name,
      });
      row.draw(domain, levels[place], levels[place + 1]);
    });
    if (others) {
      const label = count - largest + " others";
      others.paint({ label: label, text: texts.steps[largest], exact: steps[largest] });
      others.draw(domain, levels[largest], levels[largest + 1]);
    }
    const answer = levels[levels.length - 1];
    end.paint({ label: endLabel(page, frame), text: texts.answer, exact: answer });
    end.draw(domain, answer, answer);
  };
  return { element: element, paint: paint };
}

function endLabel(page, frame) {
  return page.classes.length ? page.classes[frame.shown].label : page.target;
}

/* From where to where the bars are drawn; during a drag it only grows. */
function fallSpan(levels, scale, before) {
  let [low, high] = [Math.min(...levels), Math.max(...levels)];
  const short = (LEAST_SPAN[scale] || 1e-9) - (high - low);
  const margin = Math.max(short / 2, (high - low) * MARGIN_SHARE);
  low -= margin;
  high += margin;
  if (before === null) return [low, high];
  return [Math.min(before[0], low), Math.max(before[1], high)];
}

/* The numbers as texts that add up as they are shown. */
function fallTexts(page, scale, levels, steps) {
  const words = scaleWords(page, scale);
  const rounded = (value) => Number((value * words.factor).toFixed(words.decimals));
  const [base, answer] = [rounded(levels[0]), rounded(levels[levels.length - 1])];
  const scaled = steps.map((step) => step * words.factor);
  const shown = roundedToSum(scaled, answer - base, words.decimals);
  return { base: words.level(base), answer: words.level(answer), steps: shown.map(words.step) };
}

/* One row; `paint` sets its texts and `draw` moves its bar and the thin lines to its neighbours.
   A row that `opens` leads to the input of its feature. */
function fallRow(kind, opens) {
  const label = opens
    ? el("button", { class: "waterfall-label", type: "button", onclick: goToInput })
    : el("span", { class: "waterfall-label" });
  const value = el("span", { class: "waterfall-value" });
  const number = el("span", { class: "waterfall-number" });
  const bar = svg("rect", { class: "waterfall-bar", y: 24, width: 1, height: 52 });
  const before = svg("path", { class: "waterfall-thread", d: "M0 0V24" });
  const after = svg("path", { class: "waterfall-thread", d: "M0 76V100" });
  const size = "0 0 " + ROW_WIDTH + " 100";
  const drawing = { viewBox: size, preserveAspectRatio: "none", "aria-hidden": "true" };
  const picture = svg("svg", drawing, before, after, bar);
  const name = el("span", { class: "waterfall-name" }, label, value);
  const element = el("li", { class: "waterfall-row " + kind }, name, picture, number);
  function goToInput() {
    const name = CSS.escape(element.dataset.feature);
    const input = document.querySelector(`.feature[data-feature="${name}"] :is(input, select)`);
    if (input) input.focus();
  }
  const paint = function (row) {
    write(label, row.label);
    write(value, row.value || "");
    write(number, row.text);
    assign(number, "data-exact", String(row.exact));
    assign(element, "data-feature", row.name || null);
  };
  const draw = function ([low, high], from, to) {
    const place = (level) => Math.round((ROW_WIDTH * (level - low)) / (high - low));
    const [begin, end] = [place(from), place(to)];
    assign(bar, "class", "waterfall-bar " + (to < from ? "against" : "for"));
    move(bar, Math.min(begin, end), 0, Math.abs(end - begin) || 0.01);
    move(before, begin, 0);
    move(after, end, 0);
  };
  return { element: element, paint: paint, draw: draw };
}
