// Makes the page quicker to use; without it everything is there all the same.
(() => {
  "use strict";
  const root = document.documentElement;
  const find = (selector) => [...document.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  root.classList.add("js");

  // Theme: that of the system until somebody chooses; kept where the browser lets a file keep something.
  const theme = byId("theme");
  const kept = (value) => {
    try {
      return value ? localStorage.setItem("theme", value) : localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  const chosen = kept();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept(root.dataset.theme);
    showTheme();
  });
  system.addEventListener("change", showTheme);
  showTheme();

  // Copying; where the clipboard is closed, as on plain http, the command is selected instead.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const command = button.closest(".shown").querySelector("code");
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(command.textContent);
    } catch {
      getSelection().selectAllChildren(command);
      said = "Selected";
    }
    button.textContent = said;
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });

  // Search and filters.
  const form = byId("filters");
  const rows = find(".row");
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const chosenIn = (name) => new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));
  const kinds = form ? [...new Set([...form.querySelectorAll("[type=checkbox]")].map((box) => box.name))] : [];
  const apply = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = kinds.map((name) => [name, chosenIn(name)]);
    let count = 0;
    for (const row of rows) {
      const kept = wanted.every(([name, values]) => !values.size || values.has(row.dataset[name]));
      row.hidden = !(kept && words.every((word) => textOf(row).includes(word)));
      count += !row.hidden;
    }
    byId("shown").value = `${count} of ${rows.length} shown`;
    byId("nothing").hidden = count > 0;
  };
  const show = (verdict) => {
    form.reset();
    for (const box of form.querySelectorAll("[name=verdict]")) box.checked = box.value === verdict;
    apply();
  };
  const named = () => {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return "";
    }
  };
  const reveal = () => {
    const row = byId(named());
    if (!row || !row.matches(".row")) return;
    if (row.hidden) show();
    row.open = true;
    row.scrollIntoView({ block: "start" });
    row.querySelector("summary").focus({ preventScroll: true });
  };
  if (form) {
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    byId("clear").addEventListener("click", () => show());
    byId("expand").addEventListener("click", () => {
      const shown = rows.filter((row) => !row.hidden);
      const open = shown.some((row) => !row.open);
      for (const row of shown) row.open = open;
    });
    for (const link of find("[data-choose]")) {
      link.addEventListener("click", () => show(link.dataset.choose));
    }
    addEventListener("hashchange", reveal);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#r']");
      if (link && link.getAttribute("href") === location.hash) reveal();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
      event.preventDefault();
      byId("search").focus();
    });
    apply();
    reveal();
  }

  // A grid is one stop of the tab key; arrows go on from there.
  const step = (grid, cells, from, key) => {
    const at = cells.indexOf(from);
    if (key === "ArrowRight") return cells[at + 1];
    if (key === "ArrowLeft") return cells[at - 1];
    if (key === "Home") return cells[0];
    if (key === "End") return cells[cells.length - 1];
    if (key !== "ArrowDown" && key !== "ArrowUp") return null;
    const here = from.getBoundingClientRect();
    const down = key === "ArrowDown" ? 1 : -1;
    const away = (cell) => (cell.getBoundingClientRect().top - here.top) * down;
    const aside = (cell) => Math.abs(cell.getBoundingClientRect().left - here.left);
    const beyond = cells.filter((cell) => away(cell) > 1);
    return beyond.sort((one, other) => aside(one) - aside(other) || away(one) - away(other))[0];
  };
  for (const grid of find("[data-grid]")) {
    const cells = [...grid.querySelectorAll("a.cell")];
    cells.forEach((cell, index) => (cell.tabIndex = index ? -1 : 0));
    grid.addEventListener("keydown", (event) => {
      const next = event.target.matches("a.cell") && step(grid, cells, event.target, event.key);
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
    grid.addEventListener("focusin", (event) => {
      if (event.target.matches("a.cell")) for (const cell of cells) cell.tabIndex = cell === event.target ? 0 : -1;
    });
  }

  // What a cell says, while it is pointed at or focused.
  const readout = byId("readout");
  if (readout) {
    const say = (event) => {
      const cell = event.target.closest && event.target.closest("#glance a.cell");
      readout.hidden = !cell;
      if (cell) readout.textContent = cell.title || cell.dataset.said;
    };
    for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, say);
    document.addEventListener("focusout", () => (readout.hidden = true));
  }

  // Paper cannot be opened: what is not a pass is, for as long as it is printed.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = find("details:not([open]):not(.row.pass)");
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });
})();
