/* The page of a segment: the form that renames it opens and closes where it stands. */
(function () {
  "use strict";
  var kindred = (window.kindred = window.kindred || { does: {} });

  kindred.does["edit-segment"] = function () {
    var form = document.getElementById("segment--edit"), opener = document.querySelector(".k-head [data-k-do=edit-segment]");
    form.hidden = !form.hidden;
    opener.setAttribute("aria-expanded", String(!form.hidden));
    (form.hidden ? opener : document.getElementById("segment--name")).focus();
  };
})();
