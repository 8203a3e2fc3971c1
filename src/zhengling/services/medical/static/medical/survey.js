// The household survey outlives the network: every change is kept on the device; a survey that cannot be sent waits
// there and goes out when the network is back. The key makes sending it twice harmless.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("survey-form");
  const state = document.getElementById("survey-state");
  const errors = document.getElementById("survey-errors");
  const store = form.dataset.key;

  // The page itself must open again without a network; a browser without service workers still keeps what was typed.
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(form.dataset.worker).then(() => fetch(location.href)).catch(() => {});
  }

  const say = (word) => { state.textContent = state.dataset[word]; };
  const read = () => JSON.parse(localStorage.getItem(store) || "{}");
  const keep = (waiting) => {
    const values = Object.fromEntries(new FormData(form));
    delete values.csrfmiddlewaretoken;
    localStorage.setItem(store, JSON.stringify({ values, waiting: waiting || false }));
  };

  for (const [name, value] of Object.entries(read().values || {})) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  const key = form.elements.namedItem("device_key");
  if (!key.value) key.value = crypto.randomUUID();

  form.addEventListener("input", () => { keep(read().waiting); say(navigator.onLine ? "kept" : "offline"); });

  const send = async () => {
    errors.replaceChildren();
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    } catch {
      keep(true);
      say("offline");
      return;
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) {
      localStorage.removeItem(store);
      navigator.serviceWorker?.controller?.postMessage("forget");
      say("sent");
      form.querySelector("button").disabled = true;
      return;
    }
    keep(false);
    const texts = body.errors ? Object.entries(body.errors).map(([name, list]) => `${label(name)}：${list.join("，")}`) : [body.message || String(answer.status)];
    for (const text of texts) {
      const item = document.createElement("li");
      item.textContent = text;
      errors.append(item);
    }
  };
  const label = (name) => form.querySelector(`label[for="id_${name}"]`)?.textContent.trim() || name;

  form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); keep(true); say("waiting"); send(); });
  window.addEventListener("online", () => { if (read().waiting) send(); });
  if (read().waiting && navigator.onLine) send();
  if (!navigator.onLine) say("offline");
});
