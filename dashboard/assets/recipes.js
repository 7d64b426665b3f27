/* The recipes page: finding a column among many, and bringing the one looked at into view. */
(function () {
  "use strict";
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.recipes = {
    find: function (typed) {
      var words = (typed || "").toLowerCase().split(/\s+/).filter(Boolean);
      document.querySelectorAll("#recipes--columns tbody tr").forEach(function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      });
      return window.dash_clientside.no_update;
    },
    /* In one column the pictures lie below the list: go there, when somebody pressed Look. */
    look: function () {
      var pressed = window.dash_clientside.callback_context.triggered.some(function (each) { return each.value; });
      var card = document.getElementById("recipes--card-preview");
      if (pressed && card && matchMedia("(max-width: 1080px)").matches) card.scrollIntoView();
      return window.dash_clientside.no_update;
    }
  };
})();
