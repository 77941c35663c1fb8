/* A visitor's log: chosen or dropped, refused where it is too large, and handed to Dash. */
(function () {
  "use strict";

  const MAX_MB = 16; // dashboard/uploads.py has the same

  function zone(event) {
    return event.target.closest && event.target.closest("#spark-drop");
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest("#spark-choose")) return;
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.addEventListener("change", () => bring(input.files));
    input.click();
  });

  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, function (event) {
      const place = zone(event);
      if (!place) return;
      event.preventDefault();
      place.classList.toggle("drop-active", name === "dragenter" || name === "dragover");
      if (name === "drop") bring(event.dataTransfer.files);
    });
  }

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

  function say(text) {
    const notice = document.createElement("div");
    notice.className = "notice notice-bad";
    notice.textContent = text;
    document.getElementById("spark-refused").replaceChildren(...(text ? [notice] : []));
  }
})();
