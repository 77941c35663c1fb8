/* What would change the answer, and a click that applies it. */

import { smallestChange } from "./change.js";
import { changeAim } from "./change_aim.js";
import { el } from "./dom.js";
import { differenceText, exactText, percentText, plainText } from "./number_texts.js";
import { answersAs } from "./wanted.js";

const CHANGE_REST = 150; // milliseconds after the last change before a search begins
const WORK_SLICE = 5; // milliseconds; a step of the search may begin before their end
const CHANGE_PATIENCE = 350; // milliseconds of search before the best so far is shown
const CHANGE_LOOKING = "Looking for the smallest change…";
const MOVE_COUNTS = ["no value", "one value", "two values", "three values", "four values"];
const PROOF_CHIPS = {
  smallest: ["chip-ok", "Smallest there is", "No other change is smaller."],
  "smallest of one or two moves": [
    "chip-ok",
    "Smallest of one or two moves",
    "One that moves more values may be smaller.",
  ],
  "found by search": ["chip-caution", "Found by search", "A smaller one may exist."],
  "best so far": ["chip-caution", "Best so far", "The search goes on."],
};

/* Draws into `parent`; gives paint(frame). A search begins when the page rests, goes on in slices
   between frames, and ends with the next change. */
export function mountChange(parent, page, state) {
  const model = state.engine.model;
  const look = { class: "change-outcome", "aria-live": "polite", tabindex: -1 };
  const outcome = el("div", look);
  const aim = changeAim(page, begin);
  const search = workWhileResting(outcome);
  let frame = null;
  let question = "";
  parent.append(changeCard(model, aim, outcome));

  /* Search, where the question is another one than before. */
  function begin() {
    const want = frame.missing.length ? null : aim.want(frame);
    const asked = JSON.stringify([frame.row, Array.from(state.locked), want]);
    if (!model || asked === question) return;
    question = asked;
    search.stop();
    if (!frame.missing.length) aim.paint(frame);
    const reason = whyNotToSearch(page, state, frame, want);
    if (reason) return sayInstead(outcome, reason);
    if (!outcome.firstChild) sayInstead(outcome, CHANGE_LOOKING);
    outcome.classList.add("stale"); // what it shows belongs to other values
    for (const button of outcome.querySelectorAll("button")) button.disabled = true;
    const now = questionOf(page, state, want); // the state may be another one when it begins
    let shown = null;
    search.start(() => smallestChange(now), report);

    function report(found, done, passed) {
      const news = found && found.distance !== shown && passed >= CHANGE_PATIENCE;
      if (!done && !news) return;
      shown = found && found.distance;
      outcome.classList.remove("stale");
      const name = aim.name(want);
      if (!found) sayInstead(outcome, noChangeText(state, name));
      else if (done) showChange(outcome, page, state, found, name);
      else showChange(outcome, page, state, { ...found, proof: "best so far" }, name);
    }
  }

  return function paint(shown) {
    frame = shown;
    if (!frame.missing.length) aim.paint(frame);
    begin();
  };
}

function changeCard(model, aim, outcome) {
  const what = model
    ? "The smallest change of these values that leads to another answer. Locked values stay."
    : "This model answers on the server, so the page cannot search for changes.";
  return el(
    "section",
    { class: "card-box change", "aria-labelledby": "change-title" },
    el("h2", { id: "change-title" }, "What would change the answer"),
    el("p", { class: "card-caption" }, what),
    model && [aim.element, outcome]
  );
}

function questionOf(page, state, want) {
  return {
    predict: state.engine.model.predict,
    flat: page.flat,
    features: page.features,
    row: Array.from(state.row),
    want: want,
    locked: new Set(state.locked),
    rows: page.sample ? page.sample.rows : [],
  };
}

/* One generator at a time, run in slices between frames once the page has rested; none goes on
   when the element has left the page. */
function workWhileResting(element) {
  let timer = null;
  let turn = 0;
  return {
    stop: function () {
      clearTimeout(timer);
      turn++;
    },
    /* report(value, done, milliseconds) is called after each slice. */
    start: function (work, report) {
      const mine = turn;
      timer = setTimeout(function () {
        const slices = work();
        const begun = performance.now();
        function slice() {
          if (mine !== turn || !element.isConnected) return;
          const end = performance.now() + WORK_SLICE;
          let step = slices.next();
          while (!step.done && performance.now() < end) step = slices.next();
          report(step.value, step.done, performance.now() - begun);
          if (!step.done) whenIdle(slice);
        }
        slice();
      }, CHANGE_REST);
    },
  };
}

