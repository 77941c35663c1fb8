/* A model of trees as it sees values: in bins between its thresholds, and categories. */

const FINER_DECIMALS = 6; // decimals more than people write of a feature, where a bin is so narrow
const MOST_WHOLE = 2 ** 52; // up to here, halves between whole numbers are told apart
const SAMPLED_NUMBERS = 60; // numbers of a feature where there are no thresholds
const BINNED_MODELS = new WeakMap();

/* A model of trees in bins, or null where it is of another kind; yields while it works.

   Of each feature the numbers from low to high that the model cannot tell apart are one bin, which
   has a `first` and a `last` number: the outermost with as few decimals as any number in the bin
   has, but for the feature's own decimals, which are free. A bin in which even `decimals` + 6 do
   not suffice has NaN. Categories are a bin each. `count` says how many bins there are.

   A split sends a bin to the right from `cut` on, or, among categories, where `sides` says 1.
   `scores` has `outputs` numbers a leaf; `start` and their sum over all trees decide the answer as
   the model's own outputs do, up to rounding. `divisor` makes a regressor's number of it. */
export function* binnedTrees(flat, features) {
  if (!BINNED_MODELS.has(flat)) BINNED_MODELS.set(flat, yield* binTrees(flat, features));
  return BINNED_MODELS.get(flat);
}

/* Bins for any other model: some numbers of each feature, each alone, and the row's own in front.
   `ask(point)` gives the outputs. */
export function sampledBins({ features, row, predict }) {
  const bins = features.map(function (feature, i) {
    const { categories } = feature;
    const tried = categories ? categories.map((_, place) => place) : numberLadder(feature);
    const values = [row[i], ...tried.filter((value) => value !== row[i])].map(Number);
    const numbers = Float64Array.from(values);
    const place = (value) => (value === row[i] ? 0 : nearestPlace(values, value));
    return { count: values.length, category: true, first: numbers, last: numbers, place: place };
  });
  const outputs = predict(row).length;
  return {
    bins: bins,
    outputs: outputs,
    trees: 10, // as much work as so many trees
    scores: [1],
    divisor: 1,
    ask: (point) => predict(Array.from(point, (bin, i) => bins[i].first[bin])),
  };
}

/* Numbers from low to high, on the feature's steps. */
function numberLadder(feature) {
  const rungs = Math.min(SAMPLED_NUMBERS, Math.round((feature.high - feature.low) / feature.step));
  return Array.from({ length: rungs + 1 }, function (_, i) {
    const value = feature.low + ((feature.high - feature.low) * i) / rungs;
    return Number(value.toFixed(feature.decimals));
  });
}

function nearestPlace(values, value) {
  const far = values.map((other) => Math.abs(other - value));
  return far.indexOf(Math.min(...far));
}

/* What a value becomes on its way to a column of the model, before the trees compare it. */
export function columnReading(flat) {
  const encoding = flat.encoding || null;
  return function read(column, value) {
    const table = encoding && encoding.tables[column];
    let x = table ? table[value] : value;
    for (const { operation, values } of flat.steps) {
      if (operation === "subtract") x -= values[column];
      else if (operation === "divide") x /= values[column];
      else if (operation === "multiply") x *= values[column];
      else if (operation === "add") x += values[column];
      else x = Math.min(Math.max(x, values[0]), values[1]);
    }
    return x;
  };
}

/* A whole number of units of 10 to the power of -decimals, exactly as if it had been typed. */
export function decimal(whole, decimals) {
  return whole / tenTo(decimals) + 0; // one rounding, of a quotient of exact numbers; no -0
}

/* 10 to this power, exactly up to 22; "**" need not be. */
export function tenTo(power) {
  return Number("1e" + power);
}

