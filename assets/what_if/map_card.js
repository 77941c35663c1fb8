/* Where the row sits among real rows, on their first two principal components. */

/* Draws into `parent`; gives paint(frame). */
export function mountMap(parent, page, state) {
  return function paint(frame) {};
}