function whenIdle(work) {
  if (window.requestIdleCallback) requestIdleCallback(work, { timeout: 100 });
  else setTimeout(work, 0); // Safari
}

/* What stands instead of a change, where none is looked for. */
function whyNotToSearch(page, state, frame, want) {
  if (frame.missing.length) return "A change can be looked for when every field has a value.";
  if (want === null && page.classes.length) return "The model knows no other answer.";
  if (want === null) return "Type the number to come to.";
  if (answersAs(frame.outputs, want)) return "The prediction is that already.";
  if (page.features.every((_, i) => state.locked.has(i))) {
    return "Every value is locked. Unlock one to see what it could change.";
  }
  return null;
}

function noChangeText(state, aim) {
  const which = state.locked.size ? "values that are not locked" : "values";
  return `No change was found: within their sliders, the ${which} do not lead to ${aim}.`;
}

function sayInstead(outcome, text) {
  outcome.classList.remove("stale");
  const shown = outcome.firstChild;
  if (shown && shown.className === "change-none" && shown.textContent === text) return;
  outcome.replaceChildren(el("p", { class: "change-none" }, text));
}

function showChange(outcome, page, state, found, aim) {
  const count = MOVE_COUNTS[found.moves.length] || `${found.moves.length} values`;
  const subject = page.classes.length ? "The answer" : page.target;
  const verb = found.moves.length === 1 ? "moves" : "move";
  const [kind, proof, meaning] = PROOF_CHIPS[found.proof];
  const apply = el("button", { type: "button", class: "pill action-pill change-apply" }, "Apply");
  apply.addEventListener("click", function () {
    outcome.focus({ preventScroll: true }); // the button goes away
    state.replace(found.row);
  });
  outcome.replaceChildren(
    el("p", {}, `${subject} becomes `, el("b", {}, aim), ` when ${count} ${verb}:`),
    el("ul", { class: "change-moves" }, found.moves.map((move) => moveLine(page, move))),
    el(
      "div",
      { class: "change-foot" },
      el("p", {}, moveLengthText(page, found)),
      el("p", {}, el("span", { class: `chip ${kind}` }, proof), " ", el("span", {}, meaning)),
      apply
    )
  );
}

/* One value before and after, and its way on the slider's range. */
function moveLine(page, { feature: place, from, to }) {
  const feature = page.features[place];
  const [before, after] = [plainText(feature, from), exactText(feature, to)];
  const by = feature.categories ? null : differenceText(before, after);
  const unit = feature.unit ? ` ${feature.unit}` : "";
  return el(
    "li",
    { class: "change-move" },
    el("span", { class: "change-name" }, feature.label),
    el(
      "span",
      { class: "change-values" },
      before,
      el("span", { class: "change-arrow", "aria-hidden": "true" }, " → "),
      el("span", { class: "visually-hidden" }, " to "),
      el("b", {}, after),
      unit,
      by && el("span", { class: "change-by" }, ` (${by})`)
    ),
    by && moveWay(feature, from, to)
  );
}

function moveWay(feature, from, to) {
  function share(value) {
    const part = (value - feature.low) / (feature.high - feature.low || 1);
    return Math.min(Math.max(part, 0), 1);
  }
  const way = el("span", { class: "change-way", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const places = { from: from, to: to, minimum: feature.minimum, maximum: feature.maximum };
  for (const [name, value] of Object.entries(places)) {
    way.style.setProperty(`--${name}`, share(value));
  }
  return way;
}

function moveLengthText(page, { moves, distance }) {
  const categories = moves.filter(({ feature }) => page.features[feature].categories).length;
  if (moves.length === categories) return categories > 1 ? "Other categories." : "Another one.";
  const rest = categories ? ", another category counted as 100 %" : "";
  if (moves.length === 1) return `${percentText(distance)} of the training range.`;
  return `Together ${percentText(distance)} of a training range${rest}.`;
}
