(function () {
  var kept = /(?:^|; )theme=(light|dark)/.exec(document.cookie);
  var system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  var mode = kept ? kept[1] : system;
  document.documentElement.setAttribute("data-bs-theme", mode);
  document.cookie = "shown-theme=" + mode + "; path=/; samesite=lax";
})();
