/* The wizard of the data page: where the focus goes when a step begins, and the page of an import that is done. */
(function () {
  "use strict";
  var PANELS = ["stored", "read", "map", "check", "importing"], before = null, held = null;
  /* Where the focus goes from a button that disappears with what it does, or that brings a question. */
  var NEXT = { "batch--undo": "batch--undo-no", "batch--undo-no": "batch--undo", "batch--undo-yes": "batch--undo-box" };

  document.addEventListener("focusin", function (event) { held = event.target.id || null; });
  document.addEventListener("pointerdown", function () { held = null; });
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("button");
    if (button && NEXT[button.id]) focusWhenSeen(NEXT[button.id], 60);
  });

  function focusWhenSeen(id, frames) {
    requestAnimationFrame(function () {
      var there = document.getElementById(id);
      if (there && there.offsetParent) there.focus({ preventScroll: true });
      else if (frames) focusWhenSeen(id, frames - 1);
    });
  }
  /* A form that is drawn anew takes the focus along with the control that had it. */
  function holdOn(frames) {
    requestAnimationFrame(function () {
      var lost = held && document.activeElement === document.body, again = lost && document.getElementById(held);
      if (again) again.focus({ preventScroll: true });
      else if (frames) holdOn(frames - 1);
    });
  }

  function focusWhenShown(step, frames) {
    requestAnimationFrame(function () {
      var panel = document.getElementById("data--" + PANELS[step]);
      if (!panel || !frames) return;
      if (panel.hidden) { focusWhenShown(step, frames - 1); return; }
      panel.focus({ preventScroll: true });
      window.scrollTo(0, 0);
      if (step && window.kindred.quiet) window.kindred.quiet("data--upload");
    });
  }

  /* What the forms of the columns show, whenever one of them is changed. */
  document.addEventListener("change", function (event) {
    var table = document.getElementById("data--columns"), forms = {};
    if (!table || !table.contains(event.target)) return;
    table.querySelectorAll("[id^=data-column-]").forEach(function (control) {
      var named = control.id.split("-"), form = forms[named[2]] = forms[named[2]] || {};
      form[named[3]] = control.type === "checkbox" ? control.checked : control.value;
    });
    window.dash_clientside.set_props("data--typed", { data: forms });
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.data = {
    /* A step begins at its top, also for the keyboard and a screen reader; the arrival of the file is no news then. */
    arrive: function (step) {
      step = step || 0;
      if (before !== null && before !== step) focusWhenShown(step, 30);
      before = step;
      return PANELS.map(function (_, place) { return place !== step; });
    },
    /* While a check runs, what the one before found is not true any more. */
    checking: function (job, done) {
      var stale = Boolean(job) && (!done || done.id !== job);
      ["facts", "problems", "unlocks"].forEach(function (part) {
        var box = document.getElementById("data--check-" + part);
        if (box) box.classList.toggle("is-stale", stale);
      });
      return window.dash_clientside.no_update;
    },
    keepFocus: function () {
      holdOn(30);
      return window.dash_clientside.no_update;
    },
    go: function (address) {
      if (address) {
        history.pushState({}, "", address);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
        window.scrollTo(0, 0);
      }
      return window.dash_clientside.no_update;
    }
  };
})();
