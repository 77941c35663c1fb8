/* A and B side by side, or two models on the same row. */

import { shortAnswer } from "./answer.js";
import { el } from "./dom.js";
import { assign, hueOf, paintInSight, reveal, write } from "./painting.js";
import { differenceText, inSentence, outputText, signedText, valueText } from "./words.js";

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
  const paint = function (frame) {
    reveal(card, state.pinned !== null || models.names().length > 0);
    reveal(pair.element, state.pinned !== null);
    if (state.pinned !== null && frame.pinned) pair.paint(frame);
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
    const row = Array.from(state.row);
    const other = Array.from(state.pinned);
    state.choose({ pinned: row });
    state.replace(other);
  }
  function forget() {
    state.choose({ pinned: null });
  }
  const paint = function (frame) {
    a.paint(frame.pinned);
    b.paint(frame);
    table.paint(frame);
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
    const kind = !frame.outputs ? "answer-none" : short.hue ? "marked " + short.hue : "answer-number";
    write(name, short.name);
    assign(name, "class", "answer-name " + kind);
    write(detail, short.detail);
  };
  return { element: el("div", { class: "compare-side" }, by, line), by: by, paint: paint };
}

/* What differs: the answers, then every feature that is not the same. */
function comparedTable(page) {
  const outputs = page.classes.slice(0, COMPARED_CLASSES).map(function (known, i) {
    return comparedRow("Probability of " + known.label, "marked " + hueOf(i));
  });
  if (page.number) outputs.push(comparedRow(page.target, ""));
  const features = [];
  const same = el("p", { class: "card-caption" });
  const body = el("tbody", {}, ...outputs.map((row) => row.element));
  const heads = ["", "A", "B", "B − A"].map((text, i) =>
    i ? el("th", { scope: "col", class: "num" }, text) : el("td", {}),
  );
  const table = el("table", { class: "data-table" }, el("thead", {}, el("tr", {}, ...heads)), body);
  const scroll = el("div", { class: "table-scroll" }, table);
  const element = el("div", { class: "compare-table" }, scroll, same);
  const paint = function (frame) {
    const [a, b] = [frame.pinned.outputs, frame.outputs];
    outputs.forEach(function (row, i) {
      reveal(row.element, Boolean(a && b));
      if (!a || !b) return;
      row.paint(outputText(page, a[i]), outputText(page, b[i]), differenceText(page, b[i] - a[i]));
    });
    const [from, to] = [frame.pinned.row, frame.row];
    const changed = page.features.flatMap((_, i) => (Object.is(from[i], to[i]) ? [] : [i]));
    const shown = changed.slice(0, COMPARED_FEATURES);
    while (features.length < shown.length) {
      features.push(comparedRow("", ""));
      body.append(features[features.length - 1].element);
    }
    features.forEach(function (row, place) {
      reveal(row.element, place < shown.length);
      if (place < shown.length) row.show(page.features[shown[place]], from[shown[place]], to[shown[place]]);
    });
    write(same, restText(page, changed.length, shown.length));
  };
  return { element: element, paint: paint };
}

function restText(page, changed, shown) {
  if (changed === 0) return "B has the values of A. Move a slider to see what that changes.";
  if (changed > shown) return changed - shown + " more values differ.";
  const same = page.features.length - changed;
  return same ? (same === 1 ? "The other value is" : "The other " + same + " values are") + " the same." : "";
}

function comparedRow(label, kind) {
  const name = el("th", { scope: "row" });
  const cells = [1, 2, 3].map(() => el("td", { class: "num" }));
  const text = el("span", { class: kind }, label);
  name.append(text);
  const paint = function (...texts) {
    texts.forEach((said, i) => write(cells[i], said));
  };
  const show = function (feature, from, to) {
    const plain = feature.categories ? "" : signedText(to - from, feature.decimals);
    const difference = plain && feature.unit ? plain + " " + feature.unit : plain;
    write(text, feature.label);
    paint(valueText(feature, from), valueText(feature, to), difference || "other");
  };
  return { element: el("tr", {}, name, ...cells), paint: paint, show: show };
}

/* What another model answers for the same row, where the page knows one. */
function otherModels(page, state) {
  const list = el("select", { id: "compare-other", class: "form-select", onchange: choose });
  const label = el("label", { for: "compare-other" }, "Compare with another model");
  const [own, other] = [sideOf(page, "This model"), sideOf(page, "")];
  const sides = el("div", { class: "compare-sides" }, own.element, other.element);
  const none = el("p", { class: "card-caption" }, "Its answer is not here yet.");
  const element = el("div", { class: "compare-models" }, el("div", { class: "picker" }, label, list), none, sides);
  let listedNames = null;
  const known = () => (state.engine && state.engine.others) || new Map();
  const names = () => (known() instanceof Map ? Array.from(known().keys()) : Object.keys(known()));
  const entryOf = (name) => (known() instanceof Map ? known().get(name) : known()[name]);
  function choose() {
    state.choose({ other: list.value || null });
  }
  const paint = function (frame) {
    const now = names();
    reveal(element, now.length > 0);
    if (!now.length) return;
    if (listedNames !== now.join("\n")) {
      listedNames = now.join("\n");
      const options = now.map((name) => el("option", { value: name }, titleOf(entryOf(name), name)));
      list.replaceChildren(el("option", { value: "" }, "None"), ...options);
    }
    if (list.value !== (state.other || "")) list.value = state.other || "";
    const entry = state.other === null ? null : entryOf(state.other);
    const found = entry && entry.frame ? entry.frame : null;
    reveal(sides, found !== null);
    reveal(none, Boolean(entry) && found === null);
    if (found === null) return;
    own.paint(frame);
    write(other.by, titleOf(entry, state.other));
    other.paint(found, entry.page);
  };
  return { element: element, names: names, paint: paint };
}

function titleOf(entry, name) {
  return entry && entry.page && entry.page.version ? name + ", " + entry.page.version : name;
}
