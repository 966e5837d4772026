// Forms that give a request: a file is read into the field, and what is wrong with the request is
// shown beside it. Without scripts a page tells it, and the browser goes back to what was typed.
(() => {
  "use strict";
  const form = document.getElementById("give");
  const place = document.getElementById("fault");
  const field = form.elements.document;
  const submit = form.querySelector("[type=submit]");

  const file = form.querySelector("input[type=file]");
  file.closest("[hidden]").hidden = false;
  file.addEventListener("change", async () => {
    if (file.files.length === 1) {
      field.value = await file.files[0].text();
      field.focus();
    }
    // The same file may be taken again once it was changed.
    file.value = "";
  });

  function select(line) {
    const before = field.value.split("\n").slice(0, line - 1).join("\n");
    const from = before.length + (line > 1 ? 1 : 0);
    const length = field.value.slice(from).search(/\n|$/);
    field.focus();
    field.setSelectionRange(from, from + length);
  }

  function tell(page) {
    const fault = page.getElementById("problem");
    if (!fault) throw new Error("no problem is told");
    for (const item of fault.querySelectorAll("[data-line]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Show the line";
      const line = Number(item.dataset.line);
      button.addEventListener("click", () => select(line));
      item.append(" ", button);
    }
    place.replaceChildren(document.adoptNode(fault));
    fault.focus();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    place.replaceChildren();
    try {
      // Not form.action: that is the field of this name.
      const response = await fetch(form.getAttribute("action"), {
        method: "POST",
        headers: { Accept: "text/html" },
        body: new URLSearchParams(new FormData(form)),
      });
      if (response.ok) {
        location.assign(response.url);
        return;
      }
      tell(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      place.textContent = "The service does not answer. Nothing was begun, as far as is known.";
    }
    submit.disabled = false;
  });
  // A browser that goes back shows the page as it was left.
  window.addEventListener("pageshow", () => (submit.disabled = false));
})();
