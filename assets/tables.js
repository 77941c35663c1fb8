/* Large tables: drawn from their data when what folds them away is opened, or their data changes. */
(function () {
  "use strict";

  document.addEventListener(
    "toggle",
    function (event) {
      if (event.target.open) event.target.querySelectorAll("[data-table]").forEach(draw);
    },
    true,
  );

  // Another choice gives the element other data, or puts another element in its place.
  new MutationObserver(function (changes) {
    for (const change of changes) {
      if (change.type === "attributes") drawOpen(change.target);
      for (const added of change.addedNodes) {
        if (added.nodeType !== Node.ELEMENT_NODE) continue;
        if (added.matches("[data-table]")) drawOpen(added);
        added.querySelectorAll("[data-table]").forEach(drawOpen);
      }
    }
  }).observe(document.documentElement, {
    attributeFilter: ["data-table"],
    childList: true,
    subtree: true,
  });

  function drawOpen(place) {
    if (place.closest("details[open]")) draw(place);
  }

  function draw(place) {
    const { caption, name, columns, rows } = JSON.parse(place.dataset.table);
    const table = element("table", "data-table sortable");
    table.dataset.csv = name;
    const said = element("caption", "visually-hidden", caption);
    const numeric = columns.map((_, i) => rows.some((row) => typeof row[i] === "number"));
    const head = element("thead");
    head.append(element("tr"));
    columns.forEach(function (column, i) {
      const heading = element("th", numeric[i] ? "num" : "");
      heading.scope = "col";
      const button = element("button", "", column);
      button.type = "button";
      button.dataset.sort = "";
      heading.append(button);
      head.firstChild.append(heading);
    });
    const body = element("tbody");
    for (const row of rows) {
      const line = element("tr");
      line.append(...row.map((value, i) => cell(value, i === 0, numeric[i])));
      body.append(line);
    }
    table.append(said, head, body);
    place.replaceChildren(table);
  }

  function cell(value, first, numeric) {
    if (first) {
      const name = element("th", "", String(value));
      name.scope = "row";
      return name;
    }
    const made = element("td", numeric ? "num" : "");
    if (value === null) {
      made.textContent = "–";
    } else if (typeof value === "number") {
      made.dataset.value = String(value);
      const digits = Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 };
      made.textContent = value.toLocaleString("en-GB", digits);
    } else if (value.address) {
      const link = element("a", "", value.text);
      link.href = value.address;
      link.target = "_blank";
      link.rel = "noreferrer";
      made.dataset.value = value.address;
      made.append(link);
    } else {
      made.textContent = value.text || value;
      if (value.value !== undefined) made.dataset.value = String(value.value);
      made.title = made.textContent;
    }
    return made;
  }

  function element(kind, name = "", text = "") {
    const made = document.createElement(kind);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  }
})();
