"use strict";
// The page is whole without this script; it only adds the search and the choice of kinds, and opens folds for print.
(() => {
  const form = document.querySelector("form.filter");
  const search = form.querySelector("input[type=search]");
  const told = form.querySelector("output");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const folds = [...document.querySelectorAll("details")];
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const sections = [...document.querySelectorAll("section[data-kind]")].map((section) => ({
    section,
    kind: section.dataset.kind,
    rows: [...section.querySelectorAll("[data-row]")].map((row) => ({
      row,
      text: plain(row.textContent),
      fold: row.querySelector("details"),
    })),
  }));
  const total = sections.reduce((sum, each) => sum + each.rows.length, 0);

  const filter = () => {
    const terms = plain(search.value).split(/\s+/).filter(Boolean);
    const kinds = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const { section, kind, rows } of sections) {
      const wanted = kinds.size === 0 || kinds.has(kind);
      let here = 0;
      for (const { row, text, fold } of rows) {
        const fits = wanted && terms.every((term) => text.includes(term));
        row.hidden = !fits;
        if (fold) fold.open = fits && terms.some((term) => plain(fold.textContent).includes(term));
        here += fits ? 1 : 0;
      }
      section.hidden = here === 0;
      shown += here;
    }
    told.textContent = shown === 0 ? "Nothing matches" : `Showing ${shown} of ${total}`;
  };

  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(filter);
  };
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = folds.filter((fold) => !fold.open);
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
  if (total > 0) form.hidden = false;
  filter();
})();
