/* One feature that is a text: a list to choose from, under how often each is in the table. */

import { el } from "./dom.js";
import { featureButtons } from "./feature_buttons.js";

const MOST_SHARE_BARS = 24;

/* Gives { element, paint() }. */
export function choiceRow(page, state, index) {
  const feature = page.features[index];
  const id = `feature-${index}-choice`;
  const select = el(
    "select",
    {
      id: id,
      class: "form-select",
      onchange: () => state.set(index, select.selectedIndex, false),
    },
    feature.categories.map((text) => el("option", { value: text }, text)),
  );
  const bars = shareBars(feature);
  const buttons = featureButtons(page, state, index, select);
  const element = el(
    "div",
    { class: "feature feature-choice", "data-feature": feature.name },
    el("label", { for: id }, feature.label),
    el("div", { class: "choice-bars", "aria-hidden": "true" }, bars),
    select,
    buttons.element,
    el("p", { class: "feature-scale choice-note" }, choiceNote(feature, page.rows)),
  );
  let shown;
  return {
    element: element,
    paint: function () {
      buttons.paint();
      const place = state.row[index];
      if (Object.is(place, shown)) return;
      if (bars[shown]) bars[shown].classList.remove("chosen");
      if (bars[place]) bars[place].classList.add("chosen");
      shown = place;
      select.selectedIndex = Number.isFinite(place) ? place : -1;
      element.classList.toggle("missing", !Number.isFinite(place));
    },
  };
}

function shareBars(feature) {
  const shares = feature.shares || [];
  const most = Math.max(...shares.map((share) => share || 0));
  if (!(most > 0)) return [];
  return feature.categories.slice(0, MOST_SHARE_BARS).map(function (text, i) {
    const known = typeof shares[i] === "number";
    const bar = el("span", { title: known ? `${text}: ${(100 * shares[i]).toFixed(0)} %` : text });
    bar.style.setProperty("--height", ((shares[i] || 0) / most).toFixed(3));
    return bar;
  });
}

function choiceNote(feature, rows) {
  const count = feature.categories.length;
  const choices = count > 1 ? `${count} choices` : "no other choice";
  const share = feature.shares && feature.shares[0];
  if (typeof share !== "number") return choices;
  return `${choices}; ${feature.categories[0]} in ${(100 * share).toFixed(0)} % of ${rows}`;
}
