/* The answers to the rows of a CSV file, in slices that leave the page free. */

import { csvLine, csvLines, harmlessText, separatorOf } from "./table_text.js";

export const MOST_SCORED_ROWS = 100000;
export const MOST_SCORED_BYTES = 50 * 1024 * 1024;

const SCORE_SLICE = 8; // milliseconds of work between two breathTimer
const SHOWN_ERRORS = 100;
const LINES_A_PART = 2000;
const LARGEST_CELL = 1e30; // as in the API
const TYPED_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?[\d.' ]*,\d+$/;
const ROWS_A_REQUEST = 500;
const CELLS_A_REQUEST = 36000; // a request of so many numbers stays below 1 MiB
const MOST_WAITS = 30;
const USUAL_WAIT = 5; // seconds, where a busy server says no number

/* What is wrong with a file as a whole, in words for the visitor. */
export class ScoresProblem extends Error {}

/* Score a table.

   job: { text, page, answer, explained, signal, report }. answer(rows) gives, maybe later, for each
   row { outputs, base, parts } or { error }; answer.batch says how many rows it takes at once.
   explained says whether the result has a column a feature with its contribution. report({ rows,
   share }) hears how far it is. Rows count below the header, from 1 on, without empty lines.

   Gives { rows, wrong, errors: [{ row, column, reason }] (the first 100), counts, sums, lowest,
   highest, separator, parts, cut }: how many rows, how many of them without an answer; of each
   class how often it was the answer; of each output its sum over the answers; the least and the
   most of a predicted number; the new CSV in parts; whether rows beyond the limit were left out.
   Throws ScoresProblem where the header cannot be used, and what signal.throwIfAborted throws. */
export async function scoreTable({ text, page, answer, explained, signal, report }) {
  const separator = separatorOf(text);
  const lines = csvLines(text.startsWith("\ufeff") ? text.slice(1) : text, separator);
  const header = lines.next().value;
  if (!header) throw new ScoresProblem("The file is empty. Its first line names the columns.");
  const places = columnPlaces(header.cells, page.features);
  const result = emptyScores(page, separator);
  const writer = scoreWriter(result, separator);
  writer.line([...header.cells, ...scoreColumns(page, explained, header.cells)]);
  const due = breathTimer();
  let batch = [];

  async function flush() {
    const found = await answer(batch.filter((item) => item.numbers).map((item) => item.numbers));
    let next = 0;
    for (const item of batch) {
      const given = item.numbers ? found[next++] : {};
      if (given.error) item.errors.push({ row: item.row, ...given.error });
      countRow(result, item, given, page);
      writer.line([...item.cells, ...scoreCells(page, explained, item, given)]);
    }
    batch = [];
  }

  for (const line of lines) {
    if (result.rows === MOST_SCORED_ROWS) {
      result.cut = true;
      break;
    }
    batch.push(readRow(line, ++result.rows, places, page.features, header.cells));
    if (batch.length >= answer.batch) await flush();
    if (!due()) continue;
    report({ rows: result.rows - batch.length, share: line.end / text.length });
    await takeBreath();
    signal.throwIfAborted();
  }
  if (batch.length) await flush();
  signal.throwIfAborted();
  if (!result.rows) throw new ScoresProblem("The file has a header, but no rows below it.");
  report({ rows: result.rows, share: 1 });
  writer.end();
  return result;
}

/* Answers by the model in the page. */
export function answersHere(model, explainer) {
  const due = breathTimer();
  async function answer(rows) {
    const found = [];
    for (const row of rows) {
      found.push(answerHere(model, explainer, row));
      if (due()) await takeBreath();
    }
    return found;
  }
  return Object.assign(answer, { batch: 100 });
}

/* Answers by the server, in requests one after another; where it says that there are too many,
   they wait as long as it asks. waiting(seconds) hears of that; `ask` is fetch. */
export function answersOfServer(page, { signal, waiting, ask = fetch }) {
  const address = `/models/${encodeURIComponent(page.name)}/predict`;
  async function answer(rows) {
    const found = new Array(rows.length);
    let left = Array.from(rows.keys());
    for (let waits = 0; left.length; ) {
      const instances = left.map((at) => sentRow(page.features, rows[at]));
      const reply = await ask(address, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ instances: instances }),
        signal: signal,
      });
      if (reply.ok) {
        const { predictions } = await reply.json();
        predictions.forEach((given, i) => (found[left[i]] = { outputs: outputsOf(page, given) }));
        return found;
      }
      if (reply.status === 422) left = withoutRefused(await reply.json(), left, found);
      else if ([429, 503].includes(reply.status) && waits++ < MOST_WAITS) {
        const seconds = Number(reply.headers.get("Retry-After") ?? USUAL_WAIT);
        waiting(seconds);
        await waitSeconds(seconds, signal);
      } else throw new ScoresProblem(`The server answered with the status ${reply.status}.`);
    }
    return found;
  }
  const batch = Math.max(1, Math.floor(CELLS_A_REQUEST / page.features.length));
  return Object.assign(answer, { batch: Math.min(ROWS_A_REQUEST, batch) });
}

