/* The address bar says the state, and the browser's Back goes through it. */

import { readAddress, writeAddress } from "./address.js";

const ADDRESS_QUIET_MS = 400;

/* Write the address after changes, and follow Back and Forward, while `element` is in the page.

   A jump, such as a preset, is a step of its own for Back; all else replaces the last step once
   it rests. It is the query that is written, and in a file whose browser will not have that, the
   fragment. Listeners end with `signal`. */
export function keepAddress(element, page, state, signal) {
  const path = location.pathname;
  let said = queryInAddress();
  let rested = null; // the address of the last state that was at rest
  let waiting = 0;
  if (!location.search && said) state.load(said);
  state.subscribe(function (_, what) {
    if (what.live) return later();
    const before = rested;
    rested = writeAddress(page, state);
    if (what.loaded) return clearTimeout(waiting);
    if (!what.jump) return later();
    if (waiting && before !== null) write("replaceState", before);
    write("pushState", rested);
  });
  window.addEventListener(
    "popstate",
    function () {
      const query = queryInAddress();
      if (!isHere() || query === said) return;
      said = query;
      state.load(query);
    },
    { signal: signal },
  );

  /* Another page may be showing by now. */
  function isHere() {
    return element.isConnected && location.pathname === path;
  }

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(() => write("replaceState", writeAddress(page, state)), ADDRESS_QUIET_MS);
  }

  function write(way, query) {
    clearTimeout(waiting);
    waiting = 0;
    if (!isHere() || query === said) return;
    said = query;
    try {
      const address = path + (query && "?") + query;
      window.history[way](window.history.state, "", address + fragmentToKeep());
    } catch {
      window.history[way](window.history.state, "", "#" + query);
    }
  }
}

/* What the address says: its query, or in a file its fragment. */
function queryInAddress() {
  const text = location.search.slice(1);
  return text || location.protocol !== "file:" ? text : location.hash.slice(1);
}

function fragmentToKeep() {
  return location.protocol === "file:" ? "" : location.hash;
}
