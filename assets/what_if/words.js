/* Numbers and small texts as people read them. */

const THOUSANDS = /\B(?=(?:\d{3})+(?!\d))/g;

/* A number with so many decimals and a comma between thousands; a dash where there is none.

   Without Intl: what it loads for the first number takes a third of the page's start. */
export function numberText(value, decimals) {
  if (!Number.isFinite(value)) return "–";
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
  const text = whole.replace(THOUSANDS, ",") + (fraction ? "." + fraction : "");
  return value < 0 && /[1-9]/.test(text) ? "−" + text : text;
}

/* The same with its sign, but zero has none. */
export function signedText(value, decimals) {
  const text = numberText(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
}

/* A share in percent, with one decimal. */
export function percentText(share) {
  return numberText(100 * share, 1) + " %";
}

/* A difference of shares, in percentage points. */
export function pointsText(difference) {
  return signedText(100 * difference, 1) + " pp";
}

/* A value of a feature: its category, or its number with decimals and unit. */
export function valueText(feature, value) {
  if (!Number.isFinite(value)) return "–";
  if (feature.categories) return feature.categories[value] || "–";
  return (numberText(value, feature.decimals) + " " + feature.unit).trimEnd();
}

/* What a model answers for one output: a share, or the number that it predicts with its unit. */
export function outputText(page, value) {
  if (!page.number) return percentText(value);
  return (numberText(value, page.number.decimals) + " " + page.number.unit).trimEnd();
}

/* A name within a sentence: "Total phenols" loses its capital, "OD280" and "pH" stay. */
export function inSentence(name) {
  return /^[A-Z]([a-z]|\s|$)/.test(name) ? name[0].toLowerCase() + name.slice(1) : name;
}

/* "a", "a and b", "a, b and c". */
export function listed(names) {
  if (names.length < 2) return names.join("");
  return names.slice(0, -1).join(", ") + " and " + names[names.length - 1];
}

/* Rounded numbers whose sum is the rounded `total`: the last digits that rounding leaves over go
   to those that lose most by it (largest remainder method). `values` sum to about `total`. */
export function roundedToSum(values, total, decimals) {
  const scale = 10 ** decimals;
  const whole = values.map((value) => Math.floor(value * scale));
  const lost = values.map((value, i) => [value * scale - whole[i], i]);
  let left = Math.round(total * scale) - whole.reduce((sum, value) => sum + value, 0);
  lost.sort((one, other) => other[0] - one[0]);
  for (let i = 0; left > 0 && lost.length; i++, left--) whole[lost[i % lost.length][1]] += 1;
  // The total is a difference of two rounded numbers, so that it may even be below all floors.
  for (let i = 0; left < 0 && lost.length; i++, left++) whole[lost[i % lost.length][1]] -= 1;
  return whole.map((value) => value / scale);
}

/* How explanations on a scale are written: factor and decimals of numbers, and texts of a level
   and of a step. */
export function scaleWords(page, scale) {
  if (scale === "probability") {
    return {
      factor: 100,
      decimals: 1,
      level: (value) => numberText(value, 1) + " %",
      step: (value) => signedText(value, 1) + " pp",
      gap: (value) => numberText(Math.abs(value), 1) + " points",
    };
  }
  const decimals = scale === "prediction" && page.number ? page.number.decimals : 2;
  return {
    factor: 1,
    decimals: decimals,
    level: (value) => numberText(value, decimals),
    step: (value) => signedText(value, decimals),
    gap: (value) => numberText(Math.abs(value), decimals),
  };
}

const MOST_NAMED = 2; // on the side that prevails, and one on the other
const WORTH_NAMING = 0.1; // of the largest contribution

/* What pushes an answer from its average, in a sentence or two. It tells what the model does with
   the values, not what causes what. */
export function sentenceOf(page, frame) {
  const { scale, base, parts } = frame.explanation;
  const words = scaleWords(page, scale);
  const answer = parts.reduce((sum, part) => sum + part, base);
  const from = Number((base * words.factor).toFixed(words.decimals));
  const to = Number((answer * words.factor).toFixed(words.decimals));
  const pushes = pushesOf(page, frame, words);
  const signs = (to < from ? [-1, 1] : [1, -1]).filter((sign) =>
    pushes.some((push) => Math.sign(push.part) === sign),
  );
  const sides = signs.map((sign, place) => pushSide(page, frame, pushes, sign, place > 0));
  const text = sides.length ? capital(sides.join("; ")) : "No single value moves it much";
  return said(page, frame, words, from, to) + " " + text + ".";
}

function said(page, frame, words, from, to) {
  const { scale } = frame.explanation;
  const gap = words.gap(to - from) + (to > from ? " above" : " below") + " its average";
  const against = from === to ? "which is its average" : gap;
  if (scale === "prediction") {
    return "The model says " + outputText(page, to) + ", " + against + ".";
  }
  const start = "The model gives " + page.classes[frame.shown].label + " ";
  if (scale === "probability") return start + words.level(to) + ", " + against + ".";
  const odds = "log-odds of " + words.level(to) + ", " + against;
  return start + percentText(frame.outputs[frame.shown]) + ": " + odds + ".";
}

/* Contributions worth naming, the largest first. */
function pushesOf(page, frame, words) {
  const { parts } = frame.explanation;
  const sorted = parts.map((part, i) => ({ part: part, feature: i }));
  sorted.sort((one, other) => Math.abs(other.part) - Math.abs(one.part));
  const least = Math.max(
    sorted.length ? Math.abs(sorted[0].part) * WORTH_NAMING : 0,
    0.5 / (words.factor * 10 ** words.decimals),
  );
  return sorted.filter((push) => Math.abs(push.part) >= least);
}

/* "x (1.0 g/L) and y (2) push towards it most"; `again` after the other side. */
function pushSide(page, frame, pushes, sign, again) {
  const side = pushes.filter((push) => Math.sign(push.part) === sign);
  side.splice(again ? 1 : MOST_NAMED);
  const names = side.map(function ({ feature }) {
    const found = page.features[feature];
    return inSentence(found.label) + " (" + valueText(found, frame.row[feature]) + ")";
  });
  const verb = side.length > 1 ? " push " : " pushes ";
  const most = side.length > 1 && !again ? " most" : "";
  if (page.number) return listed(names) + verb + (sign > 0 ? "it up" : "it down") + most;
  const target = again ? "it" : page.classes[frame.shown].label;
  return listed(names) + verb + (sign > 0 ? "towards " : "against ") + target + most;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
