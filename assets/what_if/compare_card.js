/* A and B side by side, or two models on the same row. */

import { shortAnswer } from "./answer.js";
import { el } from "./dom.js";
import { assign, hueOf, paintInSight, reveal, write } from "./painting.js";
import { numberText, percentText, pointsText, signedText, valueText } from "./words.js";

const COMPARED_CLASSES = 6;
const COMPARED_FEATURES = 20;

/* Draws into `parent`; gives paint(frame). */
export function mountCompare(parent, page, state) {
  const pair = pinnedPair(page, state);
  const models = otherModels(page, state);
  const card = el(
    "section",
    { class: "card-box compare-card", "aria-labelledby": "compare-title", hidden: true },
    el("h2", { id: "compare-title" }, "Compare"),
    pair.element,
    models.element,
  );
  parent.append(card);
  const paint = function (frame, live) {
    reveal(card, state.pinned !== null || models.some());
    reveal(pair.element, state.pinned !== null);
    if (state.pinned !== null && frame.pinned) pair.paint(frame, live);
    models.paint(frame);
  };
  return paintInSight(state, [{ element: card, paint: paint }]);
}

/* Row A, which is kept, beside row B, which the sliders show. */
function pinnedPair(page, state) {
  const swap = el("button", { class: "pill", type: "button", onclick: exchange }, "Swap A and B");
  const unpin = el("button", { class: "pill", type: "button", onclick: forget }, "Unpin");
  const [a, b] = [sideOf(page, "A, pinned"), sideOf(page, "B, the sliders")];
  const table = comparedTable(page);
  const element = el(
    "div",
    { class: "compare-pair" },
    el("div", { class: "compare-sides" }, a.element, b.element),
    table.element,
    el("div", { class: "compare-buttons" }, swap, unpin),
  );
  function exchange() {
    state.choose({ pinned: Array.from(state.row), row: Array.from(state.pinned) });
  }
  function forget() {
    state.choose({ pinned: null });
  }
  const paint = function (frame, live) {
    a.paint(frame.pinned);
    b.paint(frame);
    table.paint(frame, live);
  };
  return { element: element, paint: paint };
}

/* One answer: who gives it, the name or number, and how probable. */
function sideOf(page, who) {
  const by = el("p", { class: "eyebrow" }, who);
  const name = el("span", {});
  const detail = el("span", { class: "compare-detail" });
  const line = el("p", { class: "compare-answer" }, name, " ", detail);
  const paint = function (frame, of) {
    const short = shortAnswer(of || page, frame);
    const shown = short.hue ? "marked " + short.hue : "answer-number";
    const kind = frame.outputs ? shown : "answer-none";
    write(name, short.name);
    assign(name, "class", "answer-name " + kind);
    write(detail, short.detail);
  };
  return { element: el("div", { class: "compare-side" }, by, line), by: by, paint: paint };
}

/* What differs: the answers, then every feature that is not the same. */
function comparedTable(page) {
  let order = page.number ? [0] : page.classes.map((_, i) => i);
  const outputs = order.slice(0, COMPARED_CLASSES).map(() => comparedRow());
  const features = [];
  const same = el("p", { class: "card-caption" });
  const body = el("tbody", {}, ...outputs.map((row) => row.element));
  const heads = ["", "A", "B", "B − A"].map((text, i) =>
    i ? el("th", { scope: "col", class: "num" }, text) : el("td", {}),
  );
  const table = el("table", { class: "data-table" }, el("thead", {}, el("tr", {}, ...heads)), body);
  const scroll = el("div", { class: "table-scroll" }, table);
  const element = el("div", { class: "compare-table" }, scroll, same);
  const paint = function (frame, live) {
    const [a, b] = [frame.pinned.outputs, frame.outputs];
    const both = Boolean(a && b);
    if (both && !live && order.length > COMPARED_CLASSES) {
      const most = (i) => Math.max(a[i], b[i]);
      order = order.slice().sort((one, other) => most(other) - most(one) || one - other);
    }
    outputs.forEach(function (row, place) {
      reveal(row.element, both);
      if (both) row.output(page, order[place], a, b);
    });
    const [from, to] = [frame.pinned.row, frame.row];
    const changed = page.features.flatMap((_, i) => (Object.is(from[i], to[i]) ? [] : [i]));
    const shown = changed.slice(0, COMPARED_FEATURES);
    while (features.length < shown.length) {
      features.push(comparedRow());
      body.append(features[features.length - 1].element);
    }
    features.forEach(function (row, place) {
      const feature = shown[place];
      reveal(row.element, feature !== undefined);
      if (feature !== undefined) row.feature(page.features[feature], from[feature], to[feature]);
    });
    write(same, restText(page, changed.length, shown.length));
  };
  return { element: element, paint: paint };
}

