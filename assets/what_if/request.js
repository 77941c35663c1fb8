/* A row as programs ask the API about it, and the answer as they read it. */

/* The fields of a request: a number by the name of its feature, a category as its text. */
export function requestOf(page, row) {
  return Object.fromEntries(
    page.features.map(function (feature, i) {
      return [feature.name, feature.categories ? feature.categories[row[i]] : row[i]];
    }),
  );
}

/* Where the API answers for the model of a page. */
export function requestPath(page) {
  return "/models/" + encodeURIComponent(page.name) + "/predict";
}

/* An answer of the API for the outputs of a model, in the order of its fields. */
export function answerOf(page, outputs) {
  const model = { name: page.name, version: page.version, hash: page.hash };
  if (!page.classes.length) return { prediction: outputs[0], model: model };
  const best = page.classes[outputs.indexOf(Math.max(...outputs))];
  return {
    prediction: best.value,
    predicted_class: best.value,
    label: best.label,
    probabilities: Object.fromEntries(page.classes.map((known, i) => [known.label, outputs[i]])),
    model: model,
  };
}

/* The outputs of a model in an answer of the API, in the order of the page's classes. */
export function outputsOf(page, answer) {
  if (!page.classes.length) return [answer.prediction];
  return page.classes.map((known) => answer.probabilities[known.label]);
}

/* A command for a terminal that asks for this row. */
export function curlOf(origin, page, row) {
  const body = JSON.stringify(requestOf(page, row), null, 2);
  return [
    "curl " + shellQuoted(origin + requestPath(page)),
    "-H 'Content-Type: application/json'",
    "--data-binary " + shellQuoted(body),
  ].join(" \\\n  ");
}

/* A link to the page of this site that shows how programs ask, with the values of a row. */
export function apiLink(page, row) {
  const known = Object.entries(requestOf(page, row)).filter(([, value]) => !Number.isNaN(value));
  return "/api?" + new URLSearchParams(known);
}

/* A text as one word of a POSIX shell. */
function shellQuoted(text) {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return "'" + text.replaceAll("'", `'"'"'`) + "'";
}
