/* The Predict page is an application of its own: it is fetched when Dash has drawn its place. */
(function () {
  "use strict";

  let tries = 0;

  async function start() {
    const place = document.getElementById("what-if");
    if (!place) return;
    const again = tries ? "?again=" + tries : ""; // browsers remember a script that failed
    try {
      (await import(place.dataset.script + again)).attach(place);
    } catch {
      tries++;
      say(place);
    }
  }

  function say(place) {
    const text = document.createElement("p");
    text.textContent = "The page's script could not be loaded.";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pill";
    button.textContent = "Try again";
    button.addEventListener("click", function () {
      place.replaceChildren();
      start();
    });
    const box = document.createElement("section");
    box.className = "card-box what-if-failed";
    box.setAttribute("role", "alert");
    box.append(text, button);
    place.replaceChildren(box);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    what_if: {
      /* What Dash calls whenever it has drawn the page. */
      start: function () {
        requestAnimationFrame(start);
      },
    },
  });
})();
