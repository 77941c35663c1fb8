/* Copy as link, JSON or curl; ask from a program; save the page as one file. */

import { writeAddress } from "./address.js";
import { el } from "./dom.js";
import { answerOf, apiLink, curlOf, requestOf } from "./request.js";

const SAID_MS = 2400;

/* Draws into `parent`; gives paint(frame). */
export function mountShare(parent, page, state) {
  const { exported } = state.engine.options;
  let frame = null;
  let quiet = 0;
  const status = el("p", { class: "share-status", role: "status" });
  const listing = el("textarea", {
    class: "share-listing",
    readonly: true,
    rows: 6,
    hidden: true,
    "aria-label": "To be copied",
  });

  function say(text) {
    status.textContent = text;
    clearTimeout(quiet);
    quiet = setTimeout(() => (status.textContent = ""), SAID_MS);
  }

  async function copy(what, text) {
    try {
      await navigator.clipboard.writeText(text);
      listing.hidden = true;
      say(what + " copied.");
    } catch {
      listing.value = text; // without leave to copy, one key is left to press
      listing.hidden = false;
      listing.select();
      say(what + " selected: copy it with Ctrl+C.");
    }
  }

  function copier(label, what, text) {
    const onclick = () => copy(what, text());
    return el("button", { type: "button", class: "pill", onclick: onclick }, label);
  }

  const json = copier("Copy as JSON", "JSON", () => jsonText(page, frame));
  const curl = copier("Copy as curl", "Command", () => curlOf(location.origin, page, frame.row));
  const site = [
    copier("Copy link", "Link", () => linkTo(page, state)),
    json,
    curl,
    freshLink("Ask this from a program", {}, () => apiLink(page, state.row)),
  ];
  if (page.flat) {
    const attributes = { download: "", "data-outside": "" };
    site.push(freshLink("Save this page as one file", attributes, () => exportLink(page, state)));
  }
  parent.append(
    el(
      "section",
      { class: "card-box share" },
      el("div", { class: "card-heading" }, el("h2", {}, exported ? "Keep" : "Share and keep")),
      el("p", { class: "card-caption" }, exported ? KEEP_CAPTION : SHARE_CAPTION),
      el("div", { class: "pills" }, exported ? [json] : site),
      listing,
      status,
    ),
  );

  return function paint(next) {
    frame = next;
    const unknown = next.missing.length > 0 || next.waiting;
    if (json.disabled !== unknown) json.disabled = curl.disabled = unknown;
  };
}

const SHARE_CAPTION =
  "The link holds all that is set here. The file predicts, explains and draws its curves " +
  "without any server.";
const KEEP_CAPTION = "The values with their answer, as programs read them.";

/* A link whose address is made when somebody is about to use it. */
function freshLink(label, attributes, address) {
  const refresh = () => (link.href = address());
  const events = { onpointerenter: refresh, onpointerdown: refresh, onfocus: refresh };
  const link = el("a", { class: "pill", href: "", ...attributes, ...events, onclick: refresh }, label);
  refresh();
  return link;
}

function linkTo(page, state) {
  const query = writeAddress(page, state);
  return location.origin + location.pathname + (query && "?" + query);
}

function exportLink(page, state) {
  const asked = { model: page.name, state: writeAddress(page, state) };
  return "/predict/export?" + new URLSearchParams(asked);
}

function jsonText(page, frame) {
  const both = { request: requestOf(page, frame.row), answer: answerOf(page, frame.outputs) };
  return JSON.stringify(both, null, 2) + "\n";
}