function* binTrees(flat, features) {
  const { kind } = flat.predictor;
  const trees = kind === "boosting" ? flat.predictor.trees : kind === "trees" && flat.predictor;
  if (!trees || !keepsOrder(flat)) return null;
  const source = (column) => (flat.encoding ? flat.encoding.sources[column] : column);
  const read = columnReading(flat);
  const exact = trees.precision === "double";
  const right = (column, threshold, value) =>
    (exact ? read(column, value) : Math.fround(read(column, value))) > threshold;
  const binned = {
    trees: trees.trees,
    feature: new Int32Array(trees.feature.length).fill(-1),
    cut: new Int32Array(trees.feature.length),
    sides: new Array(trees.feature.length).fill(null),
    left: new Int32Array(trees.feature.length),
    leaf: new Int32Array(trees.feature.length),
    ...leafScores(flat.predictor, trees),
  };
  const limits = new Float64Array(trees.feature.length);
  const met = features.map(() => new Map());
  let splits = 0;
  let leaves = 0;
  trees.feature.forEach(function (column, node) {
    if (column < 0) {
      binned.leaf[node] = leaves++;
      return;
    }
    limits[node] = trees.threshold[splits];
    binned.feature[node] = source(column);
    binned.left[node] = trees.trees + 2 * splits++;
    met[source(column)].set(column + " " + limits[node], [column, limits[node]]);
  });
  const cuts = [];
  binned.bins = [];
  for (const [i, feature] of features.entries()) {
    const pairs = Array.from(met[i].values());
    const made = feature.categories
      ? categoryBins(feature)
      : yield* numberBins(feature, pairs, right);
    cuts.push(made.cuts);
    binned.bins.push(made);
  }
  trees.feature.forEach(function (column, node) {
    if (column < 0) return;
    const feature = features[source(column)];
    if (feature.categories) {
      binned.sides[node] = Uint8Array.from(feature.categories, (_, place) =>
        right(column, limits[node], place) ? 1 : 0
      );
    } else binned.cut[node] = cuts[source(column)].get(column + " " + limits[node]);
  });
  return binned;
}

/* Whether a larger number stays larger, or the same, on its way to the trees. */
function keepsOrder(flat) {
  return flat.steps.every(
    ({ operation, values }) =>
      !["multiply", "divide"].includes(operation) || values.every((value) => value >= 0)
  );
}

/* What the leaves add, as numbers of which the largest wins, or as the one number. */
function leafScores(predictor, trees) {
  const logistic = predictor.kind === "boosting" && predictor.link.endsWith("logistic");
  const leaves = trees.probabilities;
  const outputs = logistic ? 2 : leaves[0].length;
  const scores = new Float64Array(leaves.length * outputs);
  leaves.forEach((leaf, i) => scores.set(logistic ? [0, leaf[0]] : leaf, i * outputs));
  const start = predictor.kind === "boosting" ? predictor.start : new Array(outputs).fill(0);
  return {
    outputs: outputs,
    scores: scores,
    start: Float64Array.from(logistic ? [0, start[0]] : start),
    divisor: predictor.kind === "boosting" ? 1 : trees.trees,
  };
}

function categoryBins(feature) {
  const places = Float64Array.from(feature.categories, (_, place) => place);
  return { count: places.length, category: true, first: places, last: places, place: (x) => x };
}

function* numberBins(feature, pairs, right) {
  const largest = Math.max(Math.abs(feature.low), Math.abs(feature.high), 1e-300);
  const finest = Math.max(0, Math.floor(Math.log10(MOST_WHOLE / largest)));
  const digits = Math.min(feature.decimals + FINER_DECIMALS, finest, 22);
  const [low, high] = [feature.low, feature.high].map((end) => Math.round(end * tenTo(digits)));
  pairs.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const found = [];
  for (const [i, [column, limit]] of pairs.entries()) {
    const before = i && pairs[i - 1][0] === column ? found[i - 1].begin : low;
    const begin = firstWhole(before, high + 1, (whole) =>
      right(column, limit, decimal(whole, digits))
    );
    found.push({ begin: begin, column: column, limit: limit });
    if (i % 64 === 63) yield;
  }
  found.sort((one, other) => one.begin - other.begin); // a stable sort: equal columns stay in order
  const ends = [low, ...found.map((item) => item.begin), high + 1];
  const count = found.length + 1;
  const bins = {
    count: count,
    first: new Float64Array(count).fill(NaN),
    last: new Float64Array(count).fill(NaN),
    cuts: new Map(found.map((item, i) => [item.column + " " + item.limit, i + 1])),
    /* The bin of any number. */
    place: function (value) {
      let [from, to] = [0, found.length];
      while (from < to) {
        const middle = (from + to) >> 1;
        if (right(found[middle].column, found[middle].limit, value)) from = middle + 1;
        else to = middle;
      }
      return from;
    },
  };
  for (let i = 0; i < count; i++) {
    const shown = Math.min(feature.decimals, digits);
    for (let decimals = shown; decimals <= digits; decimals++) {
      const unit = tenTo(digits - decimals);
      const [first, last] = [Math.ceil(ends[i] / unit), Math.floor((ends[i + 1] - 1) / unit)];
      if (first > last) continue;
      bins.first[i] = decimal(first, decimals);
      bins.last[i] = decimal(last, decimals);
      break;
    }
  }
  return bins;
}

/* The first whole number from `from` on for which it is so, or `to`. */
function firstWhole(from, to, so) {
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (so(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
