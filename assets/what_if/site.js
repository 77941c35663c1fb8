/* The page within the site: it begins before Dash is there, and moves into what Dash draws. */

import { writeAddress } from "./address.js";
import { mount } from "./app.js";
import { el } from "./dom.js";
import { mountFeedback } from "./feedback.js";
import { paced } from "./pace.js";
import { requestOf } from "./request.js";
import { createRemoteModel, createVerifier } from "./server.js";

const BETWEEN_TELLS_MS = 100;
const EARLY_PLACE = "what-if-early"; // templates/shell.html
const DASH_PLACE = "what-if"; // dashboard/pages/predict.py
const DASH_STORE = "predict-values";

let shownPage = null; // { address, root, state }: state is null until the document is here

/* Begin with a document, in the place that the shell of the page has, and move to Dash's as soon as
   it is drawn: before it is painted, so that what is being dragged or typed into stays. */
export function begin(page) {
  const early = document.getElementById(EARLY_PLACE);
  const root = el("div", { class: "what-if-root" });
  shownPage = { address: early.dataset.document, root: root, state: null };
  early.append(root);
  showPage(shownPage, page, othersOf(early));
  const observer = new MutationObserver(function () {
    const place = document.getElementById(DASH_PLACE);
    if (!place) return;
    observer.disconnect();
    attach(place);
  });
  observer.observe(document.getElementById("react-entry-point"), {
    childList: true,
    subtree: true,
  });
}

/* Show the page whose document the element names in it. A visitor who comes back finds what they
   left, unless the address says otherwise. */
export function attach(place) {
  const address = place.dataset.document;
  if (!shownPage || shownPage.address !== address) {
    shownPage = { address: address, root: el("div", { class: "what-if-root" }), state: null };
    fillPage(shownPage, othersOf(place));
  } else if (shownPage.state && !shownPage.root.isConnected) {
    comeBack(shownPage.state);
  }
  putInto(shownPage.root, place);
  if (shownPage.state) followInDash(shownPage.state);
}

function othersOf(place) {
  return JSON.parse(place.dataset.others || "[]");
}

function comeBack(state) {
  if (location.search) {
    state.load(location.search);
    return;
  }
  const query = writeAddress(state.engine.page, state);
  if (query) history.replaceState(history.state, "", "?" + query);
}

/* Move an element with what has the focus in it. */
function putInto(root, place) {
  if (root.parentElement === place) return;
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  if (place.moveBefore && root.isConnected) place.moveBefore(root, null);
  else place.append(root);
  if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

async function fillPage(shown, others) {
  let page;
  try {
    page = await loadDocument(shown.address);
  } catch (error) {
    const again = error.status === 404 ? () => location.reload() : () => fillPage(shown, others);
    shown.root.replaceChildren(failureBox(error, again));
    return;
  }
  showPage(shown, page, others);
}

function showPage(shown, page, others) {
  page.others = others;
  shown.root.replaceChildren();
  const state = mount(shown.root, page, {
    search: location.search,
    server: {
      verifier: createVerifier,
      model: createRemoteModel,
      load: loadDocument,
      feedback: mountFeedback,
    },
  });
  shown.state = state;
  state.subscribe(() => followInDash(state));
  addEventListener("online", () => shown.root.isConnected && state.show());
  followInDash(state);
}

/* A document of the server. Throws TypeError without a connection, and an Error with a `status`. */
async function loadDocument(address) {
  const response = await fetch(address);
  if (!response.ok) throw Object.assign(new Error(), { status: response.status });
  return response.json();
}

function failureBox(error, again) {
  const gone = error.status === 404;
  return el(
    "section",
    { class: "card-box what-if-failed", role: "alert" },
    el("p", {}, gone ? "A newer model is live than the one of this page." : NOT_LOADED),
    el(
      "button",
      { type: "button", class: "pill", onclick: again },
      gone ? "Load the page again" : "Try again",
    ),
  );
}

const NOT_LOADED = "The page's model could not be loaded. It is asked for again with the button.";

/* Dash's store follows the row, at most ten times a second, and always to the last one. */
const followInDash = paced(BETWEEN_TELLS_MS, function (state) {
  const dash = window.dash_clientside;
  if (!dash || !dash.set_props || !document.getElementById(DASH_PLACE)) return;
  const told = Object.entries(requestOf(state.engine.page, state.row));
  const data = Object.fromEntries(told.map(([name, value]) => [name, usableInJson(value)]));
  dash.set_props(DASH_STORE, { data: data });
});

/* JSON has no NaN. */
function usableInJson(value) {
  return Number.isNaN(value) ? null : value;
}
