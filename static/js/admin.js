// Names for what the admin's interface leaves without one. Screen readers list landmarks and fields by name.

function name(elements, text) {
  for (const element of elements) element.setAttribute("aria-label", text);
}

function nameFields() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const box = select.nextElementSibling;
    if (!label || !box?.matches(".select2")) continue;
    const text = label.textContent.trim().replace(/\s*\*$/, "");
    name(box.querySelectorAll(".select2-selection, .select2-search__field"), text);
  }
}

addEventListener("load", () => {
  const page = document.getElementById("page");
  if (!page) return;
  name(document.querySelectorAll("#nav-sidebar-inner"), page.dataset.labelMenu);
  name(document.querySelectorAll("#nav-sidebar-apps [role=region]"), page.dataset.labelPages);
  name(document.querySelectorAll("#tabs-items"), page.dataset.labelParts);
  // An autocomplete is drawn when its script is ready, and with every row added to a form: before or after this.
  nameFields();
  new MutationObserver(nameFields).observe(page, { childList: true, subtree: true });
});