/* A table with a header and one row, to fill in. */
export function templateTable(page, row) {
  const values = page.features.map(({ categories }, i) => {
    const value = Number.isFinite(row[i]) ? row[i] : page.features[i].median;
    return categories ? categories[value] : String(value);
  });
  return csvLine(page.features.map(({ name }) => name), ",") + csvLine(values, ",");
}

/* For each feature the place of its column, found by name or label in any case. */
function columnPlaces(header, features) {
  const plain = (name) => name.trim().toLowerCase();
  const columns = header.map(plain);
  const names = new Set(features.map(({ name }) => plain(name)));
  const missing = [];
  const places = features.map(function ({ name, label }) {
    const known = names.has(plain(label)) ? [plain(name)] : [plain(name), plain(label)];
    const found = columns.flatMap((column, at) => (known.includes(column) ? [at] : []));
    if (found.length > 1) throw new ScoresProblem(`There are two columns of ${name}.`);
    if (!found.length) missing.push(name);
    return found[0];
  });
  if (!missing.length) return places;
  const listed = missing.slice(0, 5).join(", ") + (missing.length > 5 ? ", …" : "");
  throw new ScoresProblem(
    missing.length === 1
      ? `The column ${listed} is missing. The first line of the file names the columns.`
      : `${missing.length} of ${features.length} columns are missing: ${listed}. ` +
        "The first line of the file names the columns."
  );
}

/* { row, cells, numbers, errors } of a line; numbers is null where there are errors. */
function readRow({ cells, problem }, row, places, features, header) {
  const width = header.length;
  const kept = cells.slice(0, width);
  while (kept.length < width) kept.push("");
  if (cells.length > width) kept[width - 1] = cells.slice(width - 1).join(" | "); // none is lost
  const fits = cells.length === width;
  const whole = problem || `${cells.length} values where the header has ${width} columns`;
  if (problem || !fits) {
    const errors = [{ row: row, column: "", reason: whole }];
    return { row: row, cells: kept, numbers: null, errors: errors };
  }
  const errors = [];
  const numbers = features.map(function (feature, i) {
    const { value, reason } = readCell(cells[places[i]], feature);
    if (reason) errors.push({ row: row, column: header[places[i]].trim(), reason: reason });
    return value;
  });
  return { row: row, cells: kept, numbers: errors.length ? null : numbers, errors: errors };
}

function readCell(cell, { categories }) {
  const text = cell.trim();
  if (!text) return { reason: "empty" };
  if (categories) {
    const place = categories.indexOf(text);
    if (place >= 0) return { value: place };
    const some = categories.slice(0, 6).join(", ") + (categories.length > 6 ? ", …" : "");
    return { reason: `none of ${some}` };
  }
  if (TYPED_NUMBER.test(text)) {
    const value = Number(text);
    return Math.abs(value) <= LARGEST_CELL ? { value: value } : { reason: "too large" };
  }
  if (DECIMAL_COMMA.test(text)) return { reason: "a decimal comma: write 12.5, not 12,5" };
  return { reason: "not a number" };
}

