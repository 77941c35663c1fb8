/* A log that is too large is refused before it is sent; the limit is that of the page's caption. */
(function () {
  "use strict";

  const MAX_MB = 16; // dashboard/uploads.py has the same

  function check(event) {
    if (!event.target.closest || !event.target.closest("#spark-upload")) return;
    const files = event.dataTransfer ? event.dataTransfer.files : event.target.files;
    const bytes = Array.from(files || [], (file) => file.size).reduce((a, b) => a + b, 0);
    if (bytes <= MAX_MB * 2 ** 20) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    const notice = document.createElement("div");
    notice.className = "notice notice-bad";
    notice.textContent =
      "The log is larger than " + MAX_MB + " MB. Pack it with zstd, or run: python -m pipeline application EVENT_LOG";
    document.getElementById("spark-refused").replaceChildren(notice);
  }

  document.addEventListener("drop", check, true);
  document.addEventListener("change", check, true);
})();
