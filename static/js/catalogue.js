// Titles that match while the reader types; the list is a native <datalist>. Without this file search still works.

const input = document.querySelector("input[data-titles]");
const list = input && document.getElementById(input.getAttribute("list"));
let timer = 0;
let latest = 0;

async function propose() {
  const words = input.value.trim();
  if (words.length < 2) return;
  const asked = ++latest;
  const response = await fetch(`${input.dataset.titles}?q=${encodeURIComponent(words)}`);
  if (!response.ok || asked !== latest) return;
  const { titles } = await response.json();
  list.replaceChildren(
    ...titles.map((title) => Object.assign(document.createElement("option"), { value: title })),
  );
}

input?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(propose, 200);
});
