/* The table of customers in the browser: the question it asks, its two kinds of cells, and the download. */
(function () {
  "use strict";
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  window.dash_clientside = window.dash_clientside || {};

  cells.KindredCustomer = function (props) {
    if (!props.data) return null;
    return React.createElement("a", { href: props.data.href, tabIndex: -1 }, props.value);
  };
  cells.KindredSegment = function (props) {
    if (!props.data) return null;
    if (props.data.colour === null) return props.value;
    return React.createElement("span", { className: "k-seg", style: { "--c": "var(--k-seg-" + props.data.colour + ")" } }, props.value);
  };

  /* The key / and the button at the top lead to the search for a customer, from every page. */
  var kindred = (window.kindred = window.kindred || { does: {} });
  kindred.does["find-customer"] = function () {
    var list = document.querySelector(".k-nav a[href^='/customers']");
    if (!document.getElementById("customers--prefix") && list) list.click();
    (function focus(left) {
      var search = document.getElementById("customers--prefix");
      if (search && search.offsetParent) search.focus();
      else if (left) setTimeout(focus, 100, left - 1);
    })(100);
  };
  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest && event.target.closest("input, select, textarea, [contenteditable], .ag-root");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    kindred.does["find-customer"]();
  });

  /* Enter on a customer's cell opens the page, as a click on the name does. */
  document.addEventListener("keydown", function (event) {
    var cell = event.key === "Enter" && event.target.closest && event.target.closest(".k-grid .ag-cell");
    var link = cell && cell.querySelector("a[href]");
    if (link) link.click();
  });

  /* A dot of the map opens the customer. Listened to from the first touch on, as the map is drawn anew again and again. */
  document.addEventListener("pointerdown", function (event) {
    var drawn = location.pathname === "/map" && event.target.closest && event.target.closest("#map--body .js-plotly-plot");
    if (!drawn || !drawn.on || drawn.dataset.kOpens) return;
    drawn.dataset.kOpens = "yes";
    drawn.on("plotly_click", function (clicked) {
      var text = clicked.points.length ? clicked.points[0].text : null, key = text ? String(text).split("<br>")[0] : "";
      var dataset = new URLSearchParams(location.search).get("dataset");
      if (!key || /[\/\\]/.test(key)) return;
      history.pushState({}, "", "/customers/" + encodeURIComponent(key) + (dataset ? "?dataset=" + encodeURIComponent(dataset) : ""));
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      window.scrollTo(0, 0);
    });
  }, true);

  window.dash_clientside.customers = {
    ask: function (prefix, segment, word, conditions, columns, query) {
      segment = segment === "*" ? "" : segment;
      word = word === "*" ? "" : word;
      var parameters = new URLSearchParams(location.search);
      if (location.pathname.replace(/\/$/, "") === "/customers") {
        var group = (conditions || []).find(function (each) { return each.attribute === "@rfm"; });
        [["segment", segment], ["confidence", word], ["rfm", group && group.level]].forEach(function (pair) {
          if (pair[1]) parameters.set(pair[0], pair[1]);
          else parameters.delete(pair[0]);
        });
        var search = parameters.toString();
        history.replaceState(history.state, "", location.pathname + (search ? "?" + search : ""));
      }
      return { prefix: prefix || "", segment: segment || "", word: word || "", conditions: conditions || [], columns: columns || [], ready: true };
    },
    again: function () {
      dash_ag_grid.getApiAsync("customers--grid").then(function (api) {
        api.purgeInfiniteCache();
        if (api.getDisplayedRowCount()) api.ensureIndexVisible(0, "top");
      });
      return Date.now();
    },
    find: function (typed) {
      var wanted = (typed || "").trim().toLowerCase();
      document.querySelectorAll("#customers--columns .form-check").forEach(function (row) {
        row.hidden = wanted !== "" && row.textContent.toLowerCase().indexOf(wanted) < 0;
      });
      return Date.now();
    },
    download: async function (clicks, asked, query, holdout, seed) {
      if (!clicks) return window.dash_clientside.no_update;
      if (holdout !== "*") asked = Object.assign({}, asked, { holdout: holdout, seed: seed });
      var answer = await fetch("/customers.csv", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ asked: asked, dataset: query.dataset }),
      });
      if (!answer.ok) return await answer.text();
      window.kindred.save(await answer.blob(), "customers.csv");
      return answer.headers.get("X-Kindred-Says");
    },
  };
})();
