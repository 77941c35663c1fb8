/* All that one moment of the page shows, computed from the state where the model is here. */

const LARGEST_NUMBER = 1e30; // dashboard/api/rows.py has the same: beyond it models mix numbers up

/* The frame of a row:

   row        the numbers
   missing    indices of features without a number that can be used; where there are any, nothing
              else is there
   outputs    probabilities in the order of the classes, or the one predicted number
   index      of the most probable class (the first wins a tie); 0 of a regressor
   shown      index of the output that explanation and curves are about
   explanation   { scale, base, parts } of `shown`, or null
   curves     [{ x, y }] of `shown`, one a feature, or null
   trust      { calibrated, set, interval, plausibility, nearest }, each null where unknown; or null
   pinned     the frame of the row that is compared with, or null      (of the page's own row only)
   other      { name, title, page, frame } of the second model on the same row, or null   (likewise)
   outside    [{ feature, side: "below" | "above" }] where no training row has been
   waiting    true where the outputs are those of an earlier row, until the server answers

   Explanation, curves and trust are computed when first read. Gives null where the server has
   the model and has not answered for this row yet. */
export function frameOf(engine, state, row) {
  const missing = row.flatMap((value, i) => (Math.abs(value) <= LARGEST_NUMBER ? [] : [i]));
  if (missing.length) return { row: row, missing: missing };
  const outputs = (engine.model || engine.remote).predict(row);
  return outputs && answered(engine, state, row, outputs);
}

/* The frame of a row whose answer is known already, from the server. */
export function answered(engine, state, row, outputs) {
  const index = outputs.indexOf(Math.max(...outputs));
  const shown = state.output === null ? index : state.output;
  const frame = { row: row, missing: [], outputs: outputs, index: index, shown: shown };
  frame.waiting = false;
  frame.outside = engine.page.features.flatMap(function (feature, i) {
    if (row[i] < feature.minimum) return [{ feature: i, side: "below" }];
    if (row[i] > feature.maximum) return [{ feature: i, side: "above" }];
    return [];
  });
  lazily(frame, "explanation", function () {
    if (!engine.explainer) return null;
    const { scale, base } = engine.explainer;
    return { scale: scale, base: base[shown], parts: engine.explainer.parts(row, shown) };
  });
  lazily(frame, "curves", () => (engine.curves ? engine.curves.at(row, shown) : null));
  lazily(frame, "trust", function () {
    const trust = engine.trust;
    if (!trust) return null;
    const classes = engine.page.classes.length > 0;
    return {
      calibrated: classes ? trust.calibrated(outputs) : null,
      set: classes ? trust.predictionSet(outputs, state.confidence) : null,
      interval: classes ? null : trust.interval(outputs[0], state.confidence),
      plausibility: trust.plausibility(row),
      nearest: trust.nearest(row, 3),
    };
  });
  return frame;
}

function lazily(frame, name, compute) {
  Object.defineProperty(frame, name, {
    configurable: true,
    get: function () {
      const value = compute();
      Object.defineProperty(frame, name, { value: value });
      return value;
    },
  });
}
