// The filter of the list. Without scripts the whole list is shown.
(() => {
  "use strict";
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("[data-level]")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  function filter() {
    const data = new FormData(form);
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const level = data.get("level");
    let number = 0;
    rows.forEach((row, at) => {
      const fits =
        (!level || row.dataset.level === level) && words.every((word) => texts[at].includes(word));
      row.hidden = !fits;
      number += fits ? 1 : 0;
    });
    for (const area of document.querySelectorAll(".group")) {
      area.hidden = !area.querySelector("[data-level]:not([hidden])");
    }
    shown.textContent = `${number} of ${rows.length}`;
  }
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  window.addEventListener("pageshow", filter);
})();
