/* The pointer on a curve: it reads the curve, and sets the value by click or drag. */

const TOUCH_SLOP = 6; // pixels until a finger drags rather than scrolls

/* Calls read(value) while the pointer is over a plot, and with null when it leaves; and
   set(value, live) by click and drag. now() is the value from before, valueAt(share) that at a
   share of the width. A finger that begins to scroll sets nothing: the browser then cancels its
   pointer, and the value from before comes back. */
export function takePointer(plot, { valueAt, read, now, set }) {
  let drag = null;
  const valueOf = function (event) {
    const box = plot.getBoundingClientRect();
    return valueAt(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
  };
  const moveTo = function (value) {
    if (drag.last === value) return;
    drag.last = value;
    set(value, true);
  };
  plot.addEventListener("pointerdown", function (event) {
    if (event.button !== 0) return;
    drag = { from: now(), begin: event.clientX, last: null, moving: event.pointerType === "mouse" };
    plot.setPointerCapture(event.pointerId);
    if (drag.moving) moveTo(valueOf(event));
  });
  plot.addEventListener("pointermove", function (event) {
    read(valueOf(event));
    if (drag === null) return;
    drag.moving = drag.moving || Math.abs(event.clientX - drag.begin) > TOUCH_SLOP;
    if (drag.moving) moveTo(valueOf(event));
  });
  plot.addEventListener("pointerup", function (event) {
    if (drag === null) return;
    drag = null;
    set(valueOf(event), false);
  });
  plot.addEventListener("pointercancel", function () {
    if (drag !== null && drag.last !== null) set(drag.from, false);
    drag = null;
  });
  plot.addEventListener("pointerleave", () => read(null));
}
