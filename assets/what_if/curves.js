/* What-if curves: the answer as one feature moves and the others stay. */

/* What draws the curves of a model, or null where only asking it many times would.

   Gives { steps, at(row, output) }: whether curves are exact step functions; and for each feature
   { x, y }. Of steps, y[i] holds from x[i] to x[i + 1], and x has one number more than y; else
   they are points of a smooth curve. x spans features[i].low to .high; of a feature with
   categories y has one number a category and x their places. */
export function openCurves(flat, features) {
  return null;
}
