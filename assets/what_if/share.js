/* Copy as link, JSON or curl; save the page as one file; score a CSV file. */

/* Draws into `parent`; gives paint(frame). */
export function mountShare(parent, page, state) {
  return function paint(frame) {};
}
