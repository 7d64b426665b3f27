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

  /* What takes longer (the ways, real customers, the strips) is asked when the hand rests. */
  var REST_MS = 350, resting = null, last = null;
  function rest() {
    clearTimeout(resting);
    resting = setTimeout(function () {
      if (!last || !document.getElementById("simulator--fields")) return;
      var locked = Array.prototype.map.call(document.querySelectorAll("#simulator--fields .k-lock input:checked"), function (box) {
        return JSON.parse(box.id).name;
      });
      window.dash_clientside.set_props("simulator--settled", { data: { values: last, locked: locked } });
    }, REST_MS);
  }

  /* A way fills the form: its values stand where an analyst would type them. */
  var kindred = (window.kindred = window.kindred || { does: {} });
  kindred.does["try-way"] = function (button) {
    var changes = JSON.parse(button.dataset.kChanges);
    Object.keys(changes).forEach(function (name) {
      ["value", "alone"].forEach(function (part) {
        var id = { name: name, page: "simulator", part: part };
        if (document.getElementById(JSON.stringify(id))) window.dash_clientside.set_props(id, { value: changes[name] });
      });
    });
  };

  function busy() { return sentAt && Date.now() - sentAt < PATIENCE_MS; }

  /* A skewed attribute has a scale [low, high, power, step]: see Control in segmentation/controls.py. */
  var PLACES = 200;
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

  function same(one, other) { return one === other || (one === "" && other == null) || (other === "" && one == null); }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.simulator = {
    /* Range and field of one input: whichever moved sets the other. Answers [field, range]. */
    pair: function (slid, typed, scale) {
      var no = window.dash_clientside.no_update;
      var context = window.dash_clientside.callback_context;
      var moved = context.triggered.length ? context.triggered[0].prop_id : "";
      if (moved.indexOf('"part":"range"') >= 0) {
        var value = valueAt(Number(slid), scale);
        return same(value, typed) ? [no, no] : [value, no];
      }
      if (moved.indexOf('"part":"value"') >= 0 && typed != null && typed !== "") {
        // Several places of a slider may stand for one value: it stays where the hand put it.
        return same(valueAt(Number(slid), scale), Number(typed)) ? [no, no] : [no, placeOf(Number(typed), scale)];
      }
      return [no, no];
    },
    /* All values of the form, whenever one changes. */
    ask: function () {
      var values = {};
      window.dash_clientside.callback_context.inputs_list.flat().forEach(function (input) {
        values[input.id.name] = input.value === undefined || input.value === "" ? null : input.value;
        // A slider with a scale of its own must say the value, not the place.
        var slider = document.getElementById(JSON.stringify({ name: input.id.name, page: "simulator", part: "range" }));
        if (slider) slider.setAttribute("aria-valuetext", String(input.value));
      });
      if (!Object.keys(values).length) { return window.dash_clientside.no_update; }
      last = values;
      rest();
      if (!busy()) { send(values); return window.dash_clientside.no_update; }
      waiting = values;
      clearTimeout(timer);
      timer = setTimeout(function () { if (waiting) { send(waiting); } }, PATIENCE_MS);
      return window.dash_clientside.no_update;
    },
    lock: function () { rest(); return window.dash_clientside.no_update; },
    /* The answer is on the screen: what changed meanwhile leaves now. */
    answered: function () {
      sentAt = 0;
      clearTimeout(timer);
      if (waiting) { send(waiting); }
      return window.dash_clientside.no_update;
    },
    /* Inputs whose name holds the words typed stay; a group without any goes too. */
    find: function (typed) {
      var words = (typed || "").toLowerCase().split(/\s+/).filter(Boolean);
      document.querySelectorAll("#simulator--fields .k-field").forEach(function (field) {
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
