/* The answer: the predicted class or number, its probabilities, and how clear the call is. */

import { el } from "./dom.js";

/* Draws the card into `parent`; gives paint(frame). */
export function mountAnswer(parent, page, state) {
  const text = el("p", { class: "answer-name" });
  parent.append(text);
  return function paint(frame) {
    const name = page.classes.length ? page.classes[frame.index].label : page.target;
    text.textContent = frame.missing.length ? "–" : name + " " + frame.outputs[frame.index];
  };
}
