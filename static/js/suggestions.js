// An answer to a suggestion redraws its row. The focus was on a button that is gone: it moves to the sentence
// that says what happened, which holds "Undo".

export function setUpSuggestions() {
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const outcome = event.detail.elt.querySelector?.(".rail__outcome");
    if (!outcome?.firstElementChild) return;
    outcome.tabIndex = -1;
    outcome.focus({ preventScroll: true });
  });
}
