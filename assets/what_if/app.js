/* The what-if page: one state, one frame a change, and cards that paint it. */

import { mountAnswer } from "./answer.js";
import { mountChange } from "./change_card.js";
import { mountCompare } from "./compare_card.js";
import { mountControls } from "./controls.js";
import { mountCurves } from "./curve_cards.js";
import { openCurves } from "./curves.js";
import { el } from "./dom.js";
import { answered, frameOf } from "./frame.js";
import { mountMap } from "./map_card.js";
import { openModel } from "./model.js";
import { afterPaint } from "./pace.js";
import { mountScores } from "./scores_card.js";
import { openExplainer } from "./shapley.js";
import { mountShare } from "./share.js";
import { createState } from "./state.js";
import { openTrust } from "./trust.js";
import { mountTrust } from "./trust_card.js";
import { verificationTeller } from "./verified.js";
import { mountWaterfall } from "./waterfall.js";

/* Draw the page of a document (dashboard/what_if/document.py) into an element.

   options.exported: there is no server. options.search: the query that says the state.
   options.server: what site.js gives, { verifier(page, tell), model(page, tell, changed),
   load(address), feedback(parent, page) }. Gives the state, with `show` to paint it anew. */
export function mount(element, page, options) {
  const state = createState(page, options.search || "");
  const { server } = options;
  let tell = () => {};
  const engine = engineOf(page, options, () => server.model(page, (...known) => tell(...known), show));
  engine.others = (page.others || []).map((each) => ({ ...each, engine: null, coming: false }));
  state.engine = engine;
  const [inputs, aside, below] = [
    el("div", { class: "feature-groups" }),
    el("aside", { class: "answer-column", "aria-label": "Answer" }),
    el("div", { class: "what-if-cards" }),
  ];
  element.replaceChildren(el("div", { class: "predict-columns" }, inputs, aside), below);
  const paints = [mountAnswer(aside, page, state), mountControls(inputs, page, state)];
  const verifier = server && page.flat ? server.verifier(page, (...known) => tell(...known)) : null;
  if (server) {
    const say = verificationTeller(aside.querySelector(".answer-verified"), page, state);
    const feedback = server.feedback(aside.querySelector("#predict-result"), page);
    paints.push(feedback.paint);
    tell = function (status, id) {
      say(status);
      feedback.told(status, engine.remote ? engine.remote.idOf(state.row) : id);
    };
    tell({ kind: "open" });
  }

  function show() {
    const frame = frameOf(engine, state, state.row) || waitingFrame(engine, state);
    if (!frame) return paintInputs();
    frame.pinned = state.pinned ? frameOf(engine, state, state.pinned) : null;
    frame.other = state.other ? otherFrame(engine, state, options, show) : null;
    for (const paint of paints) paint(frame);
    if (verifier) verifier.moved(frame);
  }

  /* While the server's first answer is on its way. */
  function paintInputs() {
    const frame = { row: state.row, missing: [], outside: [], waiting: true, pinned: null };
    const [paintAnswer, paintControls] = paints;
    paintAnswer(frame);
    paintControls(frame);
  }

  /* What explains the answer comes after the first paint: the inputs answer before it is there. */
  function mountRest() {
    Object.assign(engine, explainersOf(page));
    paints.push(
      mountWaterfall(aside, page, state),
      mountTrust(below, page, state),
      mountMap(below, page, state),
      mountCompare(below, page, state),
      mountChange(below, page, state),
      mountCurves(below, page, state),
      mountScores(below, page, state),
      mountShare(below, page, state),
    );
    show();
  }

  state.show = show;
  state.subscribe(show);
  show();
  afterPaint(mountRest);
  return state;
}

/* What computes for a page; `remote` gives a model that the server asks for us. */
function engineOf(page, options, remote) {
  return {
    page: page,
    options: options,
    model: page.flat && openModel(page.flat),
    remote: page.flat ? null : remote(),
    explainer: null,
    curves: null,
    trust: openTrust(page),
  };
}

function explainersOf(page) {
  return {
    explainer: page.flat && page.background && openExplainer(page.flat, page.background),
    curves: page.flat && openCurves(page.flat, page.features),
  };
}

/* The row with the answer that came last, until its own comes; null before the first. */
function waitingFrame(engine, state) {
  const newest = engine.remote && engine.remote.newest;
  return newest && Object.assign(answered(engine, state, state.row, newest), { waiting: true });
}

/* What the second model says of the row, or null while its document or answer is on its way. */
function otherFrame(engine, state, options, show) {
  const entry = engine.others.find((each) => each.name === state.other);
  if (!entry) return null;
  if (!entry.engine) {
    if (!entry.coming) loadOther(entry, options, show);
    return null;
  }
  const { page } = entry.engine;
  const asked = { ...state, output: null };
  const frame = frameOf(entry.engine, asked, rowFor(page, engine.page, state.row));
  return frame && { name: entry.name, title: entry.title, page: page, frame: frame };
}

async function loadOther(entry, options, show) {
  entry.coming = true;
  try {
    const page = entry.page || (await options.server.load(entry.document));
    const ignored = () => {};
    entry.engine = engineOf(page, options, () => options.server.model(page, ignored, show));
    show();
  } catch {
    entry.coming = false; // the next change tries again
  }
}

/* A row of one page in the order of another's features; categories have the place of their text. */
function rowFor(page, from, row) {
  return page.features.map(function (feature) {
    const i = from.features.findIndex((each) => each.name === feature.name);
    return feature.categories ? feature.categories.indexOf(from.features[i].categories[row[i]]) : row[i];
  });
}
