// Drag and drop in the outline of a course, and Alt with an arrow key. The arrows and forms work without it.

const outline = document.getElementById("outline");
const status = document.getElementById("outline-status");
let dragged = null;

function order() {
  return [...outline.querySelectorAll("[data-section]")].map((section) => [
    Number(section.dataset.section),
    [...section.querySelectorAll("[data-lesson]")].map((lesson) => Number(lesson.dataset.lesson)),
  ]);
}

async function save() {
  const response = await fetch(outline.dataset.arrange, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]").value,
    },
    body: JSON.stringify(order()),
  });
  const answer = response.headers.get("content-type")?.includes("json") ? await response.json() : {};
  status.textContent = response.ok ? outline.dataset.saved : (answer.error ?? response.statusText);
}

outline?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-lesson], [data-section]");
  dragged.classList.add("outline-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
});

outline?.addEventListener("dragover", (event) => {
  if (!dragged) return;
  const kind = dragged.dataset.lesson ? "[data-lesson]" : "[data-section]";
  const over = event.target.closest(kind);
  const list = event.target.closest("[data-section]")?.querySelector(".outline-lessons");
  if (over && over !== dragged) {
    const box = over.getBoundingClientRect();
    over[event.clientY > box.top + box.height / 2 ? "after" : "before"](dragged);
  } else if (dragged.dataset.lesson && list && !list.contains(dragged)) {
    list.append(dragged);
  }
  event.preventDefault();
});

outline?.addEventListener("dragend", () => {
  dragged?.classList.remove("outline-dragged");
  dragged = null;
  save();
});

outline?.addEventListener("keydown", (event) => {
  const lesson = event.target.closest("[data-lesson]");
  if (!lesson || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const up = event.key === "ArrowUp";
  const beside = up ? lesson.previousElementSibling : lesson.nextElementSibling;
  if (beside) {
    beside[up ? "before" : "after"](lesson);
  } else {
    const section = lesson.closest("[data-section]");
    const next = up ? section.previousElementSibling : section.nextElementSibling;
    const list = next?.querySelector?.(".outline-lessons");
    if (!list) return;
    list[up ? "append" : "prepend"](lesson);
  }
  lesson.focus();
  save();
});
