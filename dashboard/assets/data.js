/* The chosen key is the highlighted row among the columns of a file. */
(function () {
  "use strict";
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.data = {
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
