/* The shell in the browser: theme, drawer, menus, links without reloading. Buttons say what they do in data-k-do; every
   script here answers through `kindred.does`, so that what a callback draws later works without wiring. */
(function () {
  "use strict";
  var root = document.documentElement;
  var kindred = (window.kindred = window.kindred || { does: {} });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.kindred = {};

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-k-do]");
    if (button && kindred.does[button.dataset.kDo]) {
      kindred.does[button.dataset.kDo](button, event);
      return;
    }
    closeMenus(null);
    follow(event);
  });

  /* Our own links change the page without loading it anew; new tab, download and other sites stay the browser's. */
  function follow(event) {
    var link = event.target.closest("a[href]");
    var plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.defaultPrevented);
    if (!link || !plain || link.target || link.hasAttribute("download") || link.dataset.kReload !== undefined) return;
    if (link.origin !== location.origin || link.hash || /^\/(assets|_dash|api|download)/.test(link.pathname)) return;
    event.preventDefault();
    history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  /* Called when the address changed: the error of the page before is gone, focus starts at the new content. */
  var first = true;
  window.dash_clientside.kindred.arrived = function () {
    drawer(false);
    document.querySelectorAll(".k-switch[open]").forEach(function (list) { list.open = false; });
    if (!first) document.getElementById("main").focus({ preventScroll: true });
    first = false;
    return [];
  };

  /* A server that does not answer, or fails before our error boundary, is said too. */
  var leaving = false, fetchAsBefore = window.fetch;
  window.addEventListener("pagehide", function () { leaving = true; });
  window.addEventListener("pageshow", function () { leaving = false; });
  window.fetch = function (address) {
    var answer = fetchAsBefore.apply(window, arguments);
    if (String(address).indexOf("_dash-update-component") < 0) return answer;
    return answer.then(function (response) {
      if (response.status >= 500) unanswered("The server could not answer (" + response.status + ")");
      return response;
    }, function (error) {
      if (!leaving && error.name !== "AbortError") unanswered("The server does not answer");
      throw error;
    });
  };

  function unanswered(title) {
    function part(type, props) { return { type: type, namespace: "dash_html_components", props: props }; }
    var words = [part("Strong", { children: title }), "Is Kindred still running? Your data is safe; load the page again when it is."];
    var icon = part("I", { className: "k-ico k-ico-info", "aria-hidden": "true" });
    var note = part("Div", { className: "alert", role: "alert", children: [icon, part("Div", { children: words })] });
    window.dash_clientside.set_props("shell--errors", { children: note });
  }

  /* What travelled as text (components/markup.py) comes into its place before anything is painted. */
  function place(element) { element.innerHTML = element.dataset.kHtml; }
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.type === "attributes") { if (change.target.dataset.kHtml !== undefined) place(change.target); return; }
      change.addedNodes.forEach(function (node) {
        if (node.nodeType !== Node.ELEMENT_NODE) return;
        if (node.dataset.kHtml !== undefined) place(node);
        else node.querySelectorAll("[data-k-html]").forEach(place);
      });
    });
  }).observe(root, { childList: true, subtree: true, attributeFilter: ["data-k-html"] });

  /* Theme: the attributes carry the page; figures are redrawn with the colours of the other theme. */
  kindred.does.theme = function () {
    setTheme(root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark");
    try { localStorage.setItem("kindred-theme", root.getAttribute("data-bs-theme")); } catch (refused) { /* private window: the cookie is enough */ }
  };

  function setTheme(theme) {
    root.setAttribute("data-bs-theme", theme);
    root.setAttribute("data-ag-theme-mode", theme);
    document.cookie = "kindred-theme=" + theme + "; path=/; max-age=31536000; samesite=lax";
    var light = JSON.parse(document.getElementById("k-swaps").textContent), swaps = light;
    if (theme === "light") {
      swaps = {};
      Object.keys(light).forEach(function (colour) { swaps[light[colour]] = colour; });
    }
    document.querySelectorAll(".dash-graph").forEach(function (element) {
      var drawn = element.querySelector(".js-plotly-plot");
      if (!drawn || !drawn.layout) return;
      var id = element.id.charAt(0) === "{" ? JSON.parse(element.id) : element.id;
      var figure = { data: swapped(drawn.data, swaps), layout: swapped(drawn.layout, swaps) };
      if (drawn._transitionData && drawn._transitionData._frames.length) figure.frames = drawn._transitionData._frames;
      window.dash_clientside.set_props(id, { figure: figure });
    });
  }

  function swapped(value, swaps) {
    if (typeof value === "string") return value.length > 400 ? value : value.replace(/#[0-9a-f]{6}/g, function (colour) { return swaps[colour] || colour; });
    if (Array.isArray(value)) return value.length > 200 ? value : value.map(function (item) { return swapped(item, swaps); });
    if (value && value.constructor === Object) {
      var copy = {};
      Object.keys(value).forEach(function (key) { if (key.charAt(0) !== "_") copy[key] = swapped(value[key], swaps); });
      return copy;
    }
    return value; /* numbers, typed arrays */
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function (event) {
    var stored = null;
    try { stored = localStorage.getItem("kindred-theme"); } catch (refused) { stored = null; }
    if (!stored) setTheme(event.matches ? "dark" : "light");
  });

  /* The sidebar as a drawer on a phone. */
  function drawer(open) {
    var button = document.querySelector("[data-k-do=drawer][aria-expanded]");
    if (!button) return;
    var was = root.classList.contains("k-drawer-open");
    root.classList.toggle("k-drawer-open", open);
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-label", open ? "Close menu" : "Open menu");
    var column = document.querySelector(".k-main");
    if (column) column.inert = open;
    if (open) document.querySelector("#k-side a, #k-side summary").focus();
    else if (was) button.focus();
  }
  kindred.does.drawer = function () { drawer(!root.classList.contains("k-drawer-open")); };
  matchMedia("(min-width: 761px)").addEventListener("change", function (event) { if (event.matches) drawer(false); });

  /* Small menus (download). */
  function closeMenus(except) {
    document.querySelectorAll("[data-k-do=menu][aria-expanded=true]").forEach(function (opener) {
      if (opener === except) return;
      opener.setAttribute("aria-expanded", "false");
      opener.nextElementSibling.hidden = true;
    });
  }
  kindred.closeMenus = closeMenus;
  kindred.does.menu = function (opener) {
    var open = opener.getAttribute("aria-expanded") !== "true";
    closeMenus(opener);
    opener.setAttribute("aria-expanded", String(open));
    opener.nextElementSibling.hidden = !open;
    if (open) opener.nextElementSibling.querySelector("button").focus();
  };

  /* A tip stands beside its word and inside the window, also where the word is in a table that scrolls. */
  function placeTip(event) {
    var wrap = event.target.closest && event.target.closest(".k-term-wrap"), tip = wrap && wrap.querySelector(".k-tip");
    if (!tip || tip.contains(event.target)) return;
    tip.removeAttribute("style");
    if (window.innerWidth <= 760) return;
    var word = wrap.getBoundingClientRect();
    tip.style.position = "fixed";
    tip.style.right = "auto";
    var size = tip.getBoundingClientRect(), below = word.bottom + 6;
    var above = below + size.height > window.innerHeight && word.top - 6 - size.height > 0;
    tip.style.left = Math.max(8, Math.min(word.left, window.innerWidth - size.width - 8)) + "px";
    tip.style.top = (above ? word.top - 6 - size.height : below) + "px";
  }
  document.addEventListener("mouseover", placeTip);
  document.addEventListener("focusin", placeTip);

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var opener = document.querySelector("[data-k-do=menu][aria-expanded=true]");
    var list = document.querySelector(".k-switch[open]");
    if (opener) { closeMenus(null); opener.focus(); }
    else if (list) { list.open = false; list.querySelector("summary").focus(); }
    else if (root.classList.contains("k-drawer-open")) drawer(false);
    else if (document.activeElement && document.activeElement.classList.contains("k-term")) document.activeElement.blur();
    else if (kindred.escapeData) kindred.escapeData(event);
  });
  document.addEventListener("click", function (event) {
    document.querySelectorAll(".k-switch[open]").forEach(function (list) { if (!list.contains(event.target)) list.open = false; });
  });
})();
