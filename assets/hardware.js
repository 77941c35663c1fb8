/* The Hardware page: a visitor's file of results, and the way from a published mark to its source. */
(function () {
  "use strict";

  const MAX_MB = 2; // store/benchmark_check.py has the same

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.hardware = {
    source: function (clicked) {
      const mark = clicked && clicked.points[0].customdata;
      const address = mark ? mark[mark.length - 1] : null;
      if (address) window.open(address, "_blank", "noopener,noreferrer");
      return address;
    },
  };

  const say = window.dropPlace("hardware", { accept: ".json,application/json" }, bring); // assets/drop.js

  async function bring([file]) {
    if (!file) return;
    if (file.size > MAX_MB * 2 ** 20) {
      return say("The file is larger than " + MAX_MB + " MB, so it is no file of results.");
    }
    try {
      const brought = { name: file.name, text: await file.text(), at: Date.now() };
      say("");
      window.dash_clientside.set_props("hardware-brought", { data: brought });
    } catch {
      say("The browser cannot read this file.");
    }
  }
})();
