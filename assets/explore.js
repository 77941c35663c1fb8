/* The Explore page: its address holds what is shown, so that a view can be linked and gone back to. */
(function () {
  "use strict";

  const PATH = "/explore";
  let follows = false; // a picker that follows the address must not write it

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.explore = {
    address: function (table, by, column, compare, profile) {
      if (follows) {
        follows = false;
        return;
      }
      const triggered = window.dash_clientside.callback_context.triggered;
      const changed = triggered.map(function (one) {
        return one.prop_id.split(".")[0];
      });
      const moves = changed.includes("explore-table") && table !== profile;
      const said = moves ? { profile: table } : { profile, by, column, compare };
      const query = new URLSearchParams(
        Object.entries(said).filter(function (pair) {
          return pair[1] && pair[1] !== "-";
        }),
      );
      const target = PATH + "?" + query;
      if (target === location.pathname + location.search) return;
      history.pushState({}, "", target);
      // Another column is drawn in place; another table or grouping is another page.
      if (moves || changed.includes("explore-by") || changed.includes("explore-compare")) {
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      }
    },
  };

  function follow() {
    const drawn = document.querySelector("[data-column]");
    const picker = document.getElementById("explore-column");
    if (location.pathname !== PATH || !drawn || !picker) return;
    const known = Array.from((picker.list || picker).querySelectorAll("option"), function (option) {
      return option.value;
    });
    const asked = new URLSearchParams(location.search).get("column");
    const column = known.includes(asked) ? asked : drawn.dataset.column;
    if (picker.value === column) return;
    follows = true;
    window.dash_clientside.set_props("explore-column", { value: column });
  }
  window.addEventListener("popstate", follow);
  window.addEventListener("_dashprivate_pushstate", follow);
})();
