(function () {
  var kept = /(?:^|; )theme=(light|dark)/.exec(document.cookie);
  var system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  var mode = kept ? kept[1] : system;
  document.documentElement.setAttribute("data-bs-theme", mode);
  document.cookie = "shown-theme=" + mode + "; path=/; samesite=lax";

  // The scripts of a page that starts early wait until its application is painted.
  addEventListener("load", function () {
    var waiting = document.getElementById("waiting-scripts");
    if (!waiting) return;
    if (document.hidden) run(waiting);
    else requestAnimationFrame(function () { setTimeout(run, 0, waiting); });
  });

  // In their order; the inline one, which begins with Dash, after the last of the others.
  function run(waiting) {
    var scripts = Array.from(waiting.content.querySelectorAll("script"), copied);
    var fetched = scripts.filter(function (script) { return script.src; });
    fetched[fetched.length - 1].onload = function () {
      document.body.append.apply(document.body, scripts.filter(function (script) { return !script.src; }));
    };
    document.body.append.apply(document.body, fetched);
  }

  function copied(given) {
    var script = document.createElement("script");
    script.async = false;
    Array.from(given.attributes).forEach(function (one) { script.setAttribute(one.name, one.value); });
    script.text = given.text;
    return script;
  }
})();
