// The page of a lesson: copy buttons, players, embedded pages, highlights, and where the reader is.
// Everything essential (reading, completing, commenting, notes) works without it.

const lesson = document.querySelector("[data-lesson]");

function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

// Copy buttons ---------------------------------------------------------------------------------------------

function addCopyButtons() {
  const template = document.getElementById("copy-button");
  if (!template || !navigator.clipboard) return;
  for (const listing of document.querySelectorAll(".prose .highlight")) {
    const button = template.content.firstElementChild.cloneNode(true);
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(listing.querySelector("code").textContent);
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = label), 2000);
    });
    listing.append(button);
  }
}

// Embedded pages: nothing is asked of the other site before the click ----------------------------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-frame-load]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const place = link.closest("[data-frame]");
  const frame = document.createElement("iframe");
  frame.src = place.dataset.frame;
  frame.title = place.dataset.frameTitle;
  frame.height = place.dataset.frameHeight || "420";
  frame.allow = "fullscreen; picture-in-picture";
  frame.referrerPolicy = "strict-origin";
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation allow-popups");
  place.replaceChildren(frame);
});

// Where the reader is: block in view, second of a player, seconds spent ----------------------------------------

const REPORT_EVERY = 20;
let block = "";
let seconds = 0;
let playing = null;

function report(extra = {}) {
  if (!lesson?.dataset.place) return;
  const body = new URLSearchParams({ csrfmiddlewaretoken: csrfToken(), seconds: String(seconds), ...extra });
  if (block) body.set("block", block);
  seconds = 0;
  // keepalive: the last report may leave with the page.
  fetch(lesson.dataset.place, { method: "POST", body, keepalive: true }).catch(() => {});
}

function watchPlace() {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) block = entry.target.dataset.block;
    },
    { rootMargin: "-20% 0px -60% 0px" },
  );
  for (const part of document.querySelectorAll("[data-block]")) seen.observe(part);
  setInterval(() => {
    if (document.visibilityState !== "visible") return;
    seconds += 1;
    if (seconds >= REPORT_EVERY) report(playing ? { position: String(Math.floor(playing.currentTime)) } : {});
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && seconds) report();
  });
}

function setUpPlayers() {
  for (const player of document.querySelectorAll("[data-media]")) {
    const chooser = player.parentElement.querySelector("[data-speed]");
    if (chooser) {
      chooser.parentElement.hidden = false;
      chooser.addEventListener("change", () => (player.playbackRate = Number(chooser.value)));
    }
    player.addEventListener("play", () => {
      playing = player;
      block = player.dataset.media;
    });
    player.addEventListener("pause", () => {
      block = player.dataset.media;
      report({ position: String(Math.floor(player.currentTime)) });
      if (playing === player) playing = null;
    });
    const stopped = lesson?.dataset.stoppedAt === `block-${player.dataset.media}` ? Number(lesson.dataset.second) : 0;
    if (stopped > 0) {
      const resume = () => (player.currentTime = Math.min(stopped, player.duration || stopped));
      if (player.readyState >= 1) resume();
      else player.addEventListener("loadedmetadata", resume, { once: true });
    }
  }
}

// Highlights: select words, press the button that appears ------------------------------------------------------

function setUpHighlights() {
  const template = document.getElementById("highlight-button");
  if (!template || !lesson?.dataset.note) return;
  const button = template.content.firstElementChild.cloneNode(true);
  button.hidden = true;
  lesson.append(button);
  let chosen = null;
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    const part = selection.anchorNode?.parentElement?.closest("[data-block]");
    const quote = selection.toString().trim();
    const inside = part && quote.length > 2 && quote.length <= 1000 && part.contains(selection.focusNode);
    button.hidden = !inside;
    if (!inside) return;
    chosen = { quote, block: part.dataset.block };
    part.after(button);
  });
  // Before the click the browser would drop the selection.
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", async () => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: csrfToken(), ...chosen });
    const response = await fetch(lesson.dataset.note, { method: "POST", body, headers: { "HX-Request": "true" } });
    button.hidden = true;
    document.getSelection().removeAllRanges();
    if (!response.ok) return;
    document.getElementById("notes-list").outerHTML = await response.text();
    window.htmx?.process(document.getElementById("notes-list"));
    markQuotes();
  });
}

// The words of a learner's highlights are marked in the text, where the browser can (CSS.highlights).
function markQuotes() {
  if (!CSS.highlights) return;
  const ranges = [];
  for (const note of document.querySelectorAll("#notes-list [data-quote]")) {
    const part = document.querySelector(`[data-block="${CSS.escape(note.dataset.quote)}"]`);
    if (!part) continue;
    const range = findText(part, note.textContent.trim());
    if (range) ranges.push(range);
  }
  CSS.highlights.set("notes", new Highlight(...ranges));
}

function findText(root, text) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let whole = "";
  while (walker.nextNode()) {
    nodes.push([whole.length, walker.currentNode]);
    whole += walker.currentNode.data;
  }
  const start = whole.indexOf(text);
  if (start < 0) return null;
  const at = (offset) => {
    const [base, node] = nodes.findLast(([from]) => from <= offset);
    return [node, Math.min(offset - base, node.length)];
  };
  const range = document.createRange();
  range.setStart(...at(start));
  range.setEnd(...at(start + text.length));
  return range;
}

addCopyButtons();
setUpPlayers();
setUpHighlights();
if (lesson?.dataset.place) watchPlace();
document.addEventListener("htmx:afterSettle", markQuotes);
