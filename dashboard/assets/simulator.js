/* The simulator's form. A slider and its number field are one control; values leave one request at a time, the last one wins. */
(function () {
  "use strict";
  var PATIENCE_MS = 4000; // an answer that does not come (an error on the server) must not stop the form for good
  var sentAt = 0, waiting = null, timer = null;

  function send(values) {
    sentAt = Date.now();
    waiting = null;
    window.dash_clientside.set_props("simulator--request", { data: { values: values, sent: sentAt } });
  }

  function fields() { return Array.prototype.slice.call(document.querySelectorAll("#simulator--fields .k-field")); }
  function part(field, name) {
    return document.getElementById(JSON.stringify({ name: field.dataset.kInput, page: "simulator", part: name }));
  }
  function typed(field) { return part(field, "value") || part(field, "alone"); }
  function valueOf(field) {
    var input = typed(field), kind = field.dataset.kKind;
    if (kind === "flag") return input.checked;
    if (input.value === "") return null;
    return kind === "number" ? Number(input.value) : input.value;
  }

  /* What takes longer (the ways, real customers, the strips) is asked when the hand rests. */
  var REST_MS = 120, resting = null, last = null;
  function rest() {
    clearTimeout(resting);
    resting = setTimeout(function () {
      if (!last || !document.getElementById("simulator--fields")) return;
      var locked = fields().filter(function (field) { return part(field, "lock").checked; });
      var names = locked.map(function (field) { return field.dataset.kInput; });
      window.dash_clientside.set_props("simulator--settled", { data: { values: last, locked: names } });
    }, REST_MS);
  }

  function busy() { return sentAt && Date.now() - sentAt < PATIENCE_MS; }

  /* All values of the form, whenever one changes. */
  function ask() {
    var values = {};
    fields().forEach(function (field) { values[field.dataset.kInput] = valueOf(field); });
    if (!Object.keys(values).length) return;
    last = values;
    rest();
    if (!busy()) { send(values); return; }
    waiting = values;
    clearTimeout(timer);
    timer = setTimeout(function () { if (waiting) { send(waiting); } }, PATIENCE_MS);
  }

  /* A skewed attribute has a scale [low, high, power, step]: see Control in segmentation/controls.py. */
  var PLACES = 200;
  function scaleOf(field) { return field.dataset.kScale ? JSON.parse(field.dataset.kScale) : null; }
  function valueAt(place, scale) {
    if (!scale) return place;
    var value = scale[0] + (scale[1] - scale[0]) * Math.pow(place / PLACES, scale[2]), step = scale[3];
    return Number((step ? Math.round(value / step) * step : value).toPrecision(12));
  }
  function placeOf(value, scale) {
    if (!scale) return value;
    var share = Math.min(Math.max((value - scale[0]) / (scale[1] - scale[0]), 0), 1);
    return Math.round(PLACES * Math.pow(share, 1 / scale[2]));
  }

  /* Range and field of one input are one: whichever moved sets the other. */
  function pair(field, moved) {
    var range = part(field, "range"), input = typed(field), scale = scaleOf(field);
    if (!range) return;
    if (moved === range) input.value = String(valueAt(Number(range.value), scale));
    // Several places of a slider may stand for one value: it stays where the hand put it.
    else if (input.value !== "" && valueAt(Number(range.value), scale) !== Number(input.value)) {
      range.value = String(placeOf(Number(input.value), scale));
    }
    // A slider with a scale of its own must say the value, not the place.
    if (scale) range.setAttribute("aria-valuetext", input.value);
  }

  document.addEventListener("input", function (event) {
    var field = event.target.closest("#simulator--fields .k-field");
    if (!field) return;
    if (event.target === part(field, "lock")) { rest(); return; }
    pair(field, event.target);
    ask();
  });

  /* A way fills the form: its values stand where an analyst would type them. */
  var kindred = (window.kindred = window.kindred || { does: {} });
  kindred.does["try-way"] = function (button) {
    var changes = JSON.parse(button.dataset.kChanges);
    fields().forEach(function (field) {
      if (!(field.dataset.kInput in changes)) return;
      var value = changes[field.dataset.kInput], input = typed(field);
      if (field.dataset.kKind === "flag") input.checked = Boolean(value);
      else input.value = value === null ? "" : String(value);
      pair(field, input);
    });
    ask();
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.simulator = {
    /* Another form, and the first question of it. */
    fill: function (html) {
      document.getElementById("simulator--fields").innerHTML = html;
      fields().forEach(function (field) { pair(field, typed(field)); });
      ask();
      return window.dash_clientside.no_update;
    },
    /* The answer is on the screen: what changed meanwhile leaves now. */
    answered: function (told) {
      window.dash_clientside.simulator_map.show(told);
      sentAt = 0;
      clearTimeout(timer);
      if (waiting) { send(waiting); }
      return window.dash_clientside.no_update;
    },
    /* Below each slider the segments along it. */
    strips: function (told) {
      fields().forEach(function (field) {
        var strip = field.querySelector(".k-strip"), of = told[field.dataset.kInput];
        if (!strip) return;
        strip.hidden = !of;
        strip.replaceChildren.apply(strip, (of ? of.parts : []).map(function (each) {
          var piece = document.createElement("i");
          piece.style.flex = String(each[0]);
          piece.style.background = each[1];
          piece.title = each[2];
          return piece;
        }));
        if (of) strip.setAttribute("aria-label", of.says);
      });
      return window.dash_clientside.no_update;
    },
    /* Inputs whose name holds the words typed stay; a group without any goes too. */
    find: function (typedWords) {
      var words = (typedWords || "").toLowerCase().split(/\s+/).filter(Boolean);
      fields().forEach(function (field) {
        var name = field.getAttribute("data-k-name") || "";
        field.hidden = !words.every(function (word) { return name.indexOf(word) >= 0; });
      });
      document.querySelectorAll("#simulator--fields details").forEach(function (group) {
        var shown = group.querySelectorAll(".k-field:not([hidden])").length;
        group.hidden = !shown;
        if (words.length && shown) { group.open = true; }
      });
      return window.dash_clientside.no_update;
    }
  };
})();
