// Filters and copy buttons. Without scripts everything is shown, and a click selects a statement.
(() => {
  "use strict";
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const checks = [...document.querySelectorAll("[data-check]")];
  const groups = [...document.querySelectorAll(".group")];
  const texts = checks.map((check) => check.textContent.toLowerCase());

  function fits(check, wanted) {
    return (
      (wanted.outcomes.length === 0 || wanted.outcomes.includes(check.dataset.outcome)) &&
      (!wanted.level || check.dataset.level === wanted.level) &&
      (!wanted.area || check.dataset.area === wanted.area)
    );
  }

  function filter() {
    const data = new FormData(form);
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = {
      outcomes: data.getAll("outcome"),
      level: data.get("level"),
      area: data.get("area"),
    };
    const asked =
      words.length + wanted.outcomes.length > 0 || wanted.level !== "" || wanted.area !== "";
    let number = 0;
    checks.forEach((check, at) => {
      const fit = fits(check, wanted) && words.every((word) => texts[at].includes(word));
      check.hidden = !fit;
      number += fit ? 1 : 0;
    });
    for (const group of groups) {
      const own = [...group.querySelectorAll("[data-check]")];
      group.hidden = asked && own.every((check) => check.hidden);
      const list = group.querySelector(":scope > details");
      if (list) {
        list.dataset.open ??= String(list.open);
        list.open = asked || list.dataset.open === "true";
      }
    }
    shown.textContent = shown.dataset.words.replace("{}", number).replace("{}", checks.length);
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      form.elements.text.focus();
    }
  });
  // A browser keeps what was typed when it goes back to a page.
  window.addEventListener("pageshow", filter);

  async function copied(code) {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return true;
    } catch {
      // Denied, or a browser that has no clipboard for files: select it, and try the older way.
      const selection = getSelection();
      selection.selectAllChildren(code);
      return document.execCommand("copy");
    }
  }

  for (const button of document.querySelectorAll(".copy")) {
    const label = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const done = await copied(button.parentElement.querySelector("code"));
      button.textContent = done ? button.dataset.done : button.dataset.selected;
      setTimeout(() => (button.textContent = label), 2500);
    });
  }

  const opened = [];
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      opened.push(details);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened.splice(0)) details.open = false;
  });
  // A link into a list that is closed opens it.
  function reveal() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const list = target && target.closest("details");
    if (list) {
      list.open = true;
      target.scrollIntoView();
    }
  }
  window.addEventListener("hashchange", reveal);
  reveal();
})();
