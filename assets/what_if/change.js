/* The smallest change that makes the model answer otherwise. */

/* Searches in slices: a generator that yields now and then and in the end returns the change
   { moves: [{ feature, from, to }], distance, row, proof } or null.

   question: { predict(row), flat, features, row, want, locked, rows }: want is the index of the
   class to come to, locked a Set of feature indices, rows real rows to begin a search from.
   distance is the sum of |to - from| / (maximum - minimum); proof is "smallest", "smallest of one
   or two moves" or "found by search". */
export function* smallestChange(question) {
  return null;
}
