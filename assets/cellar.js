/* The shell's few habits: links within the page, light and dark, lost connections, CSV. */
(function () {
  "use strict";

  const root = document.documentElement;

  // -- Links stay within the page; Dash listens to this event for its own links too.

  document.addEventListener("click", async function (event) {
    const link = event.target.closest("a[href^='/']");
    const plain = !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0;
    if (!link || !plain || event.defaultPrevented || link.hasAttribute("data-outside")) return;
    event.preventDefault();
    try {
      await laterScripts();
    } catch {
      location.assign(link.href);
      return;
    }
    if (link.href !== location.href) history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
    markCurrent();
  });

  /* What only other pages need is fetched when one goes to one: once. */
  let fetched = null;
  function laterScripts() {
    const listed = JSON.parse(document.getElementById("later-scripts").textContent);
    fetched = fetched || Promise.all(listed.map(script));
    return fetched;
  }

  function script(address) {
    return new Promise(function (resolve, reject) {
      const element = document.createElement("script");
      element.src = address;
      element.onload = resolve;
      element.onerror = reject;
      document.head.append(element);
    });
  }

  function markCurrent() {
    document.querySelectorAll(".site-nav a").forEach(function (link) {
      if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    revealCurrent();
  }
  window.addEventListener("popstate", markCurrent);

  /* On a phone the navigation scrolls: the page that is shown has its link in view. */
  function revealCurrent() {
    const link = document.querySelector('.site-nav [aria-current="page"]');
    if (!link) return;
    const nav = link.closest(".site-nav");
    const own = link.getBoundingClientRect();
    const whole = nav.getBoundingClientRect();
    if (own.left < whole.left || own.right > whole.right) {
      nav.scrollLeft += own.left - whole.left - (whole.width - own.width) / 2;
    }
  }
  revealCurrent();

  // -- Light and dark: the choice is kept for a year; open charts are restyled in place.

  function show(mode) {
    root.setAttribute("data-bs-theme", mode);
    document.cookie = "shown-theme=" + mode + "; path=/; samesite=lax";
    const template = JSON.parse(document.getElementById("chart-templates").textContent)[mode];
    document.querySelectorAll(".js-plotly-plot").forEach(function (plot) {
      window.Plotly.relayout(plot, { template: template });
    });
  }

  document.getElementById("mode-switch").addEventListener("click", function () {
    const mode = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    document.cookie = "theme=" + mode + "; path=/; max-age=31536000; samesite=lax";
    show(mode);
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function (system) {
    if (!/(?:^|; )theme=/.test(document.cookie)) show(system.matches ? "dark" : "light");
  });

  // -- A calm line while the server cannot be reached, or fails.

  const line = document.getElementById("connection");
  const fetchNow = window.fetch;
  window.fetch = async function (...request) {
    const address = String(request[0] && request[0].url ? request[0].url : request[0]);
    if (!address.includes("/_dash-")) return fetchNow.apply(this, request);
    try {
      const response = await fetchNow.apply(this, request);
      tell(response.status < 500 ? "" : failed(response.headers.get("X-Error-Id")));
      return response;
    } catch (error) {
      if (error.name !== "AbortError") {
        tell("No connection. What you see is the last answer; moving a slider tries again.");
      }
      throw error;
    }
  };

  function failed(id) {
    const which = id ? " (error " + id + ")" : "";
    return "The server had a problem" + which + ". What you see is the last answer.";
  }

  function tell(text) {
    if (line.textContent === text) return;
    line.textContent = text;
    line.hidden = !text;
  }

  // -- "Download CSV" saves the table of its card with every digit.

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-save-csv]");
    if (!button) return;
    const table = button.parentElement.querySelector("table[data-csv]");
    if (!table) return;
    const lines = Array.from(table.rows, function (row) {
      return Array.from(row.cells, cellText).join(",");
    });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = table.dataset.csv + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) print();
  });

  // -- A heading that is a button sorts its table: down first where there are numbers.

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-sort]");
    if (!button) return;
    const heading = button.closest("th");
    const table = heading.closest("table");
    const column = heading.cellIndex;
    const keys = new Map();
    for (const row of table.tBodies[0].rows) keys.set(row, cellText(row.cells[column]));
    const numbers = [...keys.values()].every((text) => text === "" || !isNaN(text));
    const before = heading.getAttribute("aria-sort");
    const down = before ? before === "ascending" : numbers;
    table.querySelectorAll("th[aria-sort]").forEach((th) => th.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...keys.keys()].sort(function (a, b) {
      const [x, y] = [keys.get(a), keys.get(b)];
      if (x === "" || y === "") return (x === "") - (y === ""); // what is missing comes last
      return (numbers ? x - y : x.localeCompare(y)) * (down ? -1 : 1);
    });
    table.tBodies[0].append(...rows);
  });

  function cellText(cell) {
    const exact = cell.dataset.value;
    const text = exact !== undefined ? exact : cell.textContent === "–" ? "" : cell.textContent;
    return /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }
})();
