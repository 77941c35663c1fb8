/* Starting points: presets as pills, a panel of real rows, and a line that says which one. */

import { el } from "./dom.js";
import { mountRealRows } from "./real_rows.js";
import { randomPlace, undecidedPlaces } from "./start_rows.js";
import { realRowName, realRowPlace, realRowsOf } from "./start_rows.js";

/* Draws into `parent`; gives paint(). */
export function mountStarts(parent, page, state) {
  const pills = (page.presets || []).flatMap(function (preset, i) {
    const start = starter(page, state, preset, i);
    return start ? [{ name: String(i), button: presetPill(preset, start) }] : [];
  });
  const panel = el("div", { class: "card-box real-rows", id: "real-rows", hidden: true });
  const opener = el(
    "button",
    {
      type: "button",
      class: "pill pill-opener",
      "aria-expanded": "false",
      "aria-controls": "real-rows",
      onclick: togglePanel,
    },
    `Start from a real ${page.row}`,
  );
  const buttons = pills.map((pill) => pill.button);
  if (realRowsOf(page).length) buttons.push(opener);
  const line = el("p", { class: "start-line", role: "status" });
  if (buttons.length) {
    const name = { class: "pills", role: "group", "aria-label": "Starting points" };
    parent.append(el("div", { class: "starts" }, el("div", name, buttons), panel, line));
  }
  const paintPanel = mountRealRows(panel, page, state);
  let shown;
  return function paint() {
    paintPanel();
    const current = state.row.every((value, i) => Object.is(value, state.start.row[i]));
    for (const { name, button } of pills) markCurrent(button, current && name === state.start.name);
    if (state.start.name === shown) return;
    shown = state.start.name;
    line.textContent = realStartText(page, state.start);
  };

  function togglePanel() {
    panel.hidden = !panel.hidden;
    opener.setAttribute("aria-expanded", String(!panel.hidden));
  }
}

/* What a click on a preset does, or null where this page cannot do it. */
function starter(page, state, preset, place) {
  const rows = realRowsOf(page);
  if (preset.row) return () => state.begin(String(place));
  if (preset.kind === "random_row" && rows.length) {
    return () => state.begin(realRowName(randomPlace(rows.length, realRowPlace(state.start))));
  }
  const judged = page.classes.length > 1 && state.engine && state.engine.model;
  if (preset.kind !== "borderline" || !rows.length || !judged) return null;
  return borderlineStarter(page, state);
}

/* Click by click to the nearest undecided rows that one has not been at, until the sliders move.

   Locked features stay as they are, so the rows are judged with what is locked. */
function borderlineStarter(page, state) {
  let left = null; // the row of the last click
  let visited = new Set();
  return function () {
    if (state.row !== left) visited = new Set([realRowPlace(state.start)]);
    const rows = realRowsOf(page).map((row) =>
      row.map((value, i) => (state.locked.has(i) ? state.row[i] : value)),
    );
    const usable = rows.every((row) => row.every(Number.isFinite));
    if (!usable) return;
    const { model } = state.engine;
    const places = undecidedPlaces(rows, model.predict, page.features, state.row);
    let place = places.find((each) => !visited.has(each));
    if (place === undefined) {
      visited = new Set();
      place = places[0];
    }
    visited.add(place);
    state.begin(realRowName(place));
    left = state.row;
  };
}

function presetPill(preset, start) {
  const mark = preset.of === null ? "pill" : `pill marked class-${preset.of}`;
  return el("button", { type: "button", class: mark, onclick: start }, preset.label);
}

function markCurrent(button, current) {
  if (current === button.hasAttribute("aria-current")) return;
  if (current) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}

/* Which real row a start is and what it truly is; "" of a preset. */
function realStartText(page, start) {
  const place = realRowPlace(start);
  if (place === null) return "";
  const group = page.sample.groups ? page.sample.groups[place] : null;
  const known = page.classes[group];
  const truth = known ? `, in truth ${known.label}` : "";
  return `Started from real ${page.row} ${place + 1} of ${realRowsOf(page).length}${truth}.`;
}
