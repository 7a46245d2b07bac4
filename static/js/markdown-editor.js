// Textareas with data-markdown get a live preview, a link picker, and take pasted or dropped images.
// What they are filled from stands in #markdown-editor (lesson_acts.html).

"use strict";

(() => {
  const PAUSE = 400;

  function token() {
    return document.querySelector("input[name=csrfmiddlewaretoken]").value;
  }

  async function post(url, body) {
    const response = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token() } });
    return response.headers.get("content-type")?.includes("json") ? response.json() : { error: response.statusText };
  }

  function insert(area, text) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  function read(id) {
    const element = document.getElementById(id);
    return element ? JSON.parse(element.textContent) : [];
  }

  function picker(area, settings) {
    const choices = [
      ...read("markdown-links").map(({ slug, title }) => [title, `[${title}](lesson:${slug})`]),
      ...read("markdown-files").map(({ path, content_type: type }) => [
        path,
        type.startsWith("image/") ? `![](${path})` : `[${path.split("/").pop()}](${path})`,
      ]),
    ];
    const select = document.createElement("select");
    select.setAttribute("aria-label", settings.labelLink);
    select.append(new Option(settings.labelLink, ""), ...choices.map(([label, text]) => new Option(label, text)));
    select.addEventListener("change", () => {
      if (select.value) insert(area, select.value);
      select.value = "";
    });
    return select;
  }

  function setUp(area, settings) {
    if (area.dataset.ready || area.name.includes("__prefix__")) return;
    area.dataset.ready = "1";
    const tools = Object.assign(document.createElement("div"), { className: "markdown-tools" });
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    const preview = Object.assign(document.createElement("div"), { className: "markdown-preview" });
    preview.setAttribute("aria-label", settings.labelPreview);
    const problems = Object.assign(document.createElement("ul"), { className: "markdown-problems" });
    tools.append(picker(area, settings), status);
    area.after(tools, preview, problems);

    let timer = 0;
    let latest = 0;
    async function draw() {
      const asked = ++latest;
      const answer = await post(settings.markdownUrl, new URLSearchParams({ source: area.value }));
      if (asked !== latest || answer.error) return;
      preview.innerHTML = answer.html; // cleaned by the server, as on the page
      problems.replaceChildren(
        ...answer.problems.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
      );
    }
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(draw, PAUSE);
    });
    if (area.value.trim()) draw();

    async function upload(file) {
      status.textContent = settings.labelUploading;
      const body = new FormData();
      body.append("file", file);
      const answer = await post(settings.pasteUrl, body);
      status.textContent = answer.error ?? "";
      if (answer.markdown) insert(area, answer.markdown);
    }
    function take(event, files) {
      if (!files?.length) return;
      event.preventDefault();
      for (const file of files) upload(file);
    }
    area.addEventListener("paste", (event) => take(event, event.clipboardData?.files));
    area.addEventListener("drop", (event) => take(event, event.dataTransfer?.files));
  }

  function start() {
    const settings = document.getElementById("markdown-editor")?.dataset;
    if (!settings) return;
    const all = () => document.querySelectorAll("textarea[data-markdown]").forEach((area) => setUp(area, settings));
    all();
    // Blocks added in the page.
    document.addEventListener("formset:added", all);
    document.addEventListener("click", () => setTimeout(all, 100));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
