/* The smallest change of a linear model: a linear program, then numbers that people can type. */

import { decimal, tenTo } from "./bins.js";
import { answersAs, moveLength } from "./wanted.js";

const BORDER_SLACKS = [0, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2]; // beyond the border, for rounding
const LINEAR_DECIMALS = 6;
const MOST_PROGRAMS = 300; // categories may be combined in so many ways
const MOST_PIVOTS = 2000;

/* The change as smallestChange gives it, null where there is none, or undefined where the model is
   not linear. Yields between small steps. */
export function* linearChange(question) {
  const scores = linearScores(question.flat);
  if (!scores) return undefined;
  let best = null;
  let bound = Infinity;
  let programs = 0;
  const { features, locked } = question;
  const choosable = features.flatMap((f, i) => (f.categories && !locked.has(i) ? [i] : []));
  for (let count = 0; count <= choosable.length; count++) {
    if (count >= Math.min(best ? best.distance : Infinity, bound)) break;
    for (const row of recategorised(question, choosable, count)) {
      if (programs++ > MOST_PROGRAMS) bound = 0; // it stays possible that one is nearer
      if (programs > MOST_PROGRAMS) break;
      const found = yield* changeOfCategories(question, scores, row, count);
      bound = Math.min(bound, found.bound);
      if (found.change && (!best || found.change.distance < best.distance)) best = found.change;
    }
  }
  if (best && best.distance - bound <= best.rounding) best.proof = "smallest";
  if (best) delete best.rounding;
  return best;
}

/* The weights for raw numbers, of one score an output; null where steps are not linear. */
function linearScores(flat) {
  const { kind, weights, intercept } = flat.predictor;
  const linear = kind === "linear" || kind === "regression";
  if (!linear || flat.steps.some((step) => step.operation === "clip")) return null;
  const rows = kind === "regression" ? [weights] : weights;
  const starts = kind === "regression" ? [intercept] : intercept;
  const two = kind === "linear" && rows.length === 1;
  const width = rows[0].length;
  const scale = new Array(width).fill(1);
  const shift = new Array(width).fill(0);
  for (const { operation, values } of flat.steps) {
    for (let column = 0; column < width; column++) {
      const value = values[column];
      if (operation === "subtract") shift[column] -= value;
      else if (operation === "add") shift[column] += value;
      else {
        const factor = operation === "divide" ? 1 / value : value;
        scale[column] *= factor;
        shift[column] *= factor;
      }
    }
  }
  return {
    weights: two ? [new Array(width).fill(0), rows[0]] : rows,
    starts: two ? [0, starts[0]] : starts,
    scale: scale,
    shift: shift,
    source: (column) => (flat.encoding ? flat.encoding.sources[column] : column),
    table: (column) => (flat.encoding ? flat.encoding.tables[column] : null),
  };
}

/* The row with each choice of other categories in `count` of these features. */
function* recategorised({ features, row }, choosable, count, from = 0) {
  if (!count) {
    yield row;
    return;
  }
  for (let at = from; at <= choosable.length - count; at++) {
    const i = choosable[at];
    for (const place of features[i].categories.keys()) {
      if (place === row[i]) continue;
      const other = row.with(i, place);
      yield* recategorised({ features: features, row: other }, choosable, count - 1, at + 1);
    }
  }
}

/* The nearest change with these categories, and how near any real numbers could come. */
function* changeOfCategories(question, scores, row, categories) {
  const { features } = question;
  const borders = linearBorders(question, scores, row);
  let bound = Infinity;
  let best = null;
  for (const slack of BORDER_SLACKS) {
    const lengths = yield* shortestMoves(question, borders, row, slack);
    if (lengths === undefined) bound = 0; // not solved: nothing is certified
    if (!lengths) break;
    const distance = lengths.reduce((sum, length) => sum + Math.abs(length), categories);
    bound = Math.min(bound, distance);
    for (let more = 0; more <= LINEAR_DECIMALS; more++) {
      const to = roundedMoves(features, row, lengths, more);
      if (!answersAs(question.predict(to), question.want)) continue;
      const change = changeOfRow(question, to, more);
      if (!best || change.distance < best.distance) best = change;
      if (change.distance - bound <= change.rounding) return { change: change, bound: bound };
      break;
    }
  }
  return { change: best, bound: bound };
}

/* For each other answer how far the row is on the wanted side, and what each feature adds to that
   for a move through its whole training range. */
