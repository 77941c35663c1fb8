/* The what-if page: one state, one frame a change, and cards that paint it. */

import { mountAnswer } from "./answer.js";
import { mountChange } from "./change_card.js";
import { mountCompare } from "./compare_card.js";
import { mountControls } from "./controls.js";
import { mountCurves } from "./curve_cards.js";
import { openCurves } from "./curves.js";
import { el } from "./dom.js";
import { frameOf } from "./frame.js";
import { mountMap } from "./map_card.js";
import { openModel } from "./model.js";
import { openExplainer } from "./shapley.js";
import { mountScores } from "./scores_card.js";
import { mountShare } from "./share.js";
import { createState } from "./state.js";
import { openTrust } from "./trust.js";
import { mountTrust } from "./trust_card.js";
import { mountWaterfall } from "./waterfall.js";

/* Draw the page of a document (dashboard/what_if/document.py) into an element.

   options.exported: there is no server. Gives the state. */
export function mount(element, page, options) {
  const state = createState(page, location.search);
  const engine = {
    page: page,
    options: options || {},
    model: page.flat && openModel(page.flat),
    explainer: page.flat && page.background && openExplainer(page.flat, page.background),
    curves: page.flat && openCurves(page.flat, page.features),
    trust: openTrust(page),
  };
  state.engine = engine;
  const [inputs, aside, below] = [
    el("div", { class: "feature-groups" }),
    el("aside", { class: "answer-column", "aria-label": "Answer" }),
    el("div", { class: "what-if-cards" }),
  ];
  element.replaceChildren(el("div", { class: "predict-columns" }, inputs, aside), below);
  const paints = [
    mountAnswer(aside, page, state),
    mountControls(inputs, page, state),
    mountWaterfall(aside, page, state),
    mountTrust(aside, page, state),
    mountMap(aside, page, state),
    mountCompare(below, page, state),
    mountChange(below, page, state),
    mountCurves(below, page, state),
    mountScores(below, page, state),
    mountShare(below, page, state),
  ];
  function show() {
    const frame = frameOf(engine, state, state.row);
    frame.pinned = state.pinned ? frameOf(engine, state, state.pinned) : null;
    for (const paint of paints) paint(frame);
  }
  state.subscribe(show);
  show();
  return state;
}
