/* A flat model (dashboard/model/flat.py) that answers bit for bit as scikit-learn does. */

/* What answers rows.

   flat: what FlatModel.to_data() gave.
   Gives { outputs, predict(row) }: how many numbers an answer has, and the probabilities in the
   order of the classes (of a regressor its one number) for a row of numbers, one a feature in the
   order of the card, a category as its place. Throws RangeError where a number is not finite or
   is beyond what the model compares. */
export function openModel(flat) {
  const trees = flat.predictor;
  const outputs = trees.probabilities[0].length;
  const x = new Float32Array(flat.n_features);
  const left = new Int32Array(trees.feature.length);
  const limit = new Float64Array(trees.feature.length);
  const place = new Int32Array(trees.feature.length);
  let splits = 0;
  let leaves = 0;
  trees.feature.forEach(function (feature, node) {
    if (feature < 0) place[node] = leaves++;
    else {
      limit[node] = trees.threshold[splits];
      left[node] = trees.trees + 2 * splits++;
    }
  });
  return {
    outputs: outputs,
    predict: function (row) {
      x.set(row);
      const total = new Array(outputs).fill(0);
      for (let tree = 0; tree < trees.trees; tree++) {
        let node = tree;
        while (trees.feature[node] >= 0) {
          node = left[node] + (x[trees.feature[node]] > limit[node] ? 1 : 0);
        }
        const leaf = trees.probabilities[place[node]];
        for (let i = 0; i < outputs; i++) total[i] += leaf[i];
      }
      return total.map((sum) => sum / trees.trees);
    },
  };
}
