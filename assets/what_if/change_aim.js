/* The answer that a change is to bring: another class, or a number at least or at most so large. */

import { el } from "./dom.js";

const MOST_PILLS = 8; // classes; more of them are a list to choose from
const FIRST_STEP = 0.1; // of the range of the target: so far from the prediction is asked at first

/* The choice of an aim; changed() is called when the visitor makes one.

   Gives { element, want(frame), name(want), paint(frame) }: want as smallestChange takes it, or
   null where there is none, and its name in words. */
export function changeAim(page, changed) {
  return page.classes.length ? classAim(page.classes, changed) : numberAim(page, changed);
}

function classAim(classes, changed) {
  let chosen = null;
  function choose(index) {
    chosen = index;
    changed();
  }
  const choice = classes.length > MOST_PILLS ? aimList(classes, choose) : aimPills(classes, choose);
  function want(frame) {
    if (chosen !== null && chosen !== frame.index) return chosen;
    const others = classes.flatMap((_, k) => (k === frame.index ? [] : [k]));
    return others.reduce(
      (best, k) => (best === null || frame.outputs[k] > frame.outputs[best] ? k : best),
      null
    );
  }
  return {
    element: choice.element,
    want: want,
    name: (index) => classes[index].label,
    paint: (frame) => choice.show(want(frame), frame.index),
  };
}

function aimPills(classes, choose) {
  const pills = classes.map(function ({ label }, k) {
    const look = `pill marked class-${k}`;
    return el("button", { type: "button", class: look, onclick: () => choose(k) }, label);
  });
  const element = el("div", { class: "pills change-aim", role: "group" }, pills);
  element.setAttribute("aria-label", "The answer to come to");
  let shown = [];
  return {
    element: element,
    show: function (wanted, predicted) {
      if (shown[0] === wanted && shown[1] === predicted) return;
      shown = [wanted, predicted];
      pills.forEach(function (pill, k) {
        pill.hidden = k === predicted;
        pill.setAttribute("aria-pressed", String(k === wanted));
      });
    },
  };
}

function aimList(classes, choose) {
  const options = classes.map(({ label }, k) => el("option", { value: k }, label));
  const list = el("select", { class: "form-select", id: "change-class" }, options);
  list.addEventListener("change", () => choose(Number(list.value)));
  const label = el("label", { for: "change-class" }, "The answer to come to");
  return {
    element: el("div", { class: "picker change-aim" }, label, list),
    show: function (wanted, predicted) {
      options.forEach((option, k) => (option.hidden = option.disabled = k === predicted));
      if (list.value !== String(wanted)) list.value = wanted;
    },
  };
}

function numberAim({ number, target }, changed) {
  const side = el(
    "select",
    { class: "form-select", "aria-label": "At least or at most", onchange: changed },
    el("option", { value: "atLeast" }, "at least"),
    el("option", { value: "atMost" }, "at most")
  );
  const field = el("input", {
    class: "form-control",
    type: "number",
    step: "any",
    "aria-label": `${target} to come to`,
    oninput: changed,
  });
  const unit = el("span", { class: "change-unit" }, number.unit);
  const words = { atLeast: "at least", atMost: "at most" };
  return {
    element: el("div", { class: "change-aim change-number" }, `${target}:`, side, field, unit),
    want: function () {
      const value = field.valueAsNumber;
      return Number.isFinite(value) ? { [side.value]: value } : null;
    },
    name: function (want) {
      const [[which, value]] = Object.entries(want);
      return `${words[which]} ${value} ${number.unit}`.trim();
    },
    paint: function (frame) {
      if (field.value || field.dataset.asked) return;
      field.dataset.asked = "once"; // who empties the field means it
      const { minimum, maximum } = number.values;
      const aim = frame.outputs[0] + FIRST_STEP * (maximum - minimum);
      field.value = aim.toFixed(number.decimals);
    },
  };
}
