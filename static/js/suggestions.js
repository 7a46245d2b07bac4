// When a card of a rail is replaced (hidden, or restored), the focus goes to what took its place.

export function setUpSuggestions() {
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const { target, elt } = event.detail;
    const slot = (elt.isConnected ? elt : target).closest?.(".rail__items > *, .rail");
    if (!slot) return;
    const next = slot.querySelector("[data-focus-after-swap], button, a");
    next?.focus({ preventScroll: true });
  });
}