function linearBorders({ features, want }, scores, row) {
  const { weights, starts, scale, shift, source, table } = scores;
  const sign = typeof want === "number" || want.atLeast !== undefined ? 1 : -1;
  const classes = typeof want === "number";
  const others = classes ? Array.from(weights.keys()).filter((k) => k !== want) : [0];
  return others.map(function (k) {
    const gains = new Float64Array(features.length);
    let margin = classes ? starts[want] - starts[k] : starts[0] - (want.atLeast ?? want.atMost);
    weights[0].forEach(function (weight, column) {
      const i = source(column);
      const places = table(column);
      const slope = classes ? weights[want][column] - weights[k][column] : weight;
      margin += slope * ((places ? places[row[i]] : row[i]) * scale[column] + shift[column]);
      if (!places) gains[i] += sign * slope * scale[column] * trainingSpan(features[i]);
    });
    return { margin: sign * margin, gains: gains };
  });
}

function trainingSpan(feature) {
  return feature.maximum - feature.minimum || 1;
}

/* How far each feature moves, in training ranges, in the shortest change beyond all borders. */
function* shortestMoves({ features, locked }, borders, row, slack) {
  const movable = features.flatMap((f, i) => (f.categories || locked.has(i) ? [] : [i]));
  const width = 2 * movable.length; // upwards and downwards
  const rows = borders.map(function ({ margin, gains }) {
    const most = Math.max(...gains.map(Math.abs), 1e-300);
    const line = new Float64Array(width + 1);
    movable.forEach((i, at) => line.set([-gains[i] / most, gains[i] / most], 2 * at));
    line[width] = margin / most - slack;
    return line;
  });
  movable.forEach(function (i, at) {
    const { low, high } = features[i];
    [high - row[i], row[i] - low].forEach(function (room, side) {
      const line = new Float64Array(width + 1);
      line[2 * at + side] = 1;
      line[width] = Math.max(0, room) / trainingSpan(features[i]);
      rows.push(line);
    });
  });
  const solved = yield* leastSum(width, rows);
  if (!solved) return solved;
  const lengths = new Float64Array(features.length);
  movable.forEach((i, at) => (lengths[i] = solved[2 * at] - solved[2 * at + 1]));
  return lengths;
}

/* The x of `width` numbers from 0 on with the least sum for which a x <= b, with b behind the a in
   each row; null where there is none, undefined where it took too long. Dual simplex method
   (Lemke, 1954): x = 0 has the least sum of all, and each step brings the row that is most
   violated in order for the least more. */
function* leastSum(width, rows) {
  const cost = new Float64Array(width + 1).fill(1, 0, width);
  const inside = rows.map((_, i) => width + i);
  const outside = Array.from({ length: width }, (_, i) => i);
  for (let turn = 0; turn < MOST_PIVOTS; turn++) {
    yield;
    const leaving = rows.reduce((at, row, i) => (row[width] < rows[at][width] ? i : at), 0);
    const line = rows[leaving];
    if (line[width] > -1e-12) {
      const found = new Float64Array(width);
      inside.forEach((name, i) => name < width && (found[name] = rows[i][width]));
      return found;
    }
    let entering = -1;
    for (let j = 0; j < width; j++) {
      if (line[j] > -1e-11) continue;
      if (entering < 0 || cost[j] / line[j] > cost[entering] / line[entering]) entering = j;
    }
    if (entering < 0) return null;
    pivotOn(rows, cost, line, entering);
    [inside[leaving], outside[entering]] = [outside[entering], inside[leaving]];
  }
  return undefined;
}

/* Solve one row for one of its variables, and put that into all others. */
function pivotOn(rows, cost, line, entering) {
  const factor = line[entering];
  line[entering] = 1;
  for (let j = 0; j < line.length; j++) line[j] /= factor;
  for (const other of [...rows, cost]) {
    const times = other[entering];
    if (other === line || times === 0) continue;
    other[entering] = 0;
    for (let j = 0; j < line.length; j++) other[j] -= times * line[j];
  }
}

/* The row after moves of these lengths, each rounded away from where it was. */
function roundedMoves(features, row, lengths, more) {
  return row.map(function (value, i) {
    if (Math.abs(lengths[i]) < 1e-12) return value;
    const feature = features[i];
    const decimals = Math.min(feature.decimals + more, 15);
    const aim = (value + lengths[i] * trainingSpan(feature)) * tenTo(decimals);
    const whole = lengths[i] > 0 ? Math.ceil(aim - 1e-9) : Math.floor(aim + 1e-9);
    return Math.min(Math.max(decimal(whole, decimals), feature.low), feature.high);
  });
}

function changeOfRow({ features, row }, to, more) {
  const moves = [];
  const change = { moves: moves, distance: 0, row: to, proof: "found by search", rounding: 1e-9 };
  features.forEach(function (feature, i) {
    if (to[i] === row[i]) return;
    moves.push({ feature: i, from: row[i], to: to[i] });
    change.distance += moveLength(feature, row[i], to[i]);
    if (feature.categories) return;
    change.rounding += 1 / tenTo(feature.decimals + more) / trainingSpan(feature);
  });
  return change;
}
