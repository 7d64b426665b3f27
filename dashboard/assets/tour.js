/* A short tour on the first visit of the overview: four notes, each beside what it is about. It takes nothing over: the page
   stays usable, Escape ends it, and all that is remembered in the browser is that it was seen. */
(function () {
  "use strict";
  var kindred = (window.kindred = window.kindred || { does: {} });
  var KEY = "kindred-tour", seen = false, panel = null, opener = null, at = 0;
  var STEPS = [
    { at: ".k-switch > summary", title: "Welcome to Kindred", text: "Here you switch between your datasets. Every page shows the one that is chosen, and its address can be shared." },
    { at: "main h1", title: "The title is the finding", text: "Every page begins with what was found; the pictures below are the proof, and each has its figures behind \u201cshow data\u201d." },
    { at: "main .k-term", title: "Dotted words explain themselves", text: "Point at one, tap it or reach it with Tab: what it means, what to mind, how it is computed. The glossary has them all." },
    { at: ".k-nav a[href^='/strategy']", title: "From segments to what you do", text: "Strategy suggests a play for each segment, with reasons. Nothing is kept until you save it." },
  ];

  function remember() {
    seen = true;
    try { localStorage.setItem(KEY, "seen"); } catch (refused) { /* private window: it is shown once per page load */ }
  }

  function wasSeen() {
    try { return seen || localStorage.getItem(KEY) === "seen"; } catch (refused) { return seen; }
  }

  function element(tag, className, text) {
    var made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function button(text, primary, act) {
    var made = element("button", "btn btn-sm " + (primary ? "btn-primary" : "btn-outline-secondary"), text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  function unmark() {
    document.querySelectorAll(".k-tour-at").forEach(function (target) { target.classList.remove("k-tour-at"); });
  }

  function show(step, moveFocus) {
    at = step;
    unmark();
    var target = document.querySelector(STEPS[at].at);
    if (target && target.offsetParent && getComputedStyle(target).visibility === "visible") target.classList.add("k-tour-at");
    var title = element("h2", "", STEPS[at].title), last = at === STEPS.length - 1;
    title.id = "k-tour-title";
    var next = button(last ? "Done" : "Next", true, last ? close : function () { show(at + 1, true); });
    var actions = element("div", "k-actions", "");
    actions.append(next);
    if (at) actions.append(button("Back", false, function () { show(at - 1, true); }));
    if (!last) actions.append(button("Skip the tour", false, close));
    panel.replaceChildren(element("p", "k-small k-muted", at + 1 + " of " + STEPS.length), title, element("p", "", STEPS[at].text), actions);
    if (moveFocus) next.focus();
  }

  function close() {
    if (!panel) return;
    remember();
    unmark();
    panel.remove();
    panel = null;
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }

  function open(moveFocus) {
    if (panel) return;
    panel = element("section", "k-tour", "");
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-labelledby", "k-tour-title");
    document.body.prepend(panel); /* first in the order of the Tab key */
    show(0, moveFocus);
  }

  kindred.does.tour = function (button) {
    opener = button;
    open(true);
  };

  document.addEventListener("keydown", function (event) { if (event.key === "Escape") close(); });

  /* The pages are drawn after the scripts: wait for the title of the overview, and for a dataset to speak of. */
  function first(patience) {
    if (wasSeen() || location.pathname !== "/" || !patience) return;
    var drawn = document.querySelector("main h1:not(.visually-hidden)");
    if (drawn && drawn.offsetParent && document.querySelector(STEPS[0].at)) open(false);
    else setTimeout(first, 500, patience - 1);
  }
  first(60);
})();
