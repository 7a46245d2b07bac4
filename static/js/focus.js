// A partial update replaces the button that was pressed, and the focus with it. What is new takes it: the element
// with data-focus-after-swap (the same button, or the sentence that says what happened), else the whole of what is
// new, where the focus was inside what is gone.

const STOPS = "a[href], button, input, select, textarea, summary";

export function setUpFocus() {
  let isLost = false;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    isLost = event.detail.target?.contains(document.activeElement) ?? false;
  });
  document.body.addEventListener("htmx:afterSettle", ({ target }) => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const place = target.querySelector("[data-focus-after-swap]") ?? (isLost ? target : null);
    if (!place) return;
    isLost = false;
    if (!place.matches(STOPS)) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  });
}
