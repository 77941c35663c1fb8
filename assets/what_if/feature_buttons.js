/* Two quiet buttons beside an input: lock it, and put it back where it started. */

import { el } from "./dom.js";
import { iconButton } from "./icons.js";

/* Gives { element, paint() }. `field` gets the focus when the button that was pressed goes. */
export function featureButtons(page, state, index, field) {
  const label = page.features[index].label;
  const reset = iconButton("Reset " + label, ["reset"], {
    disabled: true,
    onclick: function () {
      state.reset(index);
      field.focus();
    },
  });
  const lock = iconButton("Lock " + label, ["unlocked", "lock"], {
    "aria-pressed": "false",
    onclick: () => state.lock(index, !state.locked.has(index)),
  });
  lock.title = "Locked, starting points and changes leave it alone";
  let [locked, moved] = [false, false];
  return {
    element: el("div", { class: "feature-buttons" }, reset, lock),
    paint: function () {
      const lockedNow = state.locked.has(index);
      if (lockedNow !== locked) lock.setAttribute("aria-pressed", String((locked = lockedNow)));
      const movedNow = !Object.is(state.row[index], state.start.row[index]);
      if (movedNow !== moved) reset.disabled = !(moved = movedNow);
    },
  };
}
