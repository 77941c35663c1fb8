/* In the Predict page: moves a slider as a drag does, and notes what the page shows of each event. */

(function () {
  "use strict";

  const channel = new MessageChannel();

  /* Resolves inside a frame's callbacks, before it is laid out and painted. */
  function frameBegins() {
    return new Promise(requestAnimationFrame);
  }

  /* Resolves with the first task after the frame that goes on has been painted. */
  function framePainted() {
    return new Promise(function (resolve) {
      channel.port1.onmessage = resolve;
      channel.port2.postMessage(null);
    });
  }

  function rowOf(feature) {
    return document.querySelector(`.feature[data-feature="${CSS.escape(feature)}"]`);
  }

  function sliderOf(feature) {
    return rowOf(feature).querySelector("input[type=range]");
  }

  function answerShown() {
    const bars = document.querySelectorAll("#predict-result [data-probability]");
    return Array.from(bars, (bar) => Number(bar.dataset.probability));
  }

  /* Says when the last probability was written into the page, and after it the slider's number,
     which is written where all probabilities stay the same, too. */
  function watchAnswer(slider) {
    const watch = { at: NaN };
    const told = [slider, ...document.querySelectorAll("#predict-result [data-probability]")];
    for (const element of told) {
      element.setAttribute = function (name, value) {
        Element.prototype.setAttribute.call(element, name, value);
        if (name === "data-probability" || name === "aria-valuetext") watch.at = performance.now();
      };
    }
    watch.end = () => told.forEach((element) => delete element.setAttribute);
    return watch;
  }

  /* The contributions by feature, the sum of them and the base, and the class that they are of. */
  function explanationShown() {
    const parts = {};
    for (const row of document.querySelectorAll(".waterfall-part[data-feature]")) {
      const number = row.querySelector(".waterfall-number").dataset.exact;
      parts[row.dataset.feature] = row.querySelector(".waterfall-value").textContent + " " + number;
    }
    const rows = Array.from(document.querySelectorAll(".answer-row"));
    return {
      parts: parts,
      sum: Number(document.querySelector(".waterfall-answer .waterfall-number").dataset.exact),
      of: rows.findIndex((row) => row.getAttribute("aria-pressed") === "true"),
    };
  }

  function inSight(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  }

  function curvesInSight() {
    return Array.from(document.querySelectorAll(".curve")).filter(inSight);
  }

  function curveShown(curve) {
    const moved = Array.from(curve.querySelectorAll("g, .curve-guide"), (part) =>
      part.getAttribute("transform"),
    );
    const line = curve.querySelector(".curve-line").getAttribute("d");
    return [line, ...moved, curve.querySelector(".curve-value").textContent].join(" ");
  }

  /* So many values from one end of the slider to the other, each on its grid. */
  function valuesOf(feature, count) {
    const slider = sliderOf(feature);
    const [low, high, step] = [slider.min, slider.max, slider.step].map(Number);
    const places = Math.floor((high - low) / step + 1e-9);
    return Array.from({ length: count }, function (_, i) {
      return low + step * Math.round((places * i) / (count - 1));
    });
  }

  function places(feature) {
    const slider = sliderOf(feature);
    return Math.round((slider.max - slider.min) / slider.step);
  }

  /* Move a slider over `count` values, one a frame, at its beginning, as Chromium hands over the
     events of a real drag. From the event on, `answerMs` is how long it takes until the answer
     stands in the page, `ms` until all that the page does of it is done, and `paintedMs` until its
     frame is painted. */
  async function drag(feature, count) {
    const slider = sliderOf(feature);
    const field = rowOf(feature).querySelector("input[type=number]");
    const seen = curvesInSight();
    const watch = watchAnswer(slider);
    const moves = [];
    for (const value of valuesOf(feature, count)) {
      await frameBegins();
      watch.at = NaN;
      const begin = performance.now();
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      const ms = performance.now() - begin;
      const answerMs = watch.at - begin;
      const answer = answerShown();
      await framePainted();
      const paintedMs = performance.now() - begin;
      moves.push({
        value: slider.valueAsNumber,
        field: field.valueAsNumber,
        answerMs: answerMs,
        ms: ms,
        paintedMs: paintedMs,
        answer: answer,
        explanation: explanationShown(),
        curves: seen.map(curveShown),
      });
    }
    watch.end();
    compareWithRest(slider, moves, seen);
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    for (const move of moves) {
      move.curves = move.curves.length;
      move.explanation = { sum: move.explanation.sum, of: move.explanation.of };
    }
    return moves;
  }

  /* Each value once more, let go of there, when all is painted anew: was it shown in the drag? */
  function compareWithRest(slider, moves, seen) {
    for (const move of moves) {
      slider.value = move.value;
      slider.dispatchEvent(new Event("change", { bubbles: true }));
      const { parts } = explanationShown();
      const both = Object.entries(move.explanation.parts).filter(([name]) => name in parts);
      move.explained = both.length > 0 && both.every(([name, text]) => parts[name] === text);
      move.drawn = seen.every((curve, i) => curveShown(curve) === move.curves[i]);
    }
  }

  /* What the clock counts in, in milliseconds. */
  function clockStep() {
    let least = Infinity;
    for (let i = 0; i < 200; i++) {
      const begin = performance.now();
      let now = begin;
      while (now === begin) now = performance.now();
      least = Math.min(least, now - begin);
    }
    return least;
  }

  /* Many events, some a frame: only to see what is left of them. */
  async function shake(feature, count) {
    const slider = sliderOf(feature);
    const values = valuesOf(feature, count);
    for (let i = 0; i < count; i++) {
      if (i % 10 === 0) await frameBegins();
      slider.value = values[i];
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }

  window.bench = { drag, shake, places, clockStep };
})();