function restText(page, changed, shown) {
  if (changed === 0) return "B has the values of A. Move a slider to see what that changes.";
  if (changed > shown) return changed - shown + " more values differ.";
  const same = page.features.length - changed;
  if (same === 0) return "";
  return same === 1 ? "The other value is the same." : `The other ${same} values are the same.`;
}

/* A row of the table, of an output or of a feature. */
function comparedRow() {
  const name = el("span", {});
  const unit = el("small", {});
  const cells = [1, 2, 3].map(() => el("td", { class: "num" }));
  const element = el("tr", {}, el("th", { scope: "row" }, name, " ", unit), ...cells);
  const fill = function (...texts) {
    texts.forEach((text, i) => write(cells[i], text));
  };
  const numbers = function (label, known, from, to) {
    write(name, label);
    write(unit, known.unit);
    const texts = [from, to].map((value) => numberText(value, known.decimals));
    fill(...texts, signedText(to - from, known.decimals));
  };
  const output = function (page, i, a, b) {
    if (page.number) {
      numbers(page.target, page.number, a[0], b[0]);
      return;
    }
    write(name, page.classes[i].label);
    assign(name, "class", "marked " + hueOf(i));
    fill(percentText(a[i]), percentText(b[i]), pointsText(b[i] - a[i]));
  };
  const feature = function (known, from, to) {
    if (!known.categories) {
      numbers(known.label, known, from, to);
      return;
    }
    write(name, known.label);
    write(unit, "");
    fill(valueText(known, from), valueText(known, to), "other");
  };
  return { element: element, output: output, feature: feature };
}

/* What another model answers for the same row, where the page knows one: state.engine.others has
   their { name, title }, and frame.other is { title, page, frame } of the chosen one, or null
   until its answer is here. */
function otherModels(page, state) {
  const list = el("select", { id: "compare-other", class: "form-select", onchange: choose });
  const label = el("label", { for: "compare-other" }, "Compare with another model");
  const [own, other] = [sideOf(page, "This model"), sideOf(page, "")];
  const sides = el("div", { class: "compare-sides" }, own.element, other.element);
  const none = el("p", { class: "card-caption" }, "Its answer is not here yet.");
  const picker = el("div", { class: "picker" }, label, list);
  const element = el("div", { class: "compare-models" }, picker, none, sides);
  const known = () => (state.engine && state.engine.others) || [];
  let offered = "";
  function choose() {
    state.choose({ other: list.value || null });
  }
  const offer = function () {
    const names = known().map((one) => one.name).join("\n");
    if (names !== offered) {
      const options = known().map((one) => el("option", { value: one.name }, titleOf(one)));
      list.replaceChildren(el("option", { value: "" }, "None"), ...options);
      offered = names;
    }
    if (list.value !== (state.other || "")) list.value = state.other || "";
  };
  const paint = function (frame) {
    const some = known().length > 0;
    reveal(element, some);
    if (!some) return;
    offer();
    const found = state.other === null ? null : frame.other || null;
    reveal(sides, found !== null);
    reveal(none, state.other !== null && found === null);
    if (found === null) return;
    own.paint(frame);
    write(other.by, titleOf(found));
    other.paint(found.frame, found.page);
  };
  return { element: element, some: () => known().length > 0, paint: paint };
}

function titleOf(model) {
  return model.title || model.name;
}
