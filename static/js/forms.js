// Small helpers of forms; every one of them works without this file, by its submit button.

export function setUpForms() {
  // <form data-submit-on-change>: filters and switches act at once.
  document.addEventListener("change", (event) => {
    event.target.closest("form[data-submit-on-change]")?.requestSubmit();
  });

  // A form is sent once: a second press while the first is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[data-hx-post]") || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    else form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // The browser's time zone, for dates in the learner's own time. Asking for it is slow, so only where a form wants it.
  for (const input of document.querySelectorAll("input[data-time-zone]")) {
    input.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  // After a form came back with errors, the reader is brought to the first of them.
  document.querySelector("[aria-invalid='true']")?.focus();
}
