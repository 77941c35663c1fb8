/* Whether there is any nearer change at all: branch and bound over boxes of bins. */

/* Look, among all points nearer than search.limit, for ones with the wanted answer, and keep the
   nearest. Says whether all were ruled out or found within `most` nodes of trees looked at.

   A box holds some consecutive bins of each feature. Its nearest point is asked; if that does not
   flip, each tree gives the best leaf that the box can reach, and where even their sum does not
   bring the answer, nothing in the box does. Otherwise the box is cut in two. */
export function* allMoves(search, most) {
  const { home, open, model } = search;
  const whole = { low: home.slice(), high: home.slice(), cost: 0, asked: false };
  for (const i of open) [whole.low[i], whole.high[i]] = [0, model.bins[i].count - 1];
  const ends = model.bins.map((_, i) => usableBins(search.costs[i]));
  const cutOf = boxBound(search);
  const end = search.work + most;
  const boxes = [whole];
  while (boxes.length) {
    const box = boxes.pop();
    if (box.cost >= search.limit) continue;
    if (search.work > end) return false;
    if (search.pause()) yield search.found();
    const nearest = home.map((bin, i) => nearestBin(ends[i], bin, box.low[i], box.high[i]));
    if (!box.asked && search.flips(nearest)) {
      search.keep(nearest);
      continue;
    }
    const cut = cutOf(box);
    if (cut) boxes.push(...boxParts(search, ends, box, cut));
  }
  return true;
}

/* Of each bin the next one at or below it, and at or above it, that has a number. */
function usableBins(costs) {
  const below = [];
  costs.forEach((cost, bin) => below.push(cost < Infinity ? bin : bin ? below[bin - 1] : -1));
  const above = new Array(costs.length);
  for (let bin = costs.length - 1; bin >= 0; bin--) {
    above[bin] = costs[bin] < Infinity ? bin : bin + 1 < costs.length ? above[bin + 1] : Infinity;
  }
  return { below: below, above: above };
}

/* The bin from low to high that is nearest to home, or -1 where none has a number. */
function nearestBin(ends, home, low, high) {
  if (low <= home && home <= high) return home;
  const bin = high < home ? ends.below[high] : ends.above[low];
  return low <= bin && bin <= high ? bin : -1;
}

/* The parts of a box on both sides of a cut, the farthest first; of categories the one of the row
   stands alone. */
function boxParts(search, ends, box, { feature, bin }) {
  const { home, costs, model } = search;
  const [low, high, at] = [box.low[feature], box.high[feature], home[feature]];
  const alone = model.bins[feature].category && low <= at && at <= high && low < high;
  const ranges = alone
    ? [[low, at - 1], [at, at], [at + 1, high]]
    : [[low, bin - 1], [bin, high]];
  const before = nearestBin(ends[feature], at, low, high);
  const made = [];
  for (const [from, to] of ranges) {
    const nearest = from <= to ? nearestBin(ends[feature], at, from, to) : -1;
    if (nearest < 0) continue;
    const part = { low: box.low.slice(), high: box.high.slice(), asked: nearest === before };
    part.low[feature] = from;
    part.high[feature] = to;
    part.cost = box.cost - costs[feature][before] + costs[feature][nearest];
    made.push(part);
  }
  return made.sort((one, other) => other.cost - one.cost);
}

/* What finds the cut { feature, bin } of a box that promises most, or null where no point of the
   box can have the wanted answer, or all have the same one. */
function boxBound(search) {
  const { model, want, doubt } = search;
  const { trees, feature, cut, sides, left, leaf, bins } = model;
  const { gaps, width, start } = leafGaps(model, want);
  const rest = bestLeaves(model, gaps, width);
  const offsets = [];
  let cuts = 0;
  for (const { count } of bins) {
    offsets.push(cuts);
    cuts += count + 1;
  }
  const weights = new Float64Array(cuts);
  const total = new Float64Array(width);
  const most = new Float64Array(width);
  const nodes = [];
  const shares = [];

  /* Add the best leaves of a tree that a box can reach. */
  function addTree(tree, box) {
    most.fill(-Infinity);
    nodes.push(tree);
    shares.push(1);
    while (nodes.length) {
      const node = nodes.pop();
      const share = shares.pop();
      const split = feature[node];
      search.work++;
      if (split < 0) {
        const from = leaf[node] * width;
        for (let k = 0; k < width; k++) most[k] = Math.max(most[k], gaps[from + k]);
        continue;
      }
      const [low, high] = [box.low[split], box.high[split]];
      let goes = 0; // 1 left, 2 right, 3 either
      if (sides[node] === null) goes = (low < cut[node] ? 1 : 0) + (high >= cut[node] ? 2 : 0);
      else for (let bin = low; bin <= high; bin++) goes |= sides[node][bin] ? 2 : 1;
      if (goes === 3) {
        const at = sides[node] === null ? cut[node] : (low + high + 1) >> 1;
        weights[offsets[split] + at] += share;
      }
      for (let side = 0; side < 2; side++) {
        if (!(goes & (1 << side))) continue;
        nodes.push(left[node] + side);
        shares.push(goes === 3 ? share / 2 : share);
      }
    }
    for (let k = 0; k < width; k++) total[k] += most[k];
  }

  return function cutOf(box) {
    weights.fill(0);
    total.set(start);
    for (let tree = 0; tree < trees; tree++) {
      addTree(tree, box);
      for (let k = 0; k < width; k++) {
        if (total[k] + rest[(tree + 1) * width + k] < -doubt) return null;
      }
    }
    const best = weights.reduce((at, weight, i) => (weight > weights[at] ? i : at), 0);
    if (!weights[best]) return null;
    const split = offsets.findLastIndex((offset) => offset <= best);
    return { feature: split, bin: best - offsets[split] };
  };
}

/* For each leaf how much it speaks for the wanted answer, against each other one. */
function leafGaps(model, want) {
  const { outputs, scores, start, divisor } = model;
  const leaves = scores.length / outputs;
  if (typeof want !== "number") {
    const sign = want.atLeast === undefined ? -1 : 1;
    const target = (want.atLeast ?? want.atMost) * divisor;
    const first = [sign * (start[0] - target)];
    return { gaps: scores.map((score) => sign * score), width: 1, start: first };
  }
  const others = Array.from({ length: outputs }, (_, k) => k).filter((k) => k !== want);
  const gaps = new Float64Array(leaves * others.length);
  for (let leaf = 0; leaf < leaves; leaf++) {
    const from = leaf * outputs;
    others.forEach(function (k, i) {
      gaps[leaf * others.length + i] = scores[from + want] - scores[from + k];
    });
  }
  return { gaps: gaps, width: others.length, start: others.map((k) => start[want] - start[k]) };
}

/* At most so much do the trees from one on add: (trees + 1) * width numbers. */
function bestLeaves(model, gaps, width) {
  const { trees, feature, left, leaf } = model;
  const rest = new Float64Array((trees + 1) * width);
  for (let tree = trees - 1; tree >= 0; tree--) {
    const most = new Float64Array(width).fill(-Infinity);
    const nodes = [tree];
    while (nodes.length) {
      const node = nodes.pop();
      if (feature[node] >= 0) nodes.push(left[node], left[node] + 1);
      else most.forEach((x, k) => (most[k] = Math.max(x, gaps[leaf[node] * width + k])));
    }
    most.forEach((x, k) => (rest[tree * width + k] = rest[(tree + 1) * width + k] + x));
  }
  return rest;
}
