/* The recipes page: finding a column among many. */
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
    }
  };
})();
