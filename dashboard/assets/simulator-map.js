/* The simulated customer on the map: drawn over the figure, so that the crowd is never drawn again while sliding. */
(function () {
  "use strict";
  var ROOM = 14; // pixels a segment's name keeps from the customer's dot
  var places = null;

  function drawn() {
    var map = document.querySelector("#simulator--graph .js-plotly-plot");
    return map && map._fullLayout && map._fullLayout.xaxis ? map : null;
  }

  /* The figure may come after the first answer: nothing is drawn before it is there, and it asks again itself. */
  function draw() {
    var layer = document.getElementById("simulator--layer");
    if (!layer || !places) return;
    var map = drawn();
    if (!map) { window.requestAnimationFrame(draw); return; }
    if (!map.kindredDraws) { map.kindredDraws = true; map.on("plotly_afterplot", draw); }
    var x = map._fullLayout.xaxis, y = map._fullLayout.yaxis;
    var here = { x: x._offset + x.d2p(places.now[0]), y: y._offset + y.d2p(places.now[1]) };
    if (!layer.firstChild) layer.innerHTML = '<svg aria-hidden="true"><circle class="now" r="8"></circle></svg>';
    var dot = layer.querySelector(".now");
    dot.setAttribute("cx", here.x);
    dot.setAttribute("cy", here.y);
    keepNamesAway(map, here);
    map.kindredMarks = [marked(dot, "now")]; // for the picture that is downloaded
  }

  function marked(dot, which) {
    var style = getComputedStyle(dot);
    return {
      type: "scattergl", mode: "markers", x: [places[which][0]], y: [places[which][1]], hoverinfo: "skip",
      marker: { size: 17, opacity: 1, color: style.fill, line: { width: 3, color: style.stroke } }
    };
  }

  /* A segment's name that would cover the customer's dot stands above or below it. */
  function keepNamesAway(map, here) {
    var frame = map.getBoundingClientRect(), x = frame.left + here.x, y = frame.top + here.y;
    map.querySelectorAll(".infolayer .annotation").forEach(function (name) {
      name.style.translate = "";
      var box = name.getBoundingClientRect();
      if (x < box.left - ROOM || x > box.right + ROOM || y < box.top - ROOM || y > box.bottom + ROOM) return;
      var up = y - ROOM - box.bottom, down = y + ROOM - box.top;
      var move = Math.abs(up) < down ? up : down;
      if (box.top + move < frame.top) move = down;
      if (box.bottom + move > frame.bottom) move = up;
      name.style.translate = "0 " + move + "px";
    });
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.simulator_map = {
    show: function (told) {
      if (told) { places = told; draw(); }
      return window.dash_clientside.no_update;
    }
  };
})();
