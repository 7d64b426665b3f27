/* The heat map of segments: a cell that is tapped, hovered or reached by an arrow key says its figures in words. */
(function () {
  "use strict";
  var STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  function cellOf(target) { return target.closest ? target.closest("[data-k-heat] td[data-d]") : null; }

  function says(cell) {
    var row = cell.parentNode, table = cell.closest("table"), card = cell.closest(".card");
    var name = table.querySelector("thead tr").children[cell.cellIndex].textContent;
    var all = row.querySelector(".all").textContent, reading = row.querySelector(".read").textContent;
    var size = cell.dataset.d.replace(/^[+\u2212]/, ""), where = cell.dataset.d.charAt(0) === "\u2212" ? "below" : "above";
    var words = row.querySelector("th").textContent + ", " + name + ": " + cell.textContent;
    words += (all ? "; everyone " + all : "") + "; " + size + " sd " + where + " everyone. " + reading + ".";
    card.querySelector(".k-heat-says span").textContent = words;
  }

  function reach(cell) {
    var before = cell.closest(".card").querySelector("[data-k-heat] td[tabindex='0']");
    if (before) before.removeAttribute("tabindex");
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function beside(cell, step) {
    var row = cell.parentNode, at = cell.cellIndex + step[1];
    if (step[0]) {
      do { row = step[0] > 0 ? row.nextElementSibling : row.previousElementSibling; } while (row && row.className === "grp");
    }
    var other = row && row.children[at];
    return other && other.dataset.d ? other : null;
  }

  document.addEventListener("click", function (event) { var cell = cellOf(event.target); if (cell) reach(cell); });
  document.addEventListener("focusin", function (event) { var cell = cellOf(event.target); if (cell) says(cell); });
  document.addEventListener("mouseover", function (event) { var cell = cellOf(event.target); if (cell) says(cell); });
  document.addEventListener("keydown", function (event) {
    var cell = cellOf(event.target), step = STEPS[event.key];
    if (!cell || !step) return;
    event.preventDefault();
    var other = beside(cell, step);
    if (other) reach(other);
  });
})();
