/* The answer: the predicted class or number, its probabilities, and how clear the call is. */

import { el, svg } from "./dom.js";
import { assign, hueOf, reveal, watchRest, write } from "./painting.js";
import { inSentence, listed, numberText, outputText, percentText } from "./words.js";

const CLEAR = 0.85;
const LIKELY = 0.6;
const CLASSES_SHOWN = 6;
const PLACE_POINTS = 61;
const PLACE_BANDWIDTH = 2.4; // bins of the histogram, as in the curves over the sliders
const VERIFICATIONS = {
  checking: "Checking with the server",
  verified: "Verified by the server",
  otherwise: "The server answers otherwise",
  offline: "Not verified: offline",
  file: "Computed in this file",
};

/* Say in the line .answer-verified what is known of an answer: "checking", "verified",
   "otherwise", "offline" or "file"; null says nothing. `detail` follows in the same line. */
export function showVerification(line, what, detail) {
  assign(line, "data-state", what);
  write(line, what === null ? "" : VERIFICATIONS[what] + (detail ? ": " + detail : ""));
}

/* Draws the card into `parent`; gives paint(frame). */
export function mountAnswer(parent, page, state) {
  const line = headLine();
  const detail = page.classes.length ? probabilityRows(page, state) : placeAmong(page);
  const notice = el("div", { class: "notice notice-caution", hidden: true });
  const verified = el("p", { class: "answer-verified" });
  const pin = el("button", { class: "quiet-button answer-pin", type: "button" });
  pin.addEventListener("click", function () {
    state.choose({ pinned: state.pinned ? null : Array.from(state.row) });
  });
  const foot = el("div", { class: "answer-foot" }, verified, pin);
  const card = el(
    "section",
    { id: "predict-result", class: "card-box answer", "aria-labelledby": "answer-title" },
    el("h2", { id: "answer-title", class: "eyebrow" }, "Predicted " + inSentence(page.target)),
    line.element,
    detail.element,
    notice,
    foot,
  );
  const bar = phoneBar(page);
  const announce = announcer(state);
  parent.append(card, bar.element, announce.element);
  if (state.engine && state.engine.options.exported) showVerification(verified, "file");
  return function paint(frame) {
    const there = Boolean(frame.outputs);
    line.paint(page, frame);
    reveal(detail.element, there);
    if (there) detail.paint(frame);
    paintNotice(notice, page, frame);
    write(pin, state.pinned ? "Unpin A" : "Pin as A");
    reveal(foot, there);
    bar.paint(page, frame);
    announce.paint(page, frame);
  };
}

/* What a frame says in a few words: the name, and its probability or unit. */
export function shortAnswer(page, frame) {
  if (frame.missing.length) return { name: "A value is missing", detail: "", hue: null };
  if (!frame.outputs) return { name: "Asking the server", detail: "", hue: null };
  const value = frame.outputs[frame.index];
  if (page.number) {
    return { name: numberText(value, page.number.decimals), detail: page.number.unit, hue: null };
  }
  const label = page.classes[frame.index].label;
  return { name: label, detail: percentText(value), hue: hueOf(frame.index) };
}

/* Explain this output from now on; the predicted one again where it was chosen already. */
export function chooseOutput(state, output) {
  state.choose({ output: state.output === output ? null : output });
}

function headLine() {
  const name = el("span", {});
  const unit = el("span", { class: "answer-unit" });
  const chip = el("span", {});
  const below = el("p", { class: "answer-probability" });
  const share = el("b", {});
  const rest = document.createTextNode("");
  below.append(share, rest);
  const element = el("div", {}, el("div", { class: "answer-line" }, name, unit, chip), below);
  const paint = function (page, frame) {
    const short = shortAnswer(page, frame);
    const there = Boolean(frame.outputs);
    const kind = !there ? "answer-none" : page.number ? "answer-number" : short.hue;
    write(name, short.name);
    assign(name, "class", "answer-name " + kind);
    write(unit, page.number ? short.detail : "");
    reveal(chip, there && !page.number);
    reveal(below, there);
    if (!there) return;
    if (page.number) {
      rest.data = rankText(page.number.values, frame.outputs[0]);
      return;
    }
    const [call, look] = certaintyOf(frame.outputs[frame.index]);
    write(chip, call);
    assign(chip, "class", "chip " + look);
    write(share, short.detail);
    rest.data = " probability";
  };
  return { element: element, paint: paint };
}

