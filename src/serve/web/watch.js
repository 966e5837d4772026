// Shows steps as they happen. The words are those of the page itself, which is read again at every
// event; without scripts the whole page is, every two seconds.
(() => {
  "use strict";
  const watch = document.getElementById("watch");
  const list = document.getElementById("progress");
  const busy = document.getElementById("busy");

  async function refresh() {
    const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("progress");
    if (!fresh) {
      location.reload();
      return;
    }
    const items = [...fresh.children].slice(list.children.length);
    list.append(...items.map((item) => document.adoptNode(item)));
    busy.textContent = page.getElementById("busy").textContent;
  }

  // One after the other: two at once would add a step twice.
  let last = Promise.resolve();
  function next() {
    last = last.then(refresh).catch(() => {});
  }

  const events = new EventSource(watch.dataset.events);
  for (const name of ["started", "visited"]) events.addEventListener(name, next);
  events.addEventListener("ended", () => {
    events.close();
    last.then(() => location.reload());
  });
  events.addEventListener("error", () => {
    // A stream that is refused does not come back by itself; a lost one does.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
  });
})();
