/* The whole state as the query of an address, and back.

   A feature has its own name, `alcohol=13.2`; an empty value is a missing one, and a category is
   its text. Beside them stand

   start       where the visitor started: the place of a preset, or row-18 of the real rows
   lock        names of locked features, with commas
   explain     place of the class that is explained
   pin         row A: its numbers in the order of the features, with commas, empty where they are
               those of the start, "-" where one is missing; "start" where all are
   confidence  of prediction sets
   other       name of a second model

   What is as at the beginning is left out. A feature that is called like one of these words, or
   begins with "value.", has "value." before its name. */

import { firstStart, startNamed } from "./start_rows.js";

/* What a page begins with where the address says nothing. */
export const USUAL_CONFIDENCE = 0.9;

const RESERVED_WORDS = ["start", "lock", "explain", "pin", "confidence", "other"];
const VALUE_PREFIX = "value.";
const CONFIDENCES = [0.5, 0.99];
const NUMBER_TEXT = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const SHOWN_TEXT = 40;

/* The state that a query says: { row, start, locked, output, pinned, confidence, other, notices,
   rest }.

   Whatever cannot be used is as at the beginning, and a sentence in `notices` says so. `rest` are
   the parameters that are none of the page's own, as [name, value]. */
export function readAddress(page, search) {
  const query = new URLSearchParams(search);
  const notices = [];
  const start = startGiven(page, query, notices);
  const own = new Set([...RESERVED_WORDS, ...page.features.map(addressName)]);
  return {
    row: page.features.map((feature, i) => valueGiven(feature, query, start.row[i], notices)),
    start: start,
    locked: locksGiven(page, query, notices),
    output: outputGiven(page, query, notices),
    pinned: pinGiven(page, query, start.row, notices),
    confidence: confidenceGiven(query, notices),
    other: query.get("other") || null,
    notices: notices,
    rest: Array.from(query).filter(([name]) => !own.has(name)),
  };
}

/* The query of a state, without "?"; empty where all is as at the beginning. */
export function writeAddress(page, state) {
  const said = [];
  if (state.start.name !== firstStart(page).name) said.push(["start", state.start.name]);
  page.features.forEach(function (feature, i) {
    if (Object.is(state.row[i], state.start.row[i])) return;
    said.push([addressName(feature), valueSaid(feature, state.row[i])]);
  });
  const locked = page.features.filter((_, i) => state.locked.has(i)).map((each) => each.name);
  if (hasCommas(page)) said.push(...locked.map((name) => ["lock", name]));
  else if (locked.length) said.push(["lock", locked.join(",")]);
  if (state.output !== null) said.push(["explain", state.output]);
  if (state.pinned) said.push(["pin", pinSaid(state.pinned, state.start.row)]);
  if (state.confidence !== USUAL_CONFIDENCE) said.push(["confidence", state.confidence]);
  if (state.other !== null) said.push(["other", state.other]);
  said.push(...state.rest);
  return said.map((pair) => pair.map(escapedInQuery).join("=")).join("&");
}

/* A number of a field or an address, NaN where it is none that the models can compare: they do so
   as 32-bit numbers. */
export function comparable(value) {
  return Number.isFinite(Math.fround(value)) ? value : NaN;
}

function addressName(feature) {
  const taken = RESERVED_WORDS.includes(feature.name) || feature.name.startsWith(VALUE_PREFIX);
  return taken ? VALUE_PREFIX + feature.name : feature.name;
}

function hasCommas(page) {
  return page.features.some((feature) => feature.name.includes(","));
}

function startGiven(page, query, notices) {
  const name = query.get("start");
  if (name === null) return firstStart(page);
  const found = startNamed(page, name);
  if (!found) notices.push(`start=${shortened(name)} is no starting point; the usual one is used.`);
  return found || firstStart(page);
}

function valueGiven(feature, query, usual, notices) {
  const name = addressName(feature);
  const text = query.get(name);
  if (text === null) return usual;
  const value = valueRead(feature, text);
  if (text === "" && Number.isNaN(value)) return NaN;
  if (!Number.isNaN(value)) return value;
  const what = feature.categories ? "none of its choices" : "not a number";
  notices.push(`${name}=${shortened(text)} is ${what}; the start value is used.`);
  return usual;
}

function valueRead(feature, text) {
  if (!feature.categories) return numberRead(text);
  const place = feature.categories.indexOf(text);
  return place < 0 ? NaN : place;
}

function numberRead(text) {
  return NUMBER_TEXT.test(text.trim()) ? comparable(Number(text)) : NaN;
}

function valueSaid(feature, value) {
  if (Number.isNaN(value)) return "";
  return feature.categories ? feature.categories[value] : String(value);
}

function locksGiven(page, query, notices) {
  const texts = query.getAll("lock");
  const names = hasCommas(page) ? texts : texts.flatMap((text) => text.split(","));
  const places = names.filter(Boolean).map(function (name) {
    const place = page.features.findIndex((feature) => feature.name === name);
    if (place < 0) notices.push(`lock=${shortened(name)} is no feature here; it is ignored.`);
    return place;
  });
  return new Set(places.filter((place) => place >= 0).sort((a, b) => a - b));
}

function outputGiven(page, query, notices) {
  const text = query.get("explain");
  if (text === null) return null;
  if (/^\d+$/.test(text) && Number(text) < page.classes.length) return Number(text);
  notices.push(`explain=${shortened(text)} is no class here; the predicted one is explained.`);
  return null;
}

function pinGiven(page, query, start, notices) {
  const text = query.get("pin");
  if (text === null) return null;
  const parts = text === "start" ? [] : text.split(",");
  const row = page.features.map(function (feature, i) {
    if (!parts[i]) return start[i];
    return parts[i] === "-" ? NaN : numberRead(parts[i]);
  });
  const bad = page.features.some(function (feature, i) {
    if (Number.isNaN(row[i])) return parts[i] !== "-";
    return feature.categories && feature.categories[row[i]] === undefined;
  });
  if (!bad && parts.length <= row.length) return row;
  notices.push(`pin=${shortened(text)} is no row of numbers; nothing is pinned.`);
  return null;
}

function pinSaid(pinned, start) {
  const parts = pinned.map(function (value, i) {
    if (Object.is(value, start[i])) return "";
    return Number.isNaN(value) ? "-" : String(value);
  });
  return parts.join(",").replace(/,+$/, "") || "start";
}

function confidenceGiven(query, notices) {
  const text = query.get("confidence");
  if (text === null) return USUAL_CONFIDENCE;
  const value = numberRead(text);
  const [least, most] = CONFIDENCES;
  if (value >= least && value <= most) return value;
  const used = Number.isNaN(value) ? USUAL_CONFIDENCE : value < least ? least : most;
  notices.push(`confidence=${shortened(text)} is not from ${least} to ${most}; ${used} is used.`);
  return used;
}

function shortened(text) {
  return text.length > SHOWN_TEXT ? text.slice(0, SHOWN_TEXT) + "…" : text;
}

/* What a query may hold as it is stays readable. */
function escapedInQuery(text) {
  return encodeURIComponent(text).replace(/%(2C|2F|3A)/g, decodeURIComponent);
}
