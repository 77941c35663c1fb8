/* Where visitors choose or drop files of their own: the Spark and the Hardware page have such places. */
(function () {
  "use strict";

  /* The place of a page: #NAME-drop with its button #NAME-choose, and #NAME-refused for what is
     refused. `input` holds properties of the file input; `bring` gets the list of files. Gives
     say(text), which shows why files were refused, or nothing more with "". */
  window.dropPlace = function (name, input, bring) {
    document.addEventListener("click", function (event) {
      if (!event.target.closest(`#${name}-choose`)) return;
      const chosen = Object.assign(document.createElement("input"), { type: "file" }, input);
      chosen.addEventListener("change", () => bring(chosen.files));
      chosen.click();
    });

    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      document.addEventListener(kind, function (event) {
        const place = event.target.closest && event.target.closest(`#${name}-drop`);
        if (!place) return;
        event.preventDefault();
        place.classList.toggle("drop-active", kind === "dragenter" || kind === "dragover");
        if (kind === "drop") bring(event.dataTransfer.files);
      });
    }

    return function (text) {
      const notice = document.createElement("div");
      notice.className = "notice notice-bad";
      notice.textContent = text;
      document.getElementById(`${name}-refused`).replaceChildren(...(text ? [notice] : []));
    };
  };
})();
