/* The server behind the page: it confirms what the browser computed, and answers in its place for
   models that cannot run in a browser. */

import { hasEveryBit } from "./model.js";
import { paced } from "./pace.js";
import { outputsOf, requestOf, requestPath } from "./request.js";

const CHECK_REST_MS = 150;
const BETWEEN_CHECKS_MS = 350;
const BETWEEN_ANSWERS_MS = 100;
const KEPT_ANSWERS = 64;
const ROUNDED = 1e-9; // of a number: where sums may be made in another order

/* Ask for the outputs of rows. Gives { outputs, version, hash, ids }, one list and one id a row;
   ids are those under which the answers are kept, null where none is.

   Throws TypeError where there is no connection, and an Error with a `status` where the server
   answers with a problem. */
export async function askServer(page, rows, signal) {
  const single = rows.length === 1;
  const asked = rows.map((row) => requestOf(page, row));
  const response = await fetch(requestPath(page), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Prediction-Source": "page" },
    body: JSON.stringify(single ? asked[0] : { instances: asked }),
    signal: signal,
  });
  if (!response.ok) {
    throw Object.assign(new Error("status " + response.status), { status: response.status });
  }
  const found = await response.json();
  const answers = single ? [found] : found.predictions;
  return {
    outputs: answers.map((answer) => outputsOf(page, answer)),
    version: found.model.version,
    hash: found.model.hash,
    ids: rows.map((_, i) => idOfRow(response.headers.get("X-Prediction-Id"), i)),
  };
}

/* Rows of a table have ids that follow one another; only the last digits change. */
function idOfRow(first, row) {
  if (!first || !row) return first;
  return first.slice(0, -12) + (parseInt(first.slice(-12), 16) + row).toString(16).padStart(12, "0");
}

/* What confirms the answer of a row once it rests.

   moved(frame) is told of every frame; `tell` is called with what is known of the last one, and
   the id of the server's answer:
   { kind: "open" }, { kind: "same", rounded }, { kind: "differs", outputs }, { kind: "newer", version },
   { kind: "offline" } or { kind: "failed", status }. Never asks more than three times a second. */
export function createVerifier(page, tell, ask = askServer) {
  let timer = 0;
  let last = -Infinity;
  let current = new AbortController();
  let known = null;

  async function verify(frame) {
    last = performance.now();
    const mine = (current = new AbortController());
    let found;
    try {
      found = await ask(page, [frame.row], mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      known = null; // the next look at the same row asks again
      tell(error.status ? { kind: "failed", status: error.status } : { kind: "offline" });
      return;
    }
    if (!mine.signal.aborted) tell(verdictOn(page, frame, found), found.ids && found.ids[0]);
  }

  return {
    moved: function (frame) {
      if (known && frame.row.every((value, i) => Object.is(value, known[i]))) return;
      known = Array.from(frame.row);
      clearTimeout(timer);
      current.abort();
      tell({ kind: "open" });
      if (frame.missing.length) return;
      const rest = Math.max(CHECK_REST_MS, last + BETWEEN_CHECKS_MS - performance.now());
      timer = setTimeout(verify, rest, frame);
    },
  };
}

function verdictOn(page, frame, found) {
  if (found.hash !== page.hash) return { kind: "newer", version: found.version };
  const rounded = hasEveryBit(page.flat) ? 0 : ROUNDED;
  const same = found.outputs[0].every(function (value, i) {
    return Math.abs(value - frame.outputs[i]) <= rounded * Math.abs(value);
  });
  if (!same) return { kind: "differs", outputs: found.outputs[0] };
  return { kind: "same", rounded: rounded > 0 };
}

/* A model that the server asks for us: as openModel's, but predict(row) gives null until the
   answer has come, and `changed` is called when it has. `newest` is the answer that came last, and
   idOf(row) the id under which an answer is kept.

   `tell` hears { kind: "server" }, { kind: "newer", version }, { kind: "offline" } or
   { kind: "failed", status }. At most one question is on its way; the last one is always asked. */
export function createRemoteModel(page, tell, changed, ask = askServer) {
  const known = new Map();
  const ids = new Map();
  let wanted = new Map();
  let busy = false;

  const send = paced(BETWEEN_ANSWERS_MS, async function () {
    if (busy || !wanted.size) return;
    busy = true;
    const rows = Array.from(wanted.values());
    wanted = new Map();
    try {
      const found = await ask(page, rows);
      rows.forEach(function (row, i) {
        known.set(String(row), found.outputs[i]);
        ids.set(String(row), found.ids[i]);
      });
      for (const kept of [known, ids]) {
        while (kept.size > KEPT_ANSWERS) kept.delete(kept.keys().next().value);
      }
      model.newest = found.outputs[0];
      const newer = found.hash !== page.hash;
      tell(newer ? { kind: "newer", version: found.version } : { kind: "server" });
    } catch (error) {
      tell(error.status ? { kind: "failed", status: error.status } : { kind: "offline" });
      busy = false;
      if (wanted.size) send();
      return;
    }
    busy = false;
    changed(); // which asks again where the row has moved on
  });

  const model = {
    outputs: page.classes.length || 1,
    newest: null,
    idOf: (row) => ids.get(String(row)),
    predict: function (row) {
      const found = known.get(String(row));
      if (found) return found;
      wanted.delete(String(row));
      wanted.set(String(row), Array.from(row));
      // Two are enough: the row, and what it is held against.
      if (wanted.size > 2) wanted.delete(wanted.keys().next().value);
      send();
      return null;
    },
  };
  return model;
}
