/* The Predict page is an application of its own: it is fetched when Dash has drawn
   its place. Pages are drawn into one element, so that to watch its children is enough. */
(function () {
  "use strict";

  let tries = 0;

  async function start(place) {
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
      start(place);
    });
    const box = document.createElement("section");
    box.className = "card-box what-if-failed";
    box.setAttribute("role", "alert");
    box.append(text, button);
    place.replaceChildren(box);
  }

  const pages = new MutationObserver(look);
  const first = new MutationObserver(watchPages);
  const opening = new MutationObserver(look);

  function look() {
    opening.disconnect();
    const place = document.getElementById("what-if");
    const wait = document.getElementById("predict-opening");
    if (place) start(place);
    else if (wait) opening.observe(wait, { childList: true, subtree: true });
  }

  function watchPages() {
    const drawn = document.getElementById("_pages_content");
    if (!drawn) return;
    first.disconnect();
    pages.observe(drawn, { childList: true });
    look();
  }

  first.observe(document.getElementById("react-entry-point"), { childList: true, subtree: true });
})();
