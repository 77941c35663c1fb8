/* Before any script of a page: when does an input that is moved change the shown answer?

   Looks at each frame, as soon as there is one. site: { control, value, answer, expected }. */
(function (site) {
  "use strict";

  let moved = false;

  function shown() {
    return Array.from(document.querySelectorAll(site.answer), (part) => part.textContent).join(" ");
  }

  /* As a person's own movement: the frameworks of some pages ask what was set with this setter. */
  function move(control) {
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    set.call(control, site.value);
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function look() {
    const control = document.querySelector(site.control);
    if (control && !moved) {
      moved = true;
      bench.controlMs = performance.now();
      move(control);
    }
    if (moved && shown() === site.expected) bench.usableMs = performance.now();
    else requestAnimationFrame(look);
  }

  const bench = { controlMs: null, usableMs: null, shown, move: () => move(document.querySelector(site.control)) };
  window.bench = bench;
  if (site.expected !== null) requestAnimationFrame(look);
})
