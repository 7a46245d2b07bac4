// data-dialog-open="id" opens the <dialog> of that id as a modal; data-dialog-close closes the one around it.

export function setUpDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialogOpen);
      if (dialog) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) {
      closer.closest("dialog")?.close();
      return;
    }
    // The backdrop belongs to the dialog element itself, its content to the elements within.
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
}
