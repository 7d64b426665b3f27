/* A drop zone (components/upload.py) sends its file in pieces and then tells its dcc.Store which upload it became. What is
   under way is known by the store's id, not by the zone: it goes on while another page is open, and is taken up again
   after a lost connection, a restarted server, or a page that was loaded again (the same file has to be chosen then). */
(function () {
  "use strict";
  var kindred = (window.kindred = window.kindred || { does: {} });
  var PIECE = 4 * 1024 * 1024, STALLED_MS = 30000, WAITS_S = [1, 2, 4, 8, 15, 15, 15, 15];
  var sending = {}; /* by the id of the store: {file, token, sent, state, words, bad} */

  function size(bytes) {
    if (bytes < 1e6) return Math.max(1, Math.round(bytes / 1e3)).toLocaleString("en") + " kB";
    return (bytes < 1e7 ? (bytes / 1e6).toFixed(1) : Math.round(bytes / 1e6).toLocaleString("en")) + " MB";
  }

  /* What a tab remembers of an upload it did not finish: never the file, only how to know it again. */
  function remember(id, upload) {
    try {
      if (!upload) sessionStorage.removeItem("kindred-upload:" + id);
      else sessionStorage.setItem("kindred-upload:" + id, JSON.stringify({
        token: upload.token, sent: upload.sent, name: upload.file.name, size: upload.file.size, modified: upload.file.lastModified
      }));
    } catch (refused) { /* no storage: it cannot be resumed after a reload, that is all */ }
  }
  function remembered(id) {
    try { return JSON.parse(sessionStorage.getItem("kindred-upload:" + id)); } catch (refused) { return null; }
  }
  function same(known, file) { return Boolean(known && known.token && known.name === file.name && known.size === file.size && known.modified === file.lastModified); }

  function zoneFor(id) { return Array.prototype.find.call(document.querySelectorAll("[data-k-upload]"), function (zone) { return zone.dataset.kUpload === id; }); }
  function zoneOf(element) { return element && element.closest && element.closest("[data-k-upload]"); }

  function draw(id) {
    var zone = zoneFor(id), upload = sending[id] || {};
    if (!zone) return;
    var active = ["sending", "waiting", "stopped", "keeping"].indexOf(upload.state) >= 0;
    var says = zone.querySelector(".k-upload-says"), bar = zone.querySelector("progress");
    if (says.textContent !== (upload.words || "")) says.textContent = upload.words || "";
    says.classList.toggle("is-bad", Boolean(upload.bad));
    zone.querySelector(".k-upload-count").textContent = active ? size(upload.sent) + " of " + size(upload.file.size) : "";
    bar.hidden = !active;
    if (active) bar.value = upload.sent / upload.file.size;
    zone.querySelector("[data-k-do=cancel-upload]").hidden = !active || upload.state === "keeping";
    zone.querySelector("[data-k-do=resume-upload]").hidden = upload.state !== "stopped" && upload.state !== "waiting";
    zone.querySelector("[data-k-do=choose-file]").disabled = active;
  }
  function say(id, state, words, bad) {
    sending[id] = Object.assign(sending[id] || {}, { state: state, words: words, bad: bad });
    draw(id);
  }

  kindred.does["choose-file"] = function (button) {
    var zone = zoneOf(button), input = document.createElement("input");
    input.type = "file";
    input.accept = zone.dataset.kAccept;
    input.addEventListener("change", function () { if (input.files.length) begin(zone.dataset.kUpload, input.files[0]); });
    zone.kindredInput = input; /* kept, so that a test and the garbage collector find it alive */
    input.click();
  };
  kindred.does["cancel-upload"] = function (button) {
    var id = zoneOf(button).dataset.kUpload, upload = sending[id];
    if (!upload) return;
    upload.cancelled = true;
    if (upload.request) upload.request.abort();
    wake(upload);
    if (upload.state === "stopped") give_up(id);
  };
  kindred.does["resume-upload"] = function (button) {
    var id = zoneOf(button).dataset.kUpload, upload = sending[id];
    if (upload && upload.state === "stopped") send(id);
    else if (upload) wake(upload);
  };

  ["dragover", "dragleave", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var zone = zoneOf(event.target);
      if (!zone) { if (kind !== "dragleave") event.preventDefault(); return; } /* a file dropped beside must not replace the page */
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragover");
      var id = zone.dataset.kUpload, state = (sending[id] || {}).state;
      if (kind !== "drop" || !event.dataTransfer.files.length || ["sending", "waiting", "stopped", "keeping"].indexOf(state) >= 0) return;
      if (event.dataTransfer.files.length > 1) say(id, "refused", "One file at a time: drop the first one alone.", true);
      else begin(id, event.dataTransfer.files[0]);
    });
  });

  /* One request; resolves with {status, answer}. XMLHttpRequest, because fetch does not tell how much has gone out. */
  function ask(upload, method, address, body, gone) {
    return new Promise(function (resolve, reject) {
      var request = (upload.request = new XMLHttpRequest()), moved = Date.now();
      var watch = setInterval(function () { if (body && Date.now() - moved > STALLED_MS) request.abort(); }, 1000);
      function lost() { clearInterval(watch); reject(new Error("lost")); }
      request.open(method, address);
      request.upload.onprogress = function (event) { moved = Date.now(); if (gone) gone(event.loaded); };
      request.onerror = request.onabort = lost;
      request.onload = function () {
        clearInterval(watch);
        var answer = {};
        try { answer = JSON.parse(request.responseText || "{}"); } catch (odd) { answer = {}; }
        if (request.status >= 500 && request.status !== 507) { lost(); return; } /* a proxy without its server, a restart */
        resolve({ status: request.status, answer: answer });
      };
      if (body) request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(body || null);
    });
  }
  function refused(answer, status) { return Object.assign(new Error(answer.error || "The server refused the file (" + status + ")."), { refused: true }); }

  function wake(upload) { if (upload.wake) upload.wake(); }
  window.addEventListener("online", function () { Object.keys(sending).forEach(function (id) { wake(sending[id]); }); });
  function rest(id, seconds) {
    var upload = sending[id];
    say(id, "waiting", "The connection was lost. What has arrived is safe; trying again in " + seconds + " s.", true);
    return new Promise(function (resolve) {
      var timer = setTimeout(resolve, seconds * 1000);
      upload.wake = function () { clearTimeout(timer); resolve(); };
    }).then(function () { upload.wake = null; });
  }

  /* One step towards the end: a place for the pieces, a piece, or the end itself. */
  async function step(id) {
    var upload = sending[id], file = upload.file, reply;
    if (!upload.token) {
      reply = await ask(upload, "POST", "/api/uploads");
      if (reply.status !== 201) throw refused(reply.answer, reply.status);
      upload.token = reply.answer.token;
      upload.asked = true;
    } else if (!upload.asked) { /* where were we? */
      reply = await ask(upload, "POST", "/api/uploads/" + upload.token + "?offset=0");
      if (reply.status === 404) { Object.assign(upload, { token: null, sent: 0 }); return false; }
      upload.sent = reply.answer.offset;
      upload.asked = true;
    } else if (upload.sent < file.size) {
      var start = upload.sent;
      reply = await ask(upload, "POST", "/api/uploads/" + upload.token + "?offset=" + start, file.slice(start, start + PIECE), function (gone) {
        upload.sent = Math.min(start + gone, file.size);
        draw(id);
      });
      if (reply.status === 200 || reply.status === 409) upload.sent = reply.answer.offset;
      else throw refused(reply.answer, reply.status);
    } else {
      say(id, "keeping", "All of " + file.name + " has arrived. It is being checked.");
      reply = await ask(upload, "POST", "/api/uploads/" + upload.token + "/finish?size=" + file.size + "&name=" + encodeURIComponent(file.name));
      if (reply.status === 409) upload.sent = reply.answer.offset;
      else if (reply.status !== 200) throw refused(reply.answer, reply.status);
      else { upload.result = reply.answer; return true; }
    }
    remember(id, upload);
    return false;
  }

  async function send(id) {
    var upload = sending[id], tries = 0, ended = false;
    upload.cancelled = false;
    try {
      while (!ended && !upload.cancelled) {
        try {
          if (upload.state !== "keeping") say(id, "sending", (upload.again ? "Going on where " + upload.file.name + " stopped." : "Sending " + upload.file.name + "."));
          ended = await step(id);
          tries = 0;
        } catch (error) {
          if (upload.cancelled) break;
          upload.asked = false; /* a piece may have arrived in part */
          if (error.refused) throw error;
          if (tries === WAITS_S.length) { say(id, "stopped", "The connection was lost. What has arrived is kept: go on when it is back.", true); return; }
          await rest(id, WAITS_S[tries]);
          tries += 1;
        }
      }
      if (!ended) { give_up(id); return; }
      remember(id, null);
      var words = upload.file.name + " has arrived (" + size(upload.file.size) + ").";
      sending[id] = { state: "arrived", words: words, result: upload.result };
      deliver(id);
    } catch (error) {
      remember(id, null);
      say(id, "refused", error.message, true);
    }
  }

  function give_up(id) {
    var upload = sending[id];
    if (upload.token) ask(upload, "DELETE", "/api/uploads/" + upload.token).catch(function () { /* retention removes it */ });
    remember(id, null);
    say(id, "cancelled", "Cancelled. Nothing was kept.");
  }

  function deliver(id) {
    draw(id);
    if (!zoneFor(id) || !sending[id].result) return; /* another page is open: told when this one is back */
    window.dash_clientside.set_props(id, { data: sending[id].result });
    sending[id].result = null;
  }

  function begin(id, file) {
    var most = document.querySelector("[data-k-most]"), known = remembered(id), again = same(known, file);
    if (!file.size) { say(id, "refused", file.name + " is empty. Choose a file with a header line and customers.", true); return; }
    if (most && file.size > Number(most.dataset.kMost)) { say(id, "refused", file.name + " has " + size(file.size) + ", more than the " + size(Number(most.dataset.kMost)) + " that may come in here. Nothing was sent.", true); return; }
    if (known && !again) { remember(id, null); ask({}, "DELETE", "/api/uploads/" + known.token).catch(function () { /* retention removes it */ }); }
    sending[id] = { file: file, token: again ? known.token : null, sent: again ? known.sent : 0, again: again };
    send(id);
  }
  kindred.send = function (zone, file) { begin(zone.dataset.kUpload, file); };
  kindred.quiet = function (id) { if (sending[id] && sending[id].state === "arrived") say(id, "", ""); };

  /* A zone that appears shows what is under way, or what a reload cut short. */
  function greet(zone) {
    var id = zone.dataset.kUpload, known = remembered(id);
    zone.kindredSeen = true;
    if (known && !sending[id]) sending[id] = { state: "cut", words: known.name + " stopped at " + size(known.sent) + " of " + size(known.size) + ". Choose the same file again and it goes on from there." };
    if (sending[id] && sending[id].result) deliver(id); else draw(id);
  }
  new MutationObserver(function () {
    document.querySelectorAll("[data-k-upload]").forEach(function (zone) { if (!zone.kindredSeen) greet(zone); });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