function answerHere(model, explainer, row) {
  let outputs;
  try {
    outputs = model.predict(row);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { error: { column: "", reason: "a number is too large for the model" } };
  }
  if (!explainer) return { outputs: outputs };
  const index = outputs.indexOf(Math.max(...outputs));
  const parts = explainer.parts(row, index);
  return { outputs: outputs, base: explainer.base[index], parts: parts };
}

function sentRow(features, row) {
  return features.map(({ categories }, i) => (categories ? categories[row[i]] : row[i]));
}

function outputsOf(page, given) {
  if (!page.classes.length) return [given.prediction];
  return page.classes.map(({ label }) => given.probabilities[label]);
}

/* What is left of the rows of a request when those that the server refused are taken out. */
function withoutRefused({ errors = [], detail }, left, found) {
  const refused = new Set();
  for (const { row, field, reason } of errors) {
    if (!row || row > left.length) continue;
    refused.add(row - 1);
    found[left[row - 1]] = { error: { column: field || "", reason: reason } };
  }
  if (!refused.size) throw new ScoresProblem(`The server refused the rows: ${detail}`);
  return left.filter((_, i) => !refused.has(i));
}

function emptyScores({ classes }, separator) {
  return {
    rows: 0,
    wrong: 0,
    errors: [],
    counts: classes.map(() => 0),
    sums: new Array(classes.length || 1).fill(0),
    lowest: Infinity,
    highest: -Infinity,
    separator: separator,
    parts: [],
    cut: false,
  };
}

function countRow(result, { errors }, { outputs }, { classes }) {
  if (errors.length) {
    result.wrong++;
    result.errors.push(...errors.slice(0, SHOWN_ERRORS - result.errors.length));
    return;
  }
  outputs.forEach((value, k) => (result.sums[k] += value));
  if (classes.length) result.counts[outputs.indexOf(Math.max(...outputs))]++;
  else {
    result.lowest = Math.min(result.lowest, outputs[0]);
    result.highest = Math.max(result.highest, outputs[0]);
  }
}

/* The names of the new columns, each unlike those that the file has. */
function scoreColumns({ classes, features }, explained, header) {
  const taken = new Set(header);
  const names = [
    "prediction",
    ...(classes.length ? ["label"] : []),
    ...classes.map(({ label }) => `probability_${label}`),
    ...(explained ? ["base_value", ...features.map(({ name }) => `contribution_${name}`)] : []),
    "error",
  ];
  return names.map(function (name) {
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}_${number}`;
    taken.add(free);
    return free;
  });
}

function scoreCells({ classes, features }, explained, { errors }, { outputs, base, parts }) {
  const columns = 1 + (classes.length ? 1 + classes.length : 0);
  if (errors.length) {
    const empty = new Array(columns + (explained ? 1 + features.length : 0)).fill("");
    return [...empty, harmlessText(errors.map(rowErrorText).join("; "))];
  }
  const known = classes[outputs.indexOf(Math.max(...outputs))];
  const answers = classes.length
    ? [harmlessText(String(known.value)), harmlessText(known.label), ...outputs.map(String)]
    : [String(outputs[0])];
  return [...answers, ...(explained ? [String(base), ...Array.from(parts, String)] : []), ""];
}

function rowErrorText({ column, reason }) {
  return column ? `${column}: ${reason}` : reason;
}

/* Collects lines into parts of some thousand, which a Blob takes. */
function scoreWriter(result, separator) {
  let lines = [];
  function end() {
    if (lines.length) result.parts.push(lines.join(""));
    lines = [];
  }
  function line(cells) {
    lines.push(csvLine(cells, separator));
    if (lines.length >= LINES_A_PART) end();
  }
  return { line: line, end: end };
}

/* What says, now and then, that it is time for a breath. */
function breathTimer() {
  let begun = performance.now();
  return function due() {
    const now = performance.now();
    if (now - begun < SCORE_SLICE) return false;
    begun = now;
    return true;
  };
}

/* Lets the page paint and hear. A message, since timers of a tab in the background hardly run. */
function takeBreath() {
  return new Promise(function (resolve) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = function () {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

function waitSeconds(seconds, signal) {
  return new Promise(function (resolve, reject) {
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", stop);
    function done() {
      signal.removeEventListener("abort", stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal.reason);
    }
  });
}
