// Small helpers of every page; each works from attributes in the HTML, and every page works without them.
"use strict";

// One click, one act: a form that is on its way takes no second submit.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm || form.dataset.confirm;
  if (question && !window.confirm(question)) { event.preventDefault(); return; }
  if (form.method.toLowerCase() !== "post" || event.defaultPrevented) return;
  if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});
document.addEventListener("htmx:afterRequest", (event) => event.target.closest?.("form")?.removeAttribute("aria-busy"));

// A row of links that is wider than the screen shows the current one and fades where it goes on.
for (const row of document.querySelectorAll(".nav, .tabs")) {
  const here = row.querySelector("[aria-current]");
  if (here) row.scrollLeft = here.getBoundingClientRect().right - row.getBoundingClientRect().right + 40;
  const fade = () => row.classList.toggle("more", row.scrollLeft + row.clientWidth < row.scrollWidth - 4);
  row.addEventListener("scroll", fade, { passive: true });
  window.addEventListener("resize", fade);
  fade();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-print]")) window.print();
  if (button.matches("[data-row-add]")) addRow(button.closest("[data-rows]"));
  if (button.matches("[data-row-remove]")) removeRow(button.closest("[data-row]"));
  if (button.matches("[data-close]")) button.closest(button.dataset.close)?.replaceChildren();
});

// Tables in forms: the template's __index__ becomes the next free number.
function addRow(table) {
  const template = table.querySelector("template");
  const index = Number(table.dataset.next);
  table.dataset.next = String(index + 1);
  const holder = document.createElement("tbody");
  holder.innerHTML = template.innerHTML.replaceAll("__index__", String(index));
  const row = holder.firstElementChild;
  table.querySelector("[data-row-list]").append(row);
  row.querySelector("input, select, textarea")?.focus();
}
function removeRow(row) {
  const rows = row.parentElement;
  if (rows.children.length > 1) { row.remove(); return; }
  for (const input of row.querySelectorAll("input, select, textarea")) input.value = "";
}

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("[data-check-all]")) {
    for (const box of document.querySelectorAll(`input[name="${input.dataset.checkAll}"]`)) box.checked = input.checked;
  }
  if (input.matches("[data-autosubmit]")) input.form.requestSubmit();
  if (input.matches(".drop input[type=file]")) showFiles(input);
});

// Dropping a file on its field.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.(".drop");
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") {
      const input = drop.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
function showFiles(input) {
  const output = input.closest(".drop").querySelector("output");
  if (output) output.textContent = Array.from(input.files, (file) => file.name).join("、");
}
