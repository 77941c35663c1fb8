/* What the visitor has set; everything that changes it goes through here.

   state.row       the numbers, one a feature; NaN where a field is empty. A change makes a new one
   state.start     { name, row }: where the visitor started (start_rows.js says the names)
   state.locked    Set of feature indices that presets, changes and chance leave alone
   state.output    index of the class that is explained, or null for the predicted one
   state.pinned    row A to compare with, or null
   state.confidence   of prediction sets, such as 0.9
   state.other     name of a second model to ask, or null
   state.notices   sentences about what an address said that could not be used
   state.rest      parameters of the address that are not the page's own

   subscribe(listener) calls listener(state, what) after each change, and gives what ends that;
   what is { feature: index or null, live: true while a drag goes on, jump: true where the whole
   row was set, loaded: true where an address was read }. */

import { USUAL_CONFIDENCE, readAddress, writeAddress } from "./address.js";
import { createHistory } from "./history.js";
import { startNamed } from "./start_rows.js";

/* The state that the query of an address says. */
export function createState(page, search) {
  const listeners = new Set();
  const history = createHistory();
  let gesture = null; // the feature that is being moved, and what was before
  const state = {
    ...readAddress(page, search),
    get canUndo() {
      if (history.canUndo || !gesture) return history.canUndo;
      const { feature, before } = gesture;
      return !Object.is(before.row[feature], state.row[feature]);
    },
    get canRedo() {
      return history.canRedo;
    },
    subscribe: function (listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /* Set one value; `live` while it is being moved. All of one movement is one step to undo. */
    set: function (feature, value, live) {
      if (!gesture || gesture.feature !== feature) settle({ feature: feature, before: moment() });
      state.row = state.row.map((old, i) => (i === feature ? value : old));
      if (!live) settle(null);
      tell({ feature: feature, live: Boolean(live) });
    },
    /* Set the whole row, but for locked features and where `row` has no number. */
    replace: function (row) {
      step(() => (state.row = unlocked(row)));
      tell({ feature: null, live: false, jump: true });
    },
    /* Start anew at the start of a name; false where there is no such one. */
    begin: function (name) {
      const start = startNamed(page, name);
      if (!start) return false;
      step(() => Object.assign(state, { start: start, row: unlocked(start.row) }));
      tell({ feature: null, live: false, jump: true });
      return true;
    },
    /* One value back to where it started. */
    reset: function (feature) {
      state.set(feature, state.start.row[feature], false);
    },
    lock: function (feature, on) {
      const locked = new Set(state.locked);
      if (on) locked.add(feature);
      else locked.delete(feature);
      step(() => (state.locked = locked));
      tell({ feature: null, live: false });
    },
    /* Set anything else: { output, pinned, confidence, other, notices }. */
    choose: function (what) {
      const copied = what.pinned ? { pinned: Array.from(what.pinned) } : {};
      step(() => Object.assign(state, what, copied));
      tell({ feature: null, live: false });
    },
    /* Be what the query of an address says. */
    load: function (query) {
      step(() => Object.assign(state, readAddress(page, query)));
      tell({ feature: null, live: false, loaded: true });
    },
    undo: () => turn("undo"),
    redo: () => turn("redo"),
  };
  return state;

  /* What can be undone; what is merely looked at, such as the class that is explained, is not. */
  function moment() {
    const { row, start, locked, pinned } = state;
    return { row: row, start: start, locked: locked, pinned: pinned };
  }

  function differs(before) {
    return textOfMoment(page, before) !== textOfMoment(page, moment());
  }

  /* End the movement that goes on, if any, and begin another or none. */
  function settle(next) {
    if (gesture && differs(gesture.before)) history.record(gesture.before);
    gesture = next;
  }

  function step(change) {
    settle(null);
    const before = moment();
    change();
    if (differs(before)) history.record(before);
  }

  function turn(way) {
    settle(null);
    const found = history[way](moment());
    if (!found) return;
    Object.assign(state, found);
    tell({ feature: null, live: false });
  }

  function unlocked(row) {
    return state.row.map(function (old, i) {
      return state.locked.has(i) || !Number.isFinite(row[i]) ? old : row[i];
    });
  }

  function tell(what) {
    for (const listener of listeners) listener(state, what);
  }
}

/* Two moments are one where an address would say the same of both. */
function textOfMoment(page, moment) {
  const rest = { output: null, confidence: USUAL_CONFIDENCE, other: null, rest: [] };
  return writeAddress(page, { ...moment, ...rest });
}
