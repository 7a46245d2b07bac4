// Toasts close by their button. Plain news leaves by itself after a while; a warning or an error stays.

const READING_TIME = 8000;

function leaveLater(toast) {
  if (!toast.matches(".toast--success, .toast--info")) return;
  let timer = setTimeout(() => toast.remove(), READING_TIME);
  const stay = () => clearTimeout(timer);
  const resume = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), READING_TIME);
  };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("pointerleave", resume);
  toast.addEventListener("focusout", resume);
}

export function setUpToasts() {
  const list = document.querySelector(".toasts");
  if (!list) return;
  list.querySelectorAll(".toast").forEach(leaveLater);
  list.addEventListener("click", (event) => {
    event.target.closest(".toast__close")?.closest(".toast").remove();
  });
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node instanceof HTMLElement) leaveLater(node);
    }
  }).observe(list, { childList: true });

  // A partial update that found no server, or none that would do it, says so, instead of doing nothing.
  const toasts = { "htmx:sendError": "offline", "htmx:timeout": "offline", "htmx:responseError": "refused" };
  for (const [name, kind] of Object.entries(toasts)) {
    const template = document.getElementById(`${kind}-toast`);
    document.body.addEventListener(name, () => {
      if (!list.querySelector(`[data-${kind}]`)) list.append(template.content.cloneNode(true));
    });
  }
}
