/* The simulated customer on the map: drawn over the figure, so that the crowd is never drawn again while sliding. */
(function () {
  "use strict";
  var ROOM = 14; // pixels a segment's name keeps from the customer's dot
  var NEAR = 3; // pixels within which two places are one
  var PARTS = '<svg aria-hidden="true"><line class="start"></line><line class="after"></line><circle class="start" r="5">' +
    '</circle><circle class="after" r="7"></circle><circle class="now" r="8"></circle></svg>';
  var places = null, begun = null, wanted = null;

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
    function at(place) { return { x: x._offset + x.d2p(place[0]), y: y._offset + y.d2p(place[1]) }; }
    if (!layer.firstChild) layer.innerHTML = PARTS;
    var here = at(places.now);
    put(layer, "start", begun && at(begun), here);
    put(layer, "after", wanted && at(wanted), here);
    put(layer, "now", here);
    keepNamesAway(map, here);
    map.kindredMarks = [marked(layer.querySelector("circle.now"), places.now)]; // for the picture that is downloaded
  }

  /* A dot and the line from it to where the customer is; without a place neither is seen. */
  function put(layer, name, place, here) {
    var dot = layer.querySelector("circle." + name), line = layer.querySelector("line." + name);
    var near = place && here && Math.hypot(place.x - here.x, place.y - here.y) < NEAR;
    [dot, line].forEach(function (part) { if (part) part.style.display = place && !near ? "" : "none"; });
    if (!place) return;
    dot.setAttribute("cx", place.x);
    dot.setAttribute("cy", place.y);
    if (!line) return;
    var ends = { x1: place.x, y1: place.y, x2: here.x, y2: here.y };
    Object.keys(ends).forEach(function (end) { line.setAttribute(end, ends[end]); });
  }

  function marked(dot, place) {
    var style = getComputedStyle(dot);
    return {
      type: "scattergl", mode: "markers", x: [place[0]], y: [place[1]], hoverinfo: "skip",
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
      places = told;
      begun = begun || told.now;
      draw();
    },
    /* Another customer: the way from the start begins anew. */
    begin: function () {
      begun = null;
      return window.dash_clientside.no_update;
    },
    /* Where the first way would lead. */
    after: function (ways) {
      wanted = ways && ways.length ? ways[0] : null;
      draw();
      return window.dash_clientside.no_update;
    }
  };
})();
