/* How far to trust an answer: calibrated, with a set that covers, and whether such rows were seen. */

/* What judges answers, from the document's `trust`, or null where the release has none.

   Gives {
     calibrated(probabilities) -> probabilities or null,
     predictionSet(probabilities, confidence) -> class indices or null,   of classifiers
     interval(value, confidence) -> [low, high] or null,                  of regressors
     plausibility(row) -> { verdict: "usual" | "unusual" | "unlike any", share, distance } or null,
       share: how much of the training rows lie farther out than this one,
     nearest(row, count) -> [{ index, distance }] of the document's real rows
   } */
export function openTrust(page) {
  return null;
}