function certaintyOf(probability) {
  if (probability > CLEAR) return ["Clear call", "chip-ok"];
  if (probability > LIKELY) return ["Likely", "chip-caution"];
  return ["Borderline", "chip-bad"];
}

/* Which share of the rows has a smaller number: by the histogram, evenly in each bin. */
function rankText(values, value) {
  if (values.minimum === null || !values.histogram) return "";
  if (value < values.minimum) return "Lower than any row of the table";
  if (value > values.maximum) return "Higher than any row of the table";
  const { edges, counts } = values.histogram;
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const part = (value - edges[i]) / (edges[i + 1] - edges[i] || 1);
    below += counts[i] * Math.min(Math.max(part, 0), 1);
  }
  const all = counts.reduce((sum, count) => sum + count, 0) || 1;
  return "Higher than " + numberText((100 * below) / all, 0) + " % of the rows in the table";
}

/* A bar a class, in their order. Many classes: the most probable of the last moment at rest, and
   how much all others have together. */
function probabilityRows(page, state) {
  const many = page.classes.length > CLASSES_SHOWN;
  const order = page.classes.map((_, i) => i);
  const rows = page.classes.map((_, place) => probabilityRow(state, order, place));
  const list = el("div", { class: "bars", role: "group", "aria-label": "Explain a class" });
  list.append(...rows.map((row) => row.element));
  const more = el("button", { class: "quiet-button answer-more", type: "button" });
  const element = el("div", {}, list, many ? more : null);
  let open = !many;
  let last = null;
  const watch = watchRest(state, () => last && paint(last));
  const paint = function (frame) {
    last = frame;
    if (many && !watch.live) {
      order.sort((one, other) => frame.outputs[other] - frame.outputs[one] || one - other);
    }
    rows.forEach(function (row, place) {
      const shown = open || place < CLASSES_SHOWN;
      reveal(row.element, shown);
      if (shown) row.paint(page, frame, state);
    });
    if (!many) return;
    const others = order.slice(CLASSES_SHOWN);
    const together = others.reduce((sum, i) => sum + frame.outputs[i], 0);
    write(
      more,
      open ? "Show fewer" : others.length + " more, together " + percentText(together),
    );
    assign(more, "aria-expanded", String(open));
  };
  more.addEventListener("click", function () {
    open = !open;
    paint(last);
  });
  return { element: element, paint: paint };
}

function probabilityRow(state, order, place) {
  const label = el("span", {});
  const fill = el("span", {});
  const tick = el("span", { class: "bar-tick", hidden: true });
  const value = el("span", { class: "bar-value" });
  const element = el(
    "button",
    { class: "bar-row answer-row", type: "button", onclick: choose },
    label,
    el("span", { class: "bar-track" }, fill, tick),
    value,
  );
  function choose() {
    chooseOutput(state, order[place]);
  }
  const paint = function (page, frame) {
    const index = order[place];
    const probability = frame.outputs[index];
    const pinned = frame.pinned && frame.pinned.outputs ? frame.pinned.outputs[index] : null;
    write(label, page.classes[index].label);
    assign(label, "class", "bar-label marked " + hueOf(index));
    assign(fill, "class", "bar-fill " + hueOf(index));
    fill.style.transform = "scaleX(" + probability.toFixed(4) + ")";
    write(value, percentText(probability));
    assign(value, "data-class", page.classes[index].label);
    assign(value, "data-probability", String(probability));
    assign(element, "aria-pressed", String(index === frame.shown));
    reveal(tick, pinned !== null);
    if (pinned !== null) tick.style.transform = "translateX(" + (100 * pinned).toFixed(2) + "%)";
  };
  return { element: element, paint: paint };
}

