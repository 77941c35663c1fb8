/* How far to trust the answer: prediction set, calibration, plausibility, nearest real rows. */

/* Draws into `parent`; gives paint(frame). */
export function mountTrust(parent, page, state) {
  return function paint(frame) {};
}
