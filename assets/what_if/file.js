/* The page as a file of its own: the document stands in it, and there is no server. */

import { mount } from "./app.js";

const MODE_KEY = "cellar-lab-mode";

/* Draw the page, and let the button switch between light and dark. */
export function begin() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = (mode) => root.setAttribute("data-bs-theme", mode);
  show(keptMode() || (dark.matches ? "dark" : "light"));
  document.getElementById("mode-switch").addEventListener("click", function () {
    const mode = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    show(mode);
    keepMode(mode);
  });
  const place = document.getElementById("what-if");
  const page = JSON.parse(document.getElementById("what-if-document").textContent);
  mount(place, page, { exported: true, search: location.search || place.dataset.search });
}

/* A browser may keep nothing for files. */
function keptMode() {
  try {
    return localStorage.getItem(MODE_KEY);
  } catch {
    return null;
  }
}

function keepMode(mode) {
  try {
    localStorage.setItem(MODE_KEY, mode);
  } catch {
    return;
  }
}
