/* How far to trust the answer: prediction set, calibration, plausibility, nearest real rows. */

import { el } from "./dom.js";
import { paintInSight, reveal } from "./painting.js";
import { trustClasses } from "./trust_classes.js";
import { trustNearest } from "./trust_nearest.js";
import { trustPlace } from "./trust_place.js";
import { trustPromise } from "./trust_promise.js";

/* Draws into `parent`; gives paint(frame). */
export function mountTrust(parent, page, state) {
  const known = page.trust || {};
  const parts = [
    known.plausibility ? trustPlace(page) : null,
    known.conformal ? trustPromise(page, state) : null,
    known.calibration ? trustClasses(page) : null,
    page.sample.rows.length ? trustNearest(page, state) : null,
  ].filter((part) => part !== null);
  const body = el("div", { class: "trust-parts" }, ...parts.map((part) => part.element));
  const none = "There is no answer to judge yet.";
  const waiting = el("p", { class: "card-caption", hidden: true }, none);
  const card = el(
    "section",
    { class: "card-box trust-card", "aria-labelledby": "trust-title" },
    el("h2", { id: "trust-title" }, "How far to trust it"),
    ...unknownNotes(page).map((note) => el("p", { class: "card-caption" }, note)),
    waiting,
    body,
  );
  parent.append(card);
  const paint = function (frame) {
    const there = Boolean(frame.trust);
    reveal(body, there);
    reveal(waiting, !there);
    if (there) for (const part of parts) part.paint(frame);
  };
  return paintInSight(state, [{ element: card, paint: paint }]);
}

/* Why something is not shown. */
function unknownNotes(page) {
  if (page.trust) return page.trust.notes;
  return [
    "This release does not say how far its model can be trusted: it was made before that was " +
      "measured. Train or adopt the model again.",
  ];
}
