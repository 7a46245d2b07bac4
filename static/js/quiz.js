// Taking a quiz: answers are saved as they are given, time is counted, keys help. Without this file the form's own
// buttons do the same.

import { AnswerQueue } from "./quiz-queue.js";

const TYPING_PAUSE = 800;

const form = document.querySelector("form[data-quiz]");
if (form?.matches("[data-last]")) finishUp(form);
else if (form) setUp(form);

// The page before submitting: what an earlier page could not send goes first.
async function finishUp(form) {
  let submitting = false;
  let sent = false;
  const queue = new AnswerQueue({
    key: `embark-quiz-${form.dataset.quiz}`,
    url: form.dataset.save,
    sequence: Number(form.dataset.sequence),
    csrf: () => form.elements.csrfmiddlewaretoken.value,
    tell: (state, detail) => state === "closed" && location.assign(detail),
  });
  form.addEventListener("submit", (event) => {
    if (sent) return;
    event.preventDefault();
    submitting = true;
    const patience = new Promise((resolve) => setTimeout(resolve, 10_000));
    Promise.race([queue.flush(), patience]).then((kept) => {
      if (kept) queue.clear();
      queue.leave();
      sent = true;
      setTimeout(() => form.requestSubmit(event.submitter));
    });
  });
  const hadSome = queue.entries.length > 0;
  // The list of what is unanswered is told anew.
  if (hadSome && (await queue.flush()) && !submitting) location.reload();
}

function setUp(form) {
  const status = document.getElementById("saved");
  const elsewhere = document.getElementById("elsewhere");
  const words = status.dataset;
  let leaving = false;

  function say(text, kind) {
    status.textContent = text;
    status.classList.toggle("saved--ok", kind === "ok");
    status.classList.toggle("saved--failed", kind === "failed");
  }

  function tell(state, detail) {
    if (state === "saved") say(`${words.saved} ${detail}`, "ok");
    else if (state === "saving") say(words.saving);
    else if (state === "offline") say(words.offline, "failed");
    else if (state === "signed-out") say(words.signedOut, "failed");
    else if (state === "refused") say(words.refused, "failed");
    else if (state === "elsewhere") showElsewhere();
    else if (state === "closed") leave(detail);
  }

  function showElsewhere() {
    elsewhere.textContent = words.elsewhere;
    elsewhere.hidden = false;
  }

  function leave(address) {
    leaving = true;
    location.assign(address ?? form.dataset.result);
  }

  const queue = new AnswerQueue({
    key: `embark-quiz-${form.dataset.quiz}`,
    url: form.dataset.save,
    sequence: Number(form.dataset.sequence),
    csrf: () => form.elements.csrfmiddlewaretoken.value,
    tell,
    acknowledged: (position, sequence) => showsStep(form, position, sequence),
  });

  const early = [...form.querySelectorAll("[data-question]")].filter(isChanged);
  const given = early.map((section) => [section.dataset.question, fieldsOf(section)]);
  restore(form, queue.missing());
  for (const [position, fields] of given) restore(form, [{ position, fields }]);
  watchAnswers(form, queue);
  // What was given before this script had come, on a slow connection, is saved like the rest.
  for (const section of early) section.dispatchEvent(new Event("change", { bubbles: true }));
  queue.flush();
  watchTabs(form, showElsewhere);
  watchLeaving(form, queue, () => leaving);
  window.addEventListener("pageshow", (event) => event.persisted && queue.stay());
  countDown(form, queue, leave);
  helpByKeys(form);
  watchFocus(form);
}

function fieldsOf(section) {
  const fields = [];
  for (const control of section.querySelectorAll("input, select, textarea")) {
    if (!control.name || control.disabled || control.matches("[data-seen]")) continue;
    if ((control.type === "checkbox" || control.type === "radio") && !control.checked) continue;
    fields.push([control.name, control.value]);
  }
  return fields;
}

// Whether it shows something else than the server put there.
function isChanged(section) {
  return [...section.querySelectorAll("input:not([type=hidden]), select, textarea")].some((control) => {
    if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
    if (control.type !== "select-one") return control.value !== control.defaultValue;
    const options = [...control.options];
    return control.selectedIndex !== Math.max(0, options.findIndex((option) => option.defaultSelected));
  });
}

// The form tells the server which step's answer it shows, so that what it shows unchanged replaces nothing newer.
function showsStep(form, position, sequence) {
  const seen = form.querySelector(`[data-question="${position}"] [data-seen]`);
  if (!seen) return;
  seen.value = sequence;
  seen.disabled = false;
}

// Answers that the server didn't have when it made the page come back after a reload.
function restore(form, missing) {
  for (const { position, fields, sequence } of missing) {
    if (sequence) showsStep(form, position, sequence);
    const section = form.querySelector(`[data-question="${position}"]`);
    if (!section) continue;
    for (const control of section.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
      if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
      else if (values.length) control.value = values[0];
    }
  }
}

