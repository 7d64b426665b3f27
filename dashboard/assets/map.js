/* Buttons that move a map: for the keyboard, and for a phone, where a finger scrolls the page past it. */
(function () {
  "use strict";
  var kindred = (window.kindred = window.kindred || { does: {} });
  var CLOSER = 0.75, TURN = Math.PI / 8;
  var FIRST = { x: 0.9, y: -1.6, z: 0.8 }; // as dashboard/figures/map.py

  kindred.does.steer = function (button) {
    var drawn = button.closest(".card").querySelector(".js-plotly-plot");
    if (!drawn || !drawn._fullLayout) return;
    var way = button.dataset.kWay;
    window.Plotly.relayout(drawn, drawn._fullLayout.scene ? inSpace(drawn, way) : onPaper(drawn, way));
  };

  function onPaper(drawn, way) {
    if (way === "reset") return { "xaxis.autorange": true, "yaxis.autorange": true };
    var factor = way === "closer" ? CLOSER : 1 / CLOSER, change = {};
    ["xaxis", "yaxis"].forEach(function (axis) {
      var range = drawn._fullLayout[axis].range, middle = (range[0] + range[1]) / 2;
      change[axis + ".range"] = range.map(function (end) { return middle + (end - middle) * factor; });
    });
    return change;
  }

  function inSpace(drawn, way) {
    var scene = drawn._fullLayout.scene;
    var eye = scene._scene ? scene._scene.getCamera().eye : scene.camera.eye;
    if (way === "reset") return { "scene.camera.eye": FIRST, "scene.camera.center": { x: 0, y: 0, z: 0 } };
    if (way === "closer" || way === "further") {
      var factor = way === "closer" ? CLOSER : 1 / CLOSER;
      return { "scene.camera.eye": { x: eye.x * factor, y: eye.y * factor, z: eye.z * factor } };
    }
    var angle = way === "left" ? TURN : -TURN;
    return { "scene.camera.eye": {
      x: eye.x * Math.cos(angle) - eye.y * Math.sin(angle), y: eye.x * Math.sin(angle) + eye.y * Math.cos(angle), z: eye.z
    } };
  }

  /* Customers picked on the flat map, by a line around them or by what is in view: their ids go to the page's store. */
  kindred.does.pick = function (button) {
    var drawn = button.closest(".card").querySelector(".js-plotly-plot");
    if (!drawn || !drawn._fullLayout) return;
    if (button.dataset.kWay === "view") return tell(inView(drawn));
    var draws = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(draws));
    window.Plotly.relayout(drawn, { dragmode: draws ? "lasso" : "pan" });
    if (drawn.dataset.kPicks) return;
    drawn.dataset.kPicks = "yes";
    drawn.on("plotly_selected", function (chosen) {
      if (chosen && chosen.points) tell(chosen.points.map(function (point) { return point.customdata; }));
    });
  };

  function inView(drawn) {
    var x = drawn._fullLayout.xaxis.range, y = drawn._fullLayout.yaxis.range, ids = [];
    drawn._fullData.forEach(function (trace) {
      for (var i = 0; i < trace.customdata.length; i += 1) {
        if (trace.x[i] >= x[0] && trace.x[i] <= x[1] && trace.y[i] >= y[0] && trace.y[i] <= y[1]) ids.push(trace.customdata[i]);
      }
    });
    return ids;
  }

  function tell(ids) {
    window.dash_clientside.set_props("map--picked", { data: ids });
    var list = document.getElementById("map--picked-body");
    if (list && ids.length) setTimeout(function () { list.scrollIntoView({ block: "nearest" }); }, 600);
  }
})();
