/* What would change the answer, and a click that applies it. */

/* Draws into `parent`; gives paint(frame). */
export function mountChange(parent, page, state) {
  return function paint(frame) {};
}
