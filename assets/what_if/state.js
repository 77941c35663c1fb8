/* What the visitor has set; everything that changes it goes through here.

   state.row       the numbers, one a feature; NaN where a field is empty
   state.locked    Set of feature indices that presets, changes and chance leave alone
   state.output    index of the class that is explained, or null for the predicted one
   state.pinned    row A to compare with, or null
   state.confidence   of prediction sets, such as 0.9
   state.other     name of a second model to ask, or null

   subscribe(listener) calls listener(state, what) after each change; what is
   { feature: index or null, live: true while a drag goes on }. */
export function createState(page, search) {
  const listeners = [];
  const first = page.presets.find((preset) => preset.row) || { row: page.features.map((f) => f.median) };
  const state = {
    row: Array.from(first.row),
    locked: new Set(),
    output: null,
    pinned: null,
    confidence: 0.9,
    other: null,
    notices: [],
    subscribe: function (listener) {
      listeners.push(listener);
    },
    /* Set one value; `live` while a slider is being dragged. */
    set: function (feature, value, live) {
      state.row[feature] = value;
      tell({ feature: feature, live: Boolean(live) });
    },
    /* Set the whole row, but for locked features. */
    replace: function (row) {
      state.row = row.map((value, i) => (state.locked.has(i) ? state.row[i] : value));
      tell({ feature: null, live: false });
    },
    /* Set anything else: { output, pinned, confidence, other }. */
    choose: function (what) {
      Object.assign(state, what);
      tell({ feature: null, live: false });
    },
  };
  function tell(what) {
    for (const listener of listeners) listener(state, what);
  }
  return state;
}
