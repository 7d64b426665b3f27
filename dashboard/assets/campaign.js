/* The file of a campaign: the answer becomes a download. */
(function () {
  "use strict";
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.campaign = {
    file: async function (clicks, query) {
      var unchanged = window.dash_clientside.no_update;
      if (!clicks) return [unchanged, unchanged];
      var dataset = query.dataset ? "?dataset=" + encodeURIComponent(query.dataset) : "";
      var answer = await fetch("/campaigns/" + query.campaign + ".csv" + dataset, { method: "POST" });
      if (!answer.ok) return [await answer.text(), unchanged];
      window.kindred.save(await answer.blob(), "campaign-" + query.campaign + ".csv");
      return [answer.headers.get("X-Kindred-Says"), clicks];
    },
  };
})();
