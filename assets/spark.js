/* A visitor's log: chosen or dropped, refused where it is too large, and handed to Dash. */
(function () {
  "use strict";

  const MAX_MB = 16; // dashboard/uploads.py has the same

  const say = window.dropPlace("spark", { multiple: true }, bring); // assets/drop.js

  async function bring(list) {
    const files = Array.from(list);
    if (!files.length) return;
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (bytes > MAX_MB * 2 ** 20) {
      return say("The log is larger than " + MAX_MB + " MB. Pack it with zstd, or run: python -m pipeline application EVENT_LOG");
    }
    try {
      const contents = await Promise.all(files.map(asText));
      say("");
      const names = files.map((file) => file.name);
      window.dash_clientside.set_props("spark-log", { data: { names, contents, at: Date.now() } });
    } catch {
      say("The browser cannot read this file. A folder has to be opened, and its files chosen.");
    }
  }

  function asText(file) {
    return new Promise(function (resolve, reject) {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = reject;
      reader.readAsDataURL(file);
    });
  }
})();
