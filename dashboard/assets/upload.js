/* A drop zone (components/upload.py) sends its file in pieces and then tells its dcc.Store which upload it became. */
(function () {
  "use strict";
  var kindred = (window.kindred = window.kindred || { does: {} });
  var PIECE = 8 * 1024 * 1024, TRIES = 3;

  function zoneOf(element) { return element && element.closest && element.closest("[data-k-upload]"); }
  function say(zone, text, bad) {
    var line = zone.querySelector(".k-upload-says");
    line.textContent = text;
    line.classList.toggle("is-bad", Boolean(bad));
  }
  function busy(zone, share) {
    var bar = zone.querySelector("progress");
    bar.hidden = share === null;
    zone.querySelector("[data-k-do=cancel-upload]").hidden = share === null;
    zone.querySelector("[data-k-do=choose-file]").disabled = share !== null;
    if (share !== null) bar.value = share;
  }
  function size(bytes) { return bytes < 1e6 ? Math.max(1, Math.round(bytes / 1e3)).toLocaleString("en") + " kB" : Math.round(bytes / 1e6).toLocaleString("en") + " MB"; }

  kindred.does["choose-file"] = function (button) {
    var zone = zoneOf(button), input = document.createElement("input");
    input.type = "file";
    input.accept = zone.dataset.kAccept;
    input.addEventListener("change", function () { if (input.files.length) send(zone, input.files[0]); });
    zone.kindredInput = input; /* kept, so that a test and the garbage collector find it alive */
    input.click();
  };
  kindred.does["cancel-upload"] = function (button) {
    var zone = zoneOf(button);
    if (zone.kindredAbort) zone.kindredAbort.abort();
  };

  ["dragover", "dragleave", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var zone = zoneOf(event.target);
      if (!zone) { if (kind !== "dragleave") event.preventDefault(); return; } /* a file dropped beside must not replace the page */
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragover");
      if (kind !== "drop" || !event.dataTransfer.files.length || zone.kindredAbort) return;
      if (event.dataTransfer.files.length > 1) say(zone, "One file at a time: drop the first one alone.", true);
      else send(zone, event.dataTransfer.files[0]);
    });
  });

  function ask(address, options, signal) {
    return fetch(address, Object.assign({ signal: signal }, options)).then(function (response) {
      if (response.status === 204) return {};
      return response.json().then(function (answer) {
        if (response.ok || response.status === 409) return answer;
        throw Object.assign(new Error(answer.error || "The server refused the file (" + response.status + ")."), { refused: true });
      });
    });
  }

  /* One piece after the other; a lost connection is tried again, and the server says where to go on. */
  async function sendPieces(zone, file, token, signal) {
    var offset = 0, tries = 0;
    while (offset < file.size) {
      try {
        var answer = await ask("/api/uploads/" + token + "?offset=" + offset, { method: "POST", body: file.slice(offset, offset + PIECE), headers: { "Content-Type": "application/octet-stream" } }, signal);
        offset = answer.offset;
        tries = 0;
      } catch (error) {
        if (error.name === "AbortError" || error.refused || (tries += 1) >= TRIES) throw error;
        await new Promise(function (resolve) { setTimeout(resolve, 1000 * tries); });
      }
      busy(zone, offset / file.size);
      say(zone, file.name + ": " + size(offset) + " of " + size(file.size));
    }
  }

  async function send(zone, file) {
    if (!file.size) { say(zone, file.name + " is empty. Choose a file with a header line and customers.", true); return; }
    var abort = (zone.kindredAbort = new AbortController()), token = null;
    busy(zone, 0);
    say(zone, file.name + ": 0 of " + size(file.size));
    try {
      token = (await ask("/api/uploads", { method: "POST" }, abort.signal)).token;
      await sendPieces(zone, file, token, abort.signal);
      var done = await ask("/api/uploads/" + token + "/finish?name=" + encodeURIComponent(file.name), { method: "POST" }, abort.signal);
      say(zone, file.name + " has arrived (" + size(file.size) + ").");
      window.dash_clientside.set_props(zone.dataset.kUpload, { data: done });
    } catch (error) {
      var cancelled = error.name === "AbortError";
      if (token) ask("/api/uploads/" + token, { method: "DELETE" }).catch(function () { /* retention removes it */ });
      say(zone, cancelled ? "Cancelled. Nothing was kept." : error.refused ? error.message : "The connection was lost. Choose the file again.", !cancelled);
    } finally {
      zone.kindredAbort = null;
      busy(zone, null);
    }
  }
  kindred.send = send;
})();
