/* A and B side by side, or two models on the same row. */

/* Draws into `parent`; gives paint(frame). */
export function mountCompare(parent, page, state) {
  return function paint(frame) {};
}
