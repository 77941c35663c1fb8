/* "Was it right?", asked of an answer that the server has verified and keeps. */

import { el } from "./dom.js";
import { assign, write } from "./painting.js";

const MOST_BUTTONS = 6; // of classes; more are in a list
const FAILED = {
  404: "This answer is not kept any more.",
  429: "Not sent: too many requests for now.",
};

/* Draws into `parent`; gives paint(frame), and told(status, id) for what server.js tells of an
   answer. An id that is null says that nothing is kept: then nothing is asked. */
export function mountFeedback(parent, page) {
  const said = el("span", { role: "status" });
  const choices = el("span", { class: "feedback-choices", role: "group" });
  const link = el("a", {}, "Receipt");
  const line = el("div", { class: "feedback", "data-state": "waiting" }, said, choices, link);
  let id = null;
  let predicted = 0;
  let held = false; // the focus, by a button that has gone
  parent.append(line);

  function show(text, buttons) {
    const now = document.activeElement;
    held = choices.contains(now) || (held && now === document.body);
    write(said, text);
    choices.replaceChildren(...buttons);
    assign(choices, "aria-label", text);
    if (held && buttons.length) buttons[0].focus();
  }

  function ask() {
    show("Was it right?", [
      button("Yes", () => send({ right: true }, "Noted: it was right.")),
      button("No", page.classes.length ? askClass : () => sendTruth(null)),
    ]);
  }

  function askClass() {
    const others = page.classes.filter((_, i) => i !== predicted);
    if (others.length < 2) return sendTruth(others[0] || null);
    const unknown = button("I do not know", () => sendTruth(null));
    if (others.length < MOST_BUTTONS) {
      const buttons = others.map((each) => button(each.label, () => sendTruth(each)));
      return show("What was it?", [...buttons, unknown]);
    }
    const options = others.map((each, i) => el("option", { value: i }, each.label));
    const list = el(
      "select",
      { class: "form-select", "aria-label": "What it was", onchange: () => sendTruth(others[list.value]) },
      el("option", { value: "" }, "Choose"),
      ...options,
    );
    show("What was it?", [list, unknown]);
  }

  function sendTruth(known) {
    if (!known) return send({ right: false }, "Noted: it was not right.");
    send({ right: false, truth: known.value }, "Noted: it was " + known.label + ".");
  }

  async function send(feedback, done) {
    const mine = id;
    show("Sending", []);
    const [text, sent] = await sending({ id: mine, ...feedback }, done);
    if (mine !== id) return; // of an answer that is not shown any more
    show(text, [sent ? button("Change", ask) : button("Try again", () => send(feedback, done))]);
  }

  return {
    paint: function (frame) {
      if (frame.outputs) predicted = frame.index;
    },
    told: function (status, given) {
      const verified = status.kind === "same" || status.kind === "server";
      if (verified && given === null) line.hidden = true;
      id = (verified && given) || null;
      assign(line, "data-state", id ? "there" : "waiting");
      if (!id) return;
      line.hidden = false;
      assign(link, "href", "/receipt/" + id);
      ask();
    },
  };
}

/* What to say once it is sent, and whether it was. */
async function sending(body, done) {
  try {
    const response = await fetch("/feedback", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    await response.text(); // unread, it would hold the connection
    if (response.ok) return [done, true];
    return [FAILED[response.status] || "Not sent: the server has a problem.", false];
  } catch {
    return ["Not sent: there is no connection.", false];
  }
}

function button(label, onclick) {
  return el("button", { type: "button", class: "quiet-button", onclick: onclick }, label);
}
