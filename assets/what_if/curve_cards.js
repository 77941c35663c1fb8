/* What-if curves: one small chart a feature, all moving with the row. */

/* Draws into `parent`; gives paint(frame). */
export function mountCurves(parent, page, state) {
  return function paint(frame) {};
}