function watchAnswers(form, queue) {
  const timers = new Map();
  function save(section) {
    clearTimeout(timers.get(section));
    timers.delete(section);
    queue.add(section.dataset.question, fieldsOf(section));
    const link = document.querySelector(`.question-nav a[href$="#question-${section.dataset.question}"]`);
    if (link && !link.dataset.state) {
      link.dataset.state = "answered";
      link.lastElementChild.prepend(`, ${link.closest("nav").dataset.answered}`);
    }
  }
  form.addEventListener("input", (event) => {
    const section = event.target.closest("[data-question]");
    if (!section || !event.target.matches("input[type=text], textarea")) return;
    clearTimeout(timers.get(section));
    timers.set(section, setTimeout(() => save(section), TYPING_PAUSE));
  });
  form.addEventListener("change", (event) => {
    const section = event.target.closest("[data-question]");
    if (section) save(section);
  });
  form.addEventListener("typing-over", () => [...timers.keys()].forEach(save));
}

// A page turn or a submission waits for what is still on its way; the form itself carries this page's answers,
// so nothing is lost if the wait is in vain.
function watchLeaving(form, queue, isLeaving) {
  let flushed = false;
  form.addEventListener("submit", (event) => {
    if (flushed) return;
    event.preventDefault();
    const button = event.submitter;
    form.dispatchEvent(new Event("typing-over"));
    const patience = new Promise((resolve) => setTimeout(resolve, 3000));
    const send = () => {
      if (isLeaving()) return;
      flushed = true;
      form.dispatchEvent(new Event("typing-over"));
      queue.leave();
      form.requestSubmit(button);
      flushed = false;
    };
    // A form ignores requestSubmit() while its submit event is still under way, as it is where nothing was waiting.
    Promise.race([queue.flush(), patience]).finally(() => setTimeout(send));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") form.dispatchEvent(new Event("typing-over"));
  });
  window.addEventListener("pagehide", () => form.dispatchEvent(new Event("typing-over")));
}

function watchTabs(form, warn) {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(`embark-quiz-${form.dataset.quiz}`);
  channel.addEventListener("message", ({ data }) => {
    warn();
    if (data === "here") channel.postMessage("too");
  });
  channel.postMessage("here");
}

function countDown(form, queue, leave) {
  const timer = form.querySelector("[data-timer]");
  if (!timer) return;
  const text = timer.querySelector("[data-timer-text]");
  const voice = timer.querySelector("[data-timer-say]");
  let end = performance.now() + 1000 * Number(timer.dataset.seconds);
  // Each save brings the server's word: time that was lost while the site was closed comes back.
  queue.timeLeft = (seconds) => {
    end = performance.now() + 1000 * seconds;
  };
  const spoken = new Set();
  function shown(seconds) {
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
    const hours = Math.floor(seconds / 3600);
    return hours ? [hours, ...parts].join(":") : parts.join(":");
  }
  function tick() {
    const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
    text.textContent = shown(seconds);
    timer.toggleAttribute("data-low", seconds <= 60);
    for (const mark of [300, 60]) {
      if (seconds <= mark && seconds > 0 && !spoken.has(mark)) {
        spoken.add(mark);
        voice.textContent = shown(seconds);
      }
    }
    if (seconds > 0) return;
    clearInterval(ticking);
    // The server has the last word: at its next read it submits what was saved.
    queue.flush().then((kept) => {
      if (kept) queue.clear();
      setTimeout(() => leave(), 1000);
    });
  }
  const ticking = setInterval(tick, 1000);
  tick();
}

function helpByKeys(form) {
  const toggle = form.querySelector("[data-shortcuts]");
  const sections = [...form.querySelectorAll("[data-question]")];
  let current = -1;
  form.addEventListener("focusin", (event) => {
    const section = event.target.closest("[data-question]");
    if (section) current = sections.indexOf(section);
  });
  document.addEventListener("keydown", (event) => {
    if (!toggle?.checked || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("textarea, select, input[type=text]")) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      current = Math.min(Math.max(current + (key === "j" ? 1 : -1), 0), sections.length - 1);
      sections[current]?.scrollIntoView({ block: "start" });
      sections[current]?.querySelector("input:not([type=hidden]):not([data-flag]), select, textarea")?.focus();
    } else if (key === "f") {
      sections[current]?.querySelector("[data-flag]")?.click();
    } else if (/^[1-9]$/.test(key)) {
      sections[current]?.querySelectorAll(".choices input")[Number(key) - 1]?.click();
    } else return;
    event.preventDefault();
  });
}

function watchFocus(form) {
  const address = form.dataset.focus;
  if (!address) return;
  window.addEventListener("blur", () => {
    const body = new URLSearchParams({ client_time: new Date().toISOString() });
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    fetch(address, { method: "POST", body, headers, keepalive: true }).catch(() => {});
  });
}
