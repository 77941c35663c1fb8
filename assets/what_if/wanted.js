/* What a change is to bring about, and how far it is to go. */

/* Whether outputs are the answer that is wanted: the index of a class, or of a regressor
   { atLeast: number } or { atMost: number }. */
export function answersAs(outputs, want) {
  if (typeof want === "number") return outputs.indexOf(Math.max(...outputs)) === want;
  return want.atLeast === undefined ? outputs[0] <= want.atMost : outputs[0] >= want.atLeast;
}

/* How far two values of a feature are apart, in parts of its training range; another category
   counts 1, whatever its place, since the order of places means nothing (Gower, 1971). */
export function moveLength(feature, from, to) {
  if (from === to) return 0;
  if (feature.categories) return 1;
  return Math.abs(to - from) / (feature.maximum - feature.minimum || 1);
}
