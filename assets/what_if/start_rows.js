/* Where one may start: the presets that have a row, the real rows, and chance among them. */

const REAL_ROW = /^row-([1-9]\d*)$/;
const PRESET = /^\d+$/;
const UNDECIDED_SHARE = 0.1;

/* The start of a name as { name, row }, or null where this page has no such one.

   A name is the place of a preset in page.presets, from "0" on, or "row-18" for the eighteenth of
   the real rows. */
export function startNamed(page, name) {
  const number = REAL_ROW.exec(name);
  const preset = PRESET.test(name) && (page.presets || [])[Number(name)];
  const row = number ? realRowsOf(page)[number[1] - 1] : preset ? preset.row : null;
  return row ? { name: name, row: Array.from(row) } : null;
}

/* Where the page begins: at the first preset with a row, else at the medians, without a name. */
export function firstStart(page) {
  const place = (page.presets || []).findIndex((preset) => preset.row);
  if (place >= 0) return startNamed(page, String(place));
  return { name: null, row: page.features.map((feature) => feature.median) };
}

/* The real rows that came with the page. */
export function realRowsOf(page) {
  return (page.sample && page.sample.rows) || [];
}

/* The name of the start at a real row, by its place from 0 on. */
export function realRowName(place) {
  return "row-" + (place + 1);
}

/* The place of the real row that a start is, or null. */
export function realRowPlace(start) {
  const number = start.name === null ? null : REAL_ROW.exec(start.name);
  return number ? number[1] - 1 : null;
}

/* One of `count` places by chance, not the same as `before` where there is another. */
export function randomPlace(count, before) {
  if (before === null || before >= count || count < 2) return Math.floor(Math.random() * count);
  const place = Math.floor(Math.random() * (count - 1));
  return place < before ? place : place + 1;
}

/* The places of the most undecided rows, those that are nearest to `row` first.

   rows: real rows; predict(row) gives their probabilities; features: for the distance, which is
   the sum of the differences over the training ranges. Undecided is a row whose two most probable
   classes are close; the tenth of the rows where they are closest counts, and at least one. */
export function undecidedPlaces(rows, predict, features, row) {
  const leads = rows.map((other) => leadOf(predict(other)));
  const count = Math.ceil(UNDECIDED_SHARE * rows.length);
  const places = rows.map((_, place) => place).sort((a, b) => leads[a] - leads[b]).slice(0, count);
  const far = new Map(places.map((place) => [place, startDistance(features, rows[place], row)]));
  return places.sort((a, b) => far.get(a) - far.get(b));
}

/* By how much the most probable class leads the next one. */
function leadOf(probabilities) {
  const [first, second] = Array.from(probabilities).sort((a, b) => b - a);
  return first - second;
}

function startDistance(features, one, other) {
  return features.reduce(function (sum, feature, i) {
    if (!Number.isFinite(one[i]) || !Number.isFinite(other[i])) return sum;
    if (feature.categories) return sum + (one[i] === other[i] ? 0 : 1);
    return sum + Math.abs(one[i] - other[i]) / (feature.maximum - feature.minimum || 1);
  }, 0);
}

/* The places of the real rows that a visitor asks for.

   question: { group: class index or null for any, conditions: [{ feature, operator, value }] }
   with the operators "≥", "≤", "=" and "≠"; a condition without a value says nothing. */
export function matchingPlaces(page, question) {
  const groups = (page.sample && page.sample.groups) || [];
  const asked = question.conditions.filter((condition) => Number.isFinite(condition.value));
  return realRowsOf(page).flatMap(function (row, place) {
    if (question.group !== null && groups[place] !== question.group) return [];
    return asked.every((condition) => holdsIn(row, condition)) ? [place] : [];
  });
}

function holdsIn(row, condition) {
  const value = row[condition.feature];
  switch (condition.operator) {
    case "≥":
      return value >= condition.value;
    case "≤":
      return value <= condition.value;
    case "=":
      return value === condition.value;
    default:
      return value !== condition.value;
  }
}
