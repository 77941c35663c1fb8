/* The Predict page's inputs: slider and number agree, and the page hears of it ten times a second. */
(function () {
  "use strict";

  const EVERY_MS = 100;
  const QUIET_MS = 700;
  let waiting = 0;
  let last = 0;

  function rows() {
    return Array.from(document.querySelectorAll(".feature"));
  }

  function numberOf(row) {
    return row.querySelector("input[type=number]");
  }

  function choiceOf(row) {
    return row.querySelector("select");
  }

  /* The bar of the text that is chosen stands out. */
  function markChoice(row) {
    const chosen = choiceOf(row).selectedIndex;
    row.querySelectorAll(".choice-bars span").forEach(function (bar, index) {
      bar.classList.toggle("chosen", index === chosen);
    });
  }

  document.addEventListener("input", function (event) {
    const row = event.target.closest && event.target.closest(".feature");
    if (!row) return;
    if (choiceOf(row)) {
      markChoice(row);
      tellSoon();
      return;
    }
    const number = numberOf(row);
    const slider = row.querySelector("input[type=range]");
    if (event.target === slider) number.value = slider.value;
    else if (number.value !== "") slider.value = number.value;
    mark(row);
    moveStar();
    tellSoon();
  });

  document.addEventListener("submit", function (event) {
    if (event.target.closest(".feature-groups")) event.preventDefault();
  });

  /* Say beside the slider when a value is missing, or one that no training row had. */
  function mark(row) {
    const value = numberOf(row).valueAsNumber;
    const below = value < Number(row.dataset.minimum);
    const above = value > Number(row.dataset.maximum);
    row.classList.toggle("missing", Number.isNaN(value));
    row.classList.toggle("outside", below || above);
    row.querySelector(".feature-warning").textContent = Number.isNaN(value)
      ? "a number, please"
      : below
        ? "below training minimum"
        : above
          ? "above training maximum"
          : "";
  }

  /* The place on the map is linear in the values, so the star needs no server. */
  function moveStar() {
    const map = document.querySelector(".map");
    if (!map) return;
    const weights = JSON.parse(map.dataset.weights);
    const place = JSON.parse(map.dataset.origin);
    for (const row of rows()) {
      if (!(row.dataset.feature in weights)) continue;
      const value = numberOf(row).valueAsNumber;
      const [left, top] = weights[row.dataset.feature];
      place[0] += left * value;
      place[1] += top * value;
    }
    if (place.some(Number.isNaN)) return;
    const star = map.querySelector(".map-star");
    star.style.left = Math.min(Math.max(place[0], 1), 99) + "%";
    star.style.top = Math.min(Math.max(place[1], 1), 99) + "%";
  }

  /* At once, then at most every EVERY_MS; the last value is always told. */
  function tellSoon() {
    if (waiting) return;
    waiting = window.setTimeout(tell, Math.max(0, last + EVERY_MS - performance.now()));
  }

  function tell() {
    waiting = 0;
    last = performance.now();
    const values = {};
    rows().forEach(function (row) {
      if (choiceOf(row)) {
        values[row.dataset.feature] = choiceOf(row).value;
        return;
      }
      const value = numberOf(row).valueAsNumber;
      values[row.dataset.feature] = Number.isNaN(value) ? null : value;
    });
    if (!rows().length) return;
    window.dash_clientside.set_props("predict-values", { data: values });
    const known = Object.entries(values).filter(([, value]) => value !== null);
    document.getElementById("predict-link").search = new URLSearchParams(known);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    predict: {
      /* Put the sliders where a preset says. */
      apply: function (start) {
        if (!start) return;
        rows().forEach(function (row) {
          if (!(row.dataset.feature in start)) return;
          if (choiceOf(row)) {
            choiceOf(row).value = start[row.dataset.feature];
            markChoice(row);
            return;
          }
          numberOf(row).value = start[row.dataset.feature];
          row.querySelector("input[type=range]").value = start[row.dataset.feature];
          mark(row);
        });
        moveStar();
        tell();
      },
    },
  });

  /* Say the answer to who cannot see it, once it rests. */
  let quiet = 0;
  new MutationObserver(function () {
    const name = document.querySelector("#predict-result .answer-name");
    const announcement = document.getElementById("predict-announcement");
    if (!name || !announcement) return;
    const share = document.querySelector("#predict-result .answer-probability");
    const text = [name, share].map((part) => (part ? part.textContent : "")).join(", ");
    if (announcement.dataset.said === text) return;
    announcement.dataset.said = text;
    clearTimeout(quiet);
    quiet = setTimeout(function () {
      announcement.textContent = text;
    }, QUIET_MS);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
})();
