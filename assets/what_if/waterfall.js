/* What drives the answer: base value, one bar a feature, the answer. */

/* Draws into `parent`; gives paint(frame). */
export function mountWaterfall(parent, page, state) {
  return function paint(frame) {};
}
