/* What the buttons of a card do: show the data behind a picture in its place, download picture or table. */
(function () {
  "use strict";
  var kindred = (window.kindred = window.kindred || { does: {} });

  function cardOf(element) { return element.closest(".card"); }

  function show(card, open) {
    var picture = card.querySelector(".k-picture"), data = card.querySelector(".k-data");
    var button = card.querySelector("[data-k-do=show-data]");
    picture.hidden = open;
    data.hidden = !open;
    button.setAttribute("aria-pressed", String(open));
    if (open) data.focus({ preventScroll: true });
    else { button.focus({ preventScroll: true }); window.dispatchEvent(new Event("resize")); }
  }
  kindred.does["show-data"] = function (button) { show(cardOf(button), button.getAttribute("aria-pressed") !== "true"); };
  kindred.escapeData = function (event) {
    var card = event.target.closest && event.target.closest(".card");
    if (card && card.querySelector(".k-data:not([hidden])")) show(card, false);
  };

  kindred.does.download = function (button) {
    var card = cardOf(button), name = "kindred-" + card.dataset.kName;
    kindred.closeMenus(null);
    card.querySelector("[data-k-do=menu]").focus();
    if (button.dataset.kKind === "csv") save(new Blob(["\ufeff" + csv(card)], { type: "text/csv" }), name + ".csv");
    else picture(card, name);
  };

  /* The text of a cell: the points of a list apart from one another. */
  function said(element) {
    var points = Array.prototype.map.call(element.querySelectorAll("li"), function (point) { return point.textContent.trim(); });
    return points.length ? points.join("; ") : element.textContent.trim();
  }

  /* A cell that a spreadsheet would read as a formula gets a quote before it; figures never do. */
  function cell(element) {
    var text = element.dataset.v !== undefined ? element.dataset.v : said(element).replace(/\u2212/g, "-");
    text = text.replace(/\s*\n\s*/g, " ");
    if (/^-?[\d,]+(\.\d+)?$/.test(text)) text = text.replace(/,/g, "");
    else if (/^[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function csv(card) {
    var box = card.querySelector(".k-data") || card;
    return Array.prototype.map.call(box.querySelectorAll("table tr"), function (row) {
      return Array.prototype.map.call(row.children, cell).join(",");
    }).join("\r\n") + "\r\n";
  }

  kindred.save = save;
  function save(blob, name) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  }

  function picture(card, name) {
    var drawn = card.querySelector(".js-plotly-plot"), box = card.querySelector(".k-picture");
    if (box.hidden) show(card, false);
    var colour = getComputedStyle(card).backgroundColor;
    if (drawn) {
      var figure = { data: drawn.data.concat(drawn.kindredMarks || []), layout: Object.assign({}, drawn.layout, { paper_bgcolor: colour }), config: { showSendToCloud: false } };
      window.Plotly.toImage(figure, { format: "png", scale: 2, width: drawn.clientWidth, height: drawn.clientHeight }).then(function (url) {
        return fetchBlob(url);
      }).then(function (blob) { save(blob, name + ".png"); });
    } else drawHtml(box, colour).then(function (blob) { save(blob, name + ".png"); });
  }

  function fetchBlob(url) {
    var bytes = atob(url.split(",")[1]), array = new Uint8Array(bytes.length);
    for (var i = 0; i < bytes.length; i += 1) array[i] = bytes.charCodeAt(i);
    return new Blob([array], { type: "image/png" });
  }

  /* A picture made of HTML becomes an image through an SVG that carries a copy with its computed styles. */
  function drawHtml(box, colour) {
    var copy = styled(box), width = box.offsetWidth + 32, height = box.offsetHeight + 32;
    var svg = '<svg xmlns="http://www.w3.org/2000/svg" width="' + width + '" height="' + height + '"><foreignObject x="16" y="16" width="' +
      width + '" height="' + height + '">' + new XMLSerializer().serializeToString(copy) + "</foreignObject></svg>";
    return new Promise(function (resolve) {
      var image = new Image();
      image.onload = function () {
        var canvas = document.createElement("canvas"), context = canvas.getContext("2d");
        canvas.width = 2 * width;
        canvas.height = 2 * height;
        context.scale(2, 2);
        context.fillStyle = colour;
        context.fillRect(0, 0, width, height);
        context.drawImage(image, 0, 0);
        canvas.toBlob(resolve, "image/png");
      };
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
    });
  }

  function styled(element) {
    var copy = element.cloneNode(false), style = getComputedStyle(element), text = "";
    for (var i = 0; i < style.length; i += 1) text += style[i] + ":" + style.getPropertyValue(style[i]) + ";";
    copy.removeAttribute("id");
    copy.removeAttribute("class");
    copy.setAttribute("style", text);
    ["::before", "::after"].forEach(function (part) {
      var drawn = getComputedStyle(element, part);
      if (drawn.content === "none" || drawn.content === "normal") return;
      var stand = document.createElement("span"), rules = "";
      for (var j = 0; j < drawn.length; j += 1) rules += drawn[j] + ":" + drawn.getPropertyValue(drawn[j]) + ";";
      stand.setAttribute("style", rules);
      var words = drawn.content.replace(/^"|"$/g, "");
      if (words) stand.textContent = words;
      copy.appendChild(stand);
    });
    element.childNodes.forEach(function (child) {
      if (child.nodeType === Node.ELEMENT_NODE) copy.appendChild(styled(child));
      else if (child.nodeType === Node.TEXT_NODE) copy.appendChild(child.cloneNode());
    });
    return copy;
  }
})();
