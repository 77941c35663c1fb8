/* The line under an answer that says whether the server confirms it. */

import { writeAddress } from "./address.js";
import { showVerification } from "./answer.js";
import { el } from "./dom.js";

const SAID_REMOTELY = "Answers come from the server: this kind of model cannot run in the browser.";

/* What says in `line` what server.js tells of an answer. */
export function verificationTeller(line, page, state) {
  return function tell(status) {
    const alone = page.flat ? "The page answers on its own" : "this is the last answer";
    switch (status.kind) {
      case "open":
        return page.flat ? showVerification(line, "checking") : sayInLine(line, SAID_REMOTELY);
      case "same":
        return showVerification(line, "verified", status.rounded && "equal to nine digits");
      case "differs":
        return showVerification(line, "otherwise", outputsSaid(page, status.outputs));
      case "newer":
        return sayNewer(line, page, state, status.version);
      case "offline":
        return showVerification(line, "offline", alone);
      case "failed":
        return showVerification(line, "offline", `the server has a problem. ${alone}`);
      case "server":
        return sayInLine(line, SAID_REMOTELY);
    }
  };
}

function sayNewer(line, page, state, version) {
  sayInLine(line, `Version ${page.version} answers here; version ${version} is live now.`);
  line.dataset.state = "otherwise";
  line.append(" ", el("a", { href: "", onclick: loadAgain }, "Load it"));

  /* With what is set: the address may not say it yet. */
  function loadAgain(event) {
    event.preventDefault();
    const query = writeAddress(page, state);
    history.replaceState(history.state, "", location.pathname + (query && "?" + query));
    location.reload();
  }
}

function sayInLine(line, text) {
  showVerification(line, null);
  line.textContent = text;
}

/* Outputs with all of their digits, as it may be the last of them that differs. */
function outputsSaid(page, outputs) {
  if (!page.classes.length) return String(outputs[0]);
  return page.classes.map((known, i) => known.label + " " + outputs[i]).join(", ");
}
