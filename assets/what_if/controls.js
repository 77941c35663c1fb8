/* The inputs: starting points, undo, sliders under the densities of the rows, and choices. */

import { keepAddress } from "./address_bar.js";
import { el } from "./dom.js";
import { mountFeatureList } from "./feature_list.js";
import { iconButton } from "./icons.js";
import { signalOfPage } from "./presence.js";
import { mountStarts } from "./starts.js";

const TYPED_INTO = "textarea, [contenteditable], input:not([type=range], [type=radio])";

/* Draws the inputs into `parent`; gives paint(frame), which shows what the state says now. */
export function mountControls(parent, page, state) {
  const signal = signalOfPage();
  keepAddress(parent, page, state, signal);
  undoByKeys(parent, state, signal);
  const paintStarts = mountStarts(parent, page, state);
  const paintNotices = mountNotices(parent, state);
  const tools = el("div", { class: "feature-tools" });
  parent.append(tools);
  const paintUndo = mountUndo(tools, state);
  const paintFeatures = mountFeatureList(parent, tools, page, state);
  tools.append(...densityLegend(page));
  return function paint() {
    paintFeatures();
    paintUndo();
    paintStarts();
    paintNotices();
  };
}

function mountUndo(parent, state) {
  const undo = iconButton("Undo", ["undo"], { onclick: state.undo, title: "Undo (Ctrl+Z)" });
  const redo = iconButton("Redo", ["redo"], { onclick: state.redo, title: "Redo (Ctrl+Shift+Z)" });
  parent.append(el("div", { class: "undo-buttons" }, undo, redo));
  // Disabled buttons would lose the focus of who undoes all with the keyboard.
  const shown = [null, null];
  return function paint() {
    [state.canUndo, state.canRedo].forEach(function (can, i) {
      if (can === shown[i]) return;
      shown[i] = can;
      [undo, redo][i].setAttribute("aria-disabled", String(!can));
    });
  };
}

/* Ctrl+Z and Ctrl+Shift+Z anywhere but where one types, which has an undo of its own. */
function undoByKeys(element, state, signal) {
  document.addEventListener(
    "keydown",
    function (event) {
      const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
      if (!isUndo || event.altKey || !element.isConnected) return;
      if (event.target.closest && event.target.closest(TYPED_INTO)) return;
      event.preventDefault();
      if (event.shiftKey) state.redo();
      else state.undo();
    },
    { signal: signal },
  );
}

/* What an address said that could not be used, until it is dismissed. */
function mountNotices(parent, state) {
  const list = el("div", {});
  const dismiss = iconButton("Dismiss", ["remove"], {
    onclick: () => state.choose({ notices: [] }),
  });
  const box = el("div", { class: "notice notice-caution address-notices" }, list, dismiss);
  parent.append(el("div", { class: "address-status", role: "status" }, box));
  let shown = null;
  return function paint() {
    if (state.notices === shown) return;
    shown = state.notices;
    box.hidden = !shown.length;
    list.replaceChildren(...shown.map((text) => el("div", {}, text)));
  };
}

/* What the curves, the hatching and the ticks of the sliders are. */
function densityLegend(page) {
  if (!page.features.some((feature) => feature.density)) return [];
  const marks = page.classes.map((each, i) =>
    el("span", { class: `marked class-${i}` }, each.label),
  );
  const all = marks.length ? marks : [el("span", { class: "curve-key" }, `All ${page.rows}`)];
  const hatch = el("span", { class: "hatch-key" }, "outside the training range");
  const ticks = el("span", { class: "tick-key" }, `5, 50, 95 % of ${page.rows}`);
  return [el("p", { class: "feature-legend" }, all, hatch, ticks)];
}
