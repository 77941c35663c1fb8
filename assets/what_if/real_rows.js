/* Start from a real row with ...: a class, up to three conditions, and one row after another. */

import { el } from "./dom.js";
import { iconButton } from "./icons.js";
import { matchingPlaces, realRowName, realRowPlace, realRowsOf } from "./start_rows.js";

const MOST_CONDITIONS = 3;
const NUMBER_OPERATORS = [
  ["≥", "at least"],
  ["≤", "at most"],
  ["=", "exactly"],
];
const CHOICE_OPERATORS = [
  ["=", "is"],
  ["≠", "is not"],
];

/* Draws into `parent`, a card; gives paint(). */
export function mountRealRows(parent, page, state) {
  const question = { group: null, conditions: [] };
  const list = el("div", { class: "conditions" });
  const add = el(
    "button",
    { type: "button", class: "quiet-button", onclick: addCondition },
    "Add a condition",
  );
  const count = el("p", { class: "real-rows-count", role: "status" });
  const take = el("button", { type: "button", class: "pill", onclick: takeNext }, "Take one");
  parent.append(
    el("h2", {}, `Start from a real ${page.row}`),
    el("p", { class: "card-caption" }, "Say what it should be like, then take one after another."),
    ...groupChoice(page, function (group) {
      question.group = group;
      changed();
    }),
    list,
    add,
    el("div", { class: "real-rows-end" }, take, count),
  );
  let places = [];
  let shown;
  changed();
  return function paint() {
    if (state.start.name === shown) return;
    shown = state.start.name;
    showCount();
  };

  function addCondition() {
    const condition = { feature: 0, operator: "≥", value: NaN };
    question.conditions.push(condition);
    const row = conditionRow(page, condition, changed, function () {
      question.conditions.splice(question.conditions.indexOf(condition), 1);
      row.remove();
      changed();
      add.focus();
    });
    list.append(row);
    changed();
    row.querySelector("select").focus();
  }

  function changed() {
    places = matchingPlaces(page, question);
    add.hidden = question.conditions.length >= MOST_CONDITIONS;
    add.textContent = question.conditions.length ? "Add another condition" : "Add a condition";
    take.setAttribute("aria-disabled", String(!places.length));
    showCount();
  }

  /* The one after the row that the page stands at, the first after the last. */
  function takeNext() {
    if (!places.length) return;
    const at = realRowPlace(state.start);
    const next = at === null ? undefined : places.find((place) => place > at);
    state.begin(realRowName(next === undefined ? places[0] : next));
  }

  function showCount() {
    const all = realRowsOf(page).length;
    const at = places.indexOf(realRowPlace(state.start));
    const matching = `${places.length} of ${all} real ${page.rows} match`;
    const text = at < 0 ? matching + "." : `${matching}; this is number ${at + 1} of them.`;
    if (count.textContent !== text) count.textContent = text;
  }
}

/* Radio buttons for any class and each; none where the classes of the rows are not known. */
function groupChoice(page, choose) {
  const groups = (page.sample && page.sample.groups) || [];
  if (!page.classes.length || groups.every((group) => group === null)) return [];
  const options = [["Any", null, ""], ...page.classes.map((c, i) => [c.label, i, `class-${i}`])];
  const radios = options.map(([label, group, hue]) =>
    el(
      "label",
      {},
      el("input", {
        type: "radio",
        name: "real-row-class",
        checked: group === null,
        onchange: () => choose(group),
      }),
      el("span", { class: hue && "marked " + hue }, label),
    ),
  );
  const legend = el("legend", { class: "visually-hidden" }, page.target);
  return [el("fieldset", { class: "segments" }, legend, radios)];
}

/* A feature, how to compare, a value, and a button that takes the condition away. */
function conditionRow(page, condition, changed, remove) {
  const feature = selectOf("Feature", page.features.map((each, i) => [i, each.label]), function () {
    condition.feature = Number(feature.value);
    showKind();
  });
  const rest = el("div", { class: "condition-rest" });
  const button = iconButton("Take this condition away", ["remove"], { onclick: remove });
  showKind();
  return el("div", { class: "condition" }, feature, rest, button);

  /* Numbers and choices are compared in ways of their own. */
  function showKind() {
    const chosen = page.features[condition.feature];
    const operators = chosen.categories ? CHOICE_OPERATORS : NUMBER_OPERATORS;
    condition.operator = operators[0][0];
    const operator = selectOf(
      "Comparison",
      operators.map(([sign, words]) => [sign, chosen.categories ? words : `${sign} ${words}`]),
      function () {
        condition.operator = operator.value;
        changed();
      },
    );
    rest.replaceChildren(operator, valueInput(chosen, condition, changed));
    changed();
  }
}

function valueInput(feature, condition, changed) {
  if (feature.categories) {
    condition.value = 0;
    const choice = selectOf("Value", feature.categories.map((text, i) => [i, text]), function () {
      condition.value = Number(choice.value);
      changed();
    });
    return choice;
  }
  condition.value = feature.median;
  const number = el("input", {
    class: "form-control",
    type: "number",
    step: feature.step,
    value: feature.median,
    "aria-label": feature.unit ? `Value in ${feature.unit}` : "Value",
    oninput: function () {
      condition.value = number.valueAsNumber;
      changed();
    },
  });
  return number;
}

function selectOf(name, options, changed) {
  return el(
    "select",
    { class: "form-select", "aria-label": name, onchange: changed },
    options.map(([value, text]) => el("option", { value: value }, text)),
  );
}
