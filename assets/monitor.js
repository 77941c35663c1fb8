/* The Monitor page: its address holds what is shown; its clock stands still where nobody looks. */
(function () {
  "use strict";

  const PATH = "/monitor";
  const CLOCK = "monitor-clock";

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.monitor = {
    /* Note in the address what is chosen; gives whether the two times are hidden. */
    address: function (span, since, until, model, source) {
      const isCustom = span === "custom";
      if (location.pathname === PATH) {
        const said = isCustom ? { window: span, since, until, model, source } : { window: span, model, source };
        const query = new URLSearchParams(Object.entries(said).filter((pair) => pair[1]));
        history.replaceState(history.state, "", PATH + "?" + query);
      }
      return !isCustom;
    },

    /* Whether the clock stands still. */
    live: function (isLive) {
      return !isLive || document.hidden;
    },
  };

  document.addEventListener("visibilitychange", function () {
    const live = document.getElementById("monitor-live");
    if (!live || !window.dash_clientside.set_props) return;
    const disabled = !live.checked || document.hidden;
    const change = disabled ? { disabled } : { disabled, n_intervals: Date.now() };
    window.dash_clientside.set_props(CLOCK, change);
  });
})();
