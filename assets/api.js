/* The API page: choose what to ask and in which language, copy it, send it from here. */
(function () {
  "use strict";

  const SHOWN_MS = 1600;

  /* What is pressed, by group: {kind: "row", language: "curl"}. */
  function chosen() {
    const found = {};
    document.querySelectorAll("[data-choose][aria-pressed=true]").forEach(function (button) {
      found[button.dataset.choose] = button.dataset.value;
    });
    return found;
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-choose], [data-copy], #api-try");
    if (!button) return;
    if (button.id === "api-try") send(button);
    else if ("copy" in button.dataset) copy(button);
    else choose(button);
  });

  function choose(button) {
    for (const other of button.parentElement.children) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    const now = chosen();
    document.querySelectorAll(".listing-box").forEach(function (box) {
      box.hidden =
        box.dataset.forKind !== now.kind ||
        ("forLanguage" in box.dataset && box.dataset.forLanguage !== now.language);
    });
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code); // without leave to copy, one key is left to press
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), SHOWN_MS);
  }

  async function send(button) {
    const status = document.getElementById("api-status");
    const kind = chosen().kind;
    const asked = JSON.parse(status.dataset.requests)[kind];
    button.disabled = true;
    const begin = performance.now();
    try {
      const response = await fetch(asked.path, {
        method: "POST",
        headers: asked.headers,
        body: asked.body,
      });
      const text = await response.text();
      const ms = performance.now() - begin;
      const bytes = new Blob([text]).size;
      status.textContent =
        `${response.status} ${response.statusText}`.trim() +
        ` · ${ms.toFixed(ms < 10 ? 1 : 0)} ms there and back · ${bytes.toLocaleString("en")} bytes`;
      status.classList.toggle("bad", !response.ok);
      show(kind, response.headers.get("Content-Type") || "", text);
    } catch {
      status.textContent = "No connection. What you see is the last answer.";
      status.classList.add("bad");
    }
    button.disabled = false;
  }

  function show(kind, type, text) {
    const box = document.querySelector(`.api-answer .listing-box[data-for-kind="${kind}"]`);
    const pretty = type.includes("json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
    box.querySelector("code").textContent = pretty;
  }
})();
