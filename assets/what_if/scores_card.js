/* Score a CSV file: choose or drop it, watch it being scored, take the answers along. */

import { el } from "./dom.js";
import { MOST_SCORED_BYTES, MOST_SCORED_ROWS, ScoresProblem } from "./scoring.js";
import { answersHere, answersOfServer, scoreTable, templateTable } from "./scoring.js";
import { numberText } from "./words.js";

/* Draws into `parent`; gives paint(frame). */
export function mountScores(parent, page, state) {
  const { model, explainer, options } = state.engine;
  const input = el("input", { type: "file", class: "visually-hidden", id: "scores-file" });
  input.accept = ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain";
  const look = { class: "form-check-input", id: "scores-explain" };
  const explain = el("input", { type: "checkbox", ...look });
  const outcome = el("div", { class: "scores-outcome", "aria-live": "polite" });
  const drop = dropZone(page, state, input);
  const possible = model || !options.exported;
  let running = null;
  parent.append(
    el(
      "section",
      { class: "card-box scores", "aria-labelledby": "scores-title" },
      el("h2", { id: "scores-title" }, "Score a file"),
      el("p", { class: "card-caption" }, scoresCaption(page, model, possible)),
      possible && [drop, model && explainer ? explainChoice(explain) : null, outcome]
    )
  );

  async function score(file) {
    if (running) running.abort();
    const mine = (running = new AbortController());
    const progress = scoreProgress(page, () => mine.abort());
    outcome.replaceChildren(progress.element);
    try {
      const text = await fileText(file);
      mine.signal.throwIfAborted();
      const explained = Boolean(model && explainer && explain.checked);
      const answer = model
        ? answersHere(model, explained ? explainer : null)
        : answersOfServer(page, { signal: mine.signal, waiting: progress.wait });
      const job = { text: text, page: page, answer: answer, explained: explained };
      const result = await scoreTable({ ...job, signal: mine.signal, report: progress.show });
      outcome.replaceChildren(...scoreResult(page, file.name, result, text.startsWith("\ufeff")));
    } catch (error) {
      if (running === mine) outcome.replaceChildren(scoreFailure(error, mine.signal.aborted));
    } finally {
      if (running === mine) running = null;
    }
  }

  input.addEventListener("change", function () {
    if (input.files.length) score(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  drop.addEventListener("drop", function (event) {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) score(event.dataTransfer.files[0]);
  });
  return function paint() {};
}

function scoresCaption(page, model, possible) {
  if (!possible) return "Scoring files with this model needs the server; this page is a copy.";
  const where = model
    ? "The file stays here: your browser scores it."
    : "The server scores the rows, some hundred at a time.";
  const limit = numberText(MOST_SCORED_ROWS, 0);
  return `A CSV file with one line for each ${page.row}, up to ${limit} of them. ${where}`;
}

function dropZone(page, state, input) {
  const template = el("button", { type: "button", class: "quiet-button" }, "Download a template");
  template.addEventListener("click", function () {
    downloadFile(`${page.name}-template.csv`, [templateTable(page, state.row)]);
  });
  const zone = el(
    "div",
    { class: "scores-drop" },
    input,
    el("label", { class: "pill", for: input.id }, "Choose a CSV file"),
    el("span", { class: "scores-or" }, "or drop it here"),
    template
  );
  zone.addEventListener("dragover", function (event) {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  return zone;
}

function explainChoice(box) {
  return el(
    "div",
    { class: "picker scores-explain" },
    el(
      "label",
      { class: "form-check", for: box.id },
      box,
      "Add what each value contributed to the answer (takes longer)"
    )
  );
}

/* The text of a file: UTF-8, or else what spreadsheets of Western Europe wrote for long. */
async function fileText(file) {
  if (file.size > MOST_SCORED_BYTES) {
    const size = Math.ceil(file.size / 1024 / 1024);
    throw new ScoresProblem(`The file has ${size} MB. Files of up to 50 MB can be scored.`);
  }
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function scoreProgress(page, cancel) {
  const bar = el("progress", { max: 1, value: 0, "aria-label": "Rows scored" });
  const off = { class: "scores-count", "aria-live": "off" }; // the bar tells who does not see it
  const text = el("span", off, "Reading the file…");
  const button = el("button", { type: "button", class: "pill", onclick: cancel }, "Cancel");
  return {
    element: el("div", { class: "scores-progress" }, bar, text, button),
    show: function ({ rows, share }) {
      bar.value = share;
      text.textContent = `${numberText(rows, 0)} ${rows === 1 ? page.row : page.rows} scored`;
    },
    wait: function (seconds) {
      text.textContent = `The server is busy. The next rows go in ${seconds} s.`;
    },
  };
}

function scoreFailure(error, cancelled) {
  if (cancelled) return el("p", { class: "scores-note" }, "Scoring was cancelled.");
  if (error instanceof ScoresProblem) {
    return el("p", { class: "notice notice-bad" }, error.message);
  }
  console.error(error);
  const network = error instanceof TypeError && !navigator.onLine;
  const text = network
    ? "There is no connection to the server. Try again when there is one."
    : "The file could not be scored. The browser's console says why.";
  return el("p", { class: "notice notice-bad" }, text);
}

function scoreResult(page, name, result, marked) {
  const scored = result.rows - result.wrong;
  const save = el("button", { type: "button", class: "pill action-pill" }, "Download the scores");
  const table = new Blob([marked ? "\ufeff" : "", ...result.parts], { type: "text/csv" });
  result.parts = []; // the Blob has them
  const stem = name.replace(/\.\w+$/, "");
  save.addEventListener("click", () => downloadFile(`${stem}-scored.csv`, [table]));
  return [
    el(
      "div",
      { class: "scores-head" },
      el(
        "p",
        {},
        el("b", {}, `${numberText(scored, 0)} ${scored === 1 ? page.row : page.rows} scored`),
        result.wrong ? `, ${rowCountText(result.wrong)} with errors` : ", no errors"
      ),
      save
    ),
    result.cut ? scoresCutNotice() : null,
    scored && (page.classes.length ? scoredClasses : scoredNumbers)(page, result),
    result.wrong ? scoreErrors(result) : null,
  ].filter(Boolean);
}

function scoresCutNotice() {
  const most = numberText(MOST_SCORED_ROWS, 0);
  const text = `The file has more than ${most} rows. Those after are not scored: split the file.`;
  return el("p", { class: "notice notice-caution" }, text);
}

function scoredClasses(page, { counts, sums, rows, wrong }) {
  const scored = rows - wrong;
  const bars = page.classes.map(function ({ label }, k) {
    const fill = el("span", { class: "bar-fill" });
    fill.style.transform = `scaleX(${counts[k] / scored})`;
    const mean = `mean probability ${((100 * sums[k]) / scored).toFixed(1)}%`;
    return el(
      "div",
      { class: `bar-row class-${k}` },
      el("span", { class: `bar-label marked class-${k}` }, label),
      el("span", { class: "bar-track" }, fill),
      el("span", { class: "bar-value" }, numberText(counts[k], 0)),
      el("span", { class: "scores-mean" }, mean)
    );
  });
  return el("div", { class: "bars" }, bars);
}

function scoredNumbers(page, { sums, lowest, highest, rows, wrong }) {
  const { decimals, unit } = page.number;
  const facts = { Mean: sums[0] / (rows - wrong), Lowest: lowest, Highest: highest };
  const lines = Object.entries(facts).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, `${value.toFixed(decimals)} ${unit}`.trim()))
  );
  return el("dl", { class: "facts" }, lines);
}

function scoreErrors({ errors, wrong }) {
  const head = ["Row", "Column", "What is wrong"].map((text) => el("th", { scope: "col" }, text));
  const lines = errors.map(({ row, column, reason }) =>
    el("tr", {}, el("td", {}, numberText(row, 0)), el("td", {}, column || "–"), el("td", {}, reason))
  );
  const shown = new Set(errors.map(({ row }) => row)).size;
  const note = `${shown} of ${rowCountText(wrong)} with errors; the download names all of them.`;
  const table = el("table", { class: "data-table" });
  table.append(el("thead", {}, el("tr", {}, head)), el("tbody", {}, lines));
  const scroll = { class: "table-scroll", tabindex: 0, role: "region" };
  scroll["aria-labelledby"] = "scores-errors";
  return el(
    "div",
    { class: "scores-errors" },
    el("h3", { id: "scores-errors" }, "Rows without an answer"),
    el("div", scroll, table),
    shown < wrong && el("p", { class: "scores-note" }, note)
  );
}

function rowCountText(rows) {
  return `${numberText(rows, 0)} ${rows === 1 ? "row" : "rows"}`;
}

function downloadFile(name, parts) {
  const address = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000); // the browser reads it in its own time
}
