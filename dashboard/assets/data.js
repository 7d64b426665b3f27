/* The chosen key is the highlighted row among the columns of a file; once a file is read, or put away, its arrival is no news. */
(function () {
  "use strict";
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.data = {
    quiet: function () {
      document.querySelectorAll("#data--stored .k-upload-says").forEach(function (line) { line.textContent = ""; });
      return window.dash_clientside.no_update;
    },
    mark: function (key) {
      setTimeout(function () {
        document.querySelectorAll("#data--columns tbody tr").forEach(function (row) {
          row.classList.toggle("is-picked", row.cells[0].textContent === key);
        });
      }, 0);
      return window.dash_clientside.no_update;
    }
  };
})();
