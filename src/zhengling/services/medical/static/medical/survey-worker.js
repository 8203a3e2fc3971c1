// Keeps the survey page and its files, so that it opens again in a house without network. Nothing else is kept.
"use strict";

const SHELF = "survey-1";

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(
    fetch(request)
      .then((answer) => {
        if (answer.ok && !answer.redirected) {
          const copy = answer.clone();
          event.waitUntil(caches.open(SHELF).then((shelf) => shelf.put(request, copy)));
        }
        return answer;
      })
      .catch(() => caches.match(request).then((kept) => kept || Response.error())),
  );
});

// The page says when its survey has been taken or its officer signs out: then nothing personal stays on the device.
self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(SHELF));
});
