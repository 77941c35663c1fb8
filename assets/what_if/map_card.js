/* Where the row sits among real rows, on their first two principal components. */

import { el, svg } from "./dom.js";
import { assign, hueOf, move, paintInSight, reveal } from "./painting.js";
import { numberText } from "./words.js";

const MAP_WIDTH = 400;
const MAP_HEIGHT = 300;
const MAP_EDGE = 2; // percent: farther out a mark stays at the edge
const MAP_MARKS = [
  (x, y) => `M${x - 3.6} ${y}a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0`,
  (x, y) => `M${x - 3.2} ${y - 3.2}h6.4v6.4h-6.4z`,
  (x, y) => `M${x - 4.6} ${y}l4.6 -4.6 4.6 4.6 -4.6 4.6z`,
  (x, y) => `M${x - 4.4} ${y + 3.6}l4.4 -7.6 4.4 7.6z`,
];
const STAR =
  "M0 -11.5L2.8 -3.8 11 -3.6 4.5 1.5 6.8 9.4 0 4.7 -6.8 9.4 -4.5 1.5 -11 -3.6 -2.8 -3.8Z";

/* Draws into `parent`; gives paint(frame). */
export function mountMap(parent, page, state) {
  const card = el(
    "section",
    { class: "card-box map-card", "aria-labelledby": "map-title" },
    el("h2", { id: "map-title" }, "Where it sits"),
  );
  parent.append(card);
  if (!page.map) {
    const why = "There is no map: it takes ten real rows or more, with two numbers or more.";
    card.append(el("p", { class: "card-caption" }, why));
    return function paint() {};
  }
  const [star, pinned] = [mapStar("map-star"), mapStar("map-star map-pinned")];
  card.append(
    el("p", { class: "card-caption" }, mapCaption(page)),
    svg("svg", mapFrame(page), ...mapPoints(page), pinned, star),
  );
  const legend = mapLegend(page);
  card.append(legend.element);
  const paint = function (frame) {
    sit(star, page, frame.row);
    sit(pinned, page, state.pinned);
    legend.paint(state);
  };
  return paintInSight(state, [{ element: card, paint: paint }]);
}

/* Percent from the left and from the top; not a number where the row lacks one. */
function placeOf(map, row) {
  const place = [map.origin[0], map.origin[1]];
  map.weights.forEach(function ([left, top], i) {
    if (left === 0 && top === 0) return;
    place[0] += left * row[i];
    place[1] += top * row[i];
  });
  return place;
}

function sit(star, page, row) {
  const [left, top] = row ? placeOf(page.map, row) : [NaN, NaN];
  const there = Number.isFinite(left) && Number.isFinite(top);
  assign(star, "visibility", there ? null : "hidden");
  if (!there) return;
  const kept = (percent) => Math.min(Math.max(percent, MAP_EDGE), 100 - MAP_EDGE);
  move(star, (kept(left) * MAP_WIDTH) / 100, (kept(top) * MAP_HEIGHT) / 100);
}

function mapStar(kind) {
  return svg("g", { class: kind, visibility: "hidden" }, svg("path", { d: STAR }));
}

/* One path a class; rows whose class is unknown are small circles without a hue. */
function mapPoints(page) {
  const paths = new Map();
  page.sample.rows.forEach(function (row, i) {
    const group = page.sample.groups[i];
    const [left, top] = placeOf(page.map, row);
    if (!Number.isFinite(left) || !Number.isFinite(top)) return;
    const mark = MAP_MARKS[(group || 0) % MAP_MARKS.length];
    const [x, y] = [Math.round((left * MAP_WIDTH) / 100), Math.round((top * MAP_HEIGHT) / 100)];
    paths.set(group, (paths.get(group) || "") + mark(x, y));
  });
  return Array.from(paths, function ([group, d]) {
    return svg("path", { class: "map-rows " + (group === null ? "" : hueOf(group)), d: d });
  });
}

function mapCaption(page) {
  const drawn = page.sample.rows.length;
  const all = drawn < page.map.rows ? numberText(page.map.rows, 0) + " " + page.rows : "";
  const rows = numberText(drawn, 0) + (all ? " of " + all : " " + page.rows);
  const kept = numberText(100 * page.map.explained, 0) + " %";
  return (
    `Principal components of ${rows}: the two keep ${kept} of their variance. ` +
    `The star is the ${page.row} of the sliders.`
  );
}

function mapFrame(page) {
  const about = `Map of ${page.sample.rows.length} ${page.rows}, with a star for this ${page.row}`;
  const size = `0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`;
  return { class: "map", viewBox: size, role: "img", "aria-label": about };
}

function mapLegend(page) {
  const known = page.classes.filter((_, i) => page.sample.groups.includes(i));
  const names = known.map(function (one) {
    const index = page.classes.indexOf(one);
    return el("span", { class: "marked " + hueOf(index) }, one.label);
  });
  const drawing = { viewBox: "-13 -13 26 26", class: "legend-star", "aria-hidden": "true" };
  const pinned = el("span", {}, svg("svg", drawing, svg("path", { d: STAR })), "A, pinned");
  const element = el("p", { class: "map-legend" }, ...names, pinned);
  return { element: element, paint: (state) => reveal(pinned, state.pinned !== null) };
}
