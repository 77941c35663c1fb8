/* All inputs: in cards by group or by importance, found by name, the minor ones of many folded. */

import { choiceRow } from "./choice_row.js";
import { el } from "./dom.js";
import { featureRow } from "./feature_row.js";

const FOLD_FROM = 50;
const KEPT_OF_MANY = 20;
const FIND_FROM = 21;

/* Draws cards into `parent` and what chooses among them into `tools`; gives paint(). */
export function mountFeatureList(parent, tools, page, state) {
  const rows = page.features.map((feature, i) =>
    feature.categories ? choiceRow(page, state, i) : featureRow(page, state, i),
  );
  const ranked = rankedPlaces(page.features);
  const cards = groupCards(page);
  const ranking = featureCard("Most important first");
  const major = new Set(rows.length < FOLD_FROM ? ranked : ranked.slice(0, KEPT_OF_MANY));
  const unfold = el("button", { type: "button", class: "pill unfold", onclick: toggleFold });
  const nothing = el("p", { class: "card-box", hidden: true }, "No feature is called so.");
  const view = { words: "", all: major.size === rows.length, byImportance: false };

  tools.append(...finder(rows.length, show), ...orderChoice(page.features, show));
  parent.append(...cards.map((card) => card.element), ranking.element, nothing);
  if (major.size < rows.length) parent.append(unfold);
  show({});
  return function paint() {
    for (const row of rows) row.paint();
  };

  /* Arrange anew after { words, all, byImportance }, any of them. */
  function show(change) {
    Object.assign(view, change);
    rows.forEach((row, i) => (row.element.hidden = !isShown(i)));
    for (const card of cards) {
      if (!view.byImportance) card.grid.append(...card.places.map((i) => rows[i].element));
      const shown = card.places.filter(isShown).length;
      card.element.hidden = view.byImportance || !shown;
      card.note.textContent = (shown < card.places.length ? `${shown} of ` : "") + card.count;
    }
    if (view.byImportance) ranking.grid.append(...ranked.map((i) => rows[i].element));
    const found = rows.some((_, i) => isShown(i));
    ranking.element.hidden = !view.byImportance || !found;
    nothing.hidden = found;
    unfold.hidden = view.words !== "";
    unfold.setAttribute("aria-expanded", String(view.all));
    unfold.textContent = view.all ? "Show fewer" : `Show ${rows.length - major.size} more`;
  }

  function isShown(i) {
    if (!view.words) return view.all || major.has(i);
    const { label, name } = page.features[i];
    return `${label} ${name}`.toLowerCase().includes(view.words);
  }

  function toggleFold() {
    show({ all: !view.all });
  }
}

/* The places of the features, the most important first; those of unknown importance last. */
export function rankedPlaces(features) {
  const weights = features.map(({ importance }) => importance ?? -Number.MAX_VALUE);
  return features.map((_, i) => i).sort((a, b) => Math.sign(weights[b] - weights[a]));
}

function groupCards(page) {
  const groups = new Map();
  page.features.forEach(function (feature, i) {
    groups.set(feature.group, [...(groups.get(feature.group) || []), i]);
  });
  return Array.from(groups, function ([group, places]) {
    const features = places.map((i) => page.features[i]);
    return { places: places, count: countText(features), ...featureCard(group || "Features") };
  });
}

function featureCard(title) {
  const note = el("span", { class: "card-note" });
  const grid = el("div", { class: "feature-grid" });
  const element = el("fieldset", { class: "card-box" }, el("legend", {}, title), note, grid);
  return { element: element, note: note, grid: grid };
}

function countText(features) {
  const what = features.every((feature) => feature.categories) ? "choice" : "measurement";
  return `${features.length} ${what}${features.length === 1 ? "" : "s"}`;
}

function finder(count, show) {
  if (count < FIND_FROM) return [];
  const field = el("input", {
    type: "search",
    class: "form-control feature-finder",
    placeholder: "Find a feature",
    "aria-label": "Find a feature",
    oninput: () => show({ words: field.value.trim().toLowerCase() }),
  });
  return [field];
}

function orderChoice(features, show) {
  if (features.every(({ importance }) => (importance ?? null) === null)) return [];
  const radio = (label, byImportance) =>
    el(
      "label",
      {},
      el("input", {
        type: "radio",
        name: "feature-order",
        checked: !byImportance,
        onchange: () => show({ byImportance: byImportance }),
      }),
      el("span", {}, label),
    );
  const legend = el("legend", { class: "visually-hidden" }, "Order of the features");
  const radios = [radio("By group", false), radio("By importance", true)];
  return [el("fieldset", { class: "segments" }, legend, radios)];
}