/* Where a predicted number lies among the numbers of the table. */
function placeAmong(page) {
  const { values } = page.number;
  const element = el("div", {});
  if (values.minimum === null || !values.histogram) return { element: element, paint: () => {} };
  const [mark, pinned] = [placeMark(""), placeMark(" place-pinned")];
  const about = "How " + inSentence(page.target) + " is spread in the rows";
  const picture = svg(
    "svg",
    { viewBox: "0 0 240 32", preserveAspectRatio: "none", role: "img", "aria-label": about },
    svg("path", { d: spreadPath(values.histogram, values.minimum, values.maximum) }),
  );
  const ends = [values.minimum, values.maximum].map((end) => el("span", {}, outputText(page, end)));
  element.append(
    el("div", { class: "place" }, picture, pinned, mark),
    el("div", { class: "place-scale" }, ...ends),
  );
  const shareOf = function (value) {
    const share = (value - values.minimum) / (values.maximum - values.minimum || 1);
    return "translateX(" + (100 * Math.min(Math.max(share, 0), 1)).toFixed(2) + "%)";
  };
  const paint = function (frame) {
    mark.style.transform = shareOf(frame.outputs[0]);
    const other = frame.pinned && frame.pinned.outputs;
    reveal(pinned, Boolean(other));
    if (other) pinned.style.transform = shareOf(other[0]);
  };
  return { element: element, paint: paint };
}

function placeMark(kind) {
  return el("span", { class: "place-moves" + kind }, el("span", { class: "place-mark" }));
}

/* A histogram under a Gaussian kernel, as an area 240 wide and 32 high. */
function spreadPath(histogram, low, high) {
  const { edges, counts } = histogram;
  const width = (edges[1] - edges[0]) * PLACE_BANDWIDTH || 1;
  const heights = Array.from({ length: PLACE_POINTS }, function (_, i) {
    const x = low + ((high - low) * i) / (PLACE_POINTS - 1);
    return counts.reduce(function (sum, count, bin) {
      const distance = (x - (edges[bin] + edges[bin + 1]) / 2) / width;
      return sum + count * Math.exp(-0.5 * distance * distance);
    }, 0);
  });
  const top = Math.max(...heights) || 1;
  const points = heights.map(function (height, i) {
    const [x, y] = [(240 * i) / (PLACE_POINTS - 1), 32 - (29 * height) / top];
    return x.toFixed(0) + " " + y.toFixed(1);
  });
  return "M0 32L" + points.join("L") + "L240 32Z";
}

/* What to know before believing it: values that are missing, or where no training row has been. */
function paintNotice(notice, page, frame) {
  const places = frame.missing.length ? frame.missing : (frame.outside || []).map((o) => o.feature);
  reveal(notice, places.length > 0);
  const key = (frame.missing.length ? "missing " : "outside ") + places.join(" ");
  if (!places.length || notice.dataset.said === key) return;
  notice.dataset.said = key;
  const names = listed(places.map((i) => page.features[i].label));
  const text = frame.missing.length
    ? ["To answer, the model needs a value for: ", names + "."]
    : ["Outside the training range: ", names + ". The model extrapolates; read it with care."];
  notice.replaceChildren(el("strong", {}, text[0]), text[1]);
}

/* The answer once more, at the foot of a phone's screen; who cannot see it has the card. */
function phoneBar(page) {
  const name = el("span", {});
  const value = el("span", { class: "answer-bar-value" });
  const target = page.number ? el("span", { class: "answer-bar-target" }, page.target) : null;
  const element = el("div", { class: "answer-bar", "aria-hidden": "true" }, target, name, value);
  const paint = function (_, frame) {
    const short = shortAnswer(page, frame);
    const kind = !frame.outputs ? "" : page.number ? "answer-number" : "marked " + short.hue;
    write(name, page.number && frame.outputs ? short.name + " " + short.detail : short.name);
    assign(name, "class", "answer-name " + kind);
    write(value, page.number ? "" : short.detail);
  };
  return { element: element, paint: paint };
}

/* Says the answer to who cannot see it, once it rests. */
function announcer(state) {
  const element = el("p", { id: "predict-announcement", class: "visually-hidden", role: "status" });
  let text = "";
  watchRest(state, () => write(element, text));
  const paint = function (page, frame) {
    const { name, detail } = shortAnswer(page, frame);
    const unit = page.number || !detail ? detail : detail + " probability";
    text = name + (unit ? (page.number ? " " : ", ") + unit : "");
  };
  return { element: element, paint: paint };
}
