"use strict";
// The page is whole without this script; it only adds the search and the choice of kinds, and opens folds for print.
(() => {
  const form = document.querySelector("form.filter");
  const search = form.querySelector("input[type=search]");
  const told = form.querySelector("output");
  const chosen = (name) => new Set([...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value));
  const folds = [...document.querySelectorAll("details")];
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const sections = [...document.querySelectorAll("section[data-kind]")].map((section) => ({
    section,
    whole: section.querySelector(":scope > details"),
    rows: [...section.querySelectorAll("[data-row]")].map((row) => ({
      row,
      kind: row.dataset.kind || section.dataset.kind,
      status: row.dataset.status,
      text: plain(row.textContent),
      fold: row.querySelector("details"),
    })),
  }));
  const total = sections.reduce((sum, each) => sum + each.rows.length, 0);

  let wasNarrow = false;
  const filter = () => {
    const terms = plain(search.value).split(/\s+/).filter(Boolean);
    const kinds = chosen("kind");
    const statuses = chosen("status");
    const isNarrow = terms.length + kinds.size + statuses.size > 0;
    const isWanted = (kind, status) =>
      (kinds.size === 0 || kinds.has(kind)) && (statuses.size === 0 || statuses.has(status));
    let shown = 0;
    for (const { section, whole, rows } of sections) {
      let here = 0;
      for (const { row, kind, status, text, fold } of rows) {
        const fits = isWanted(kind, status) && terms.every((term) => text.includes(term));
        row.hidden = !fits;
        if (fold) fold.open = fits && terms.some((term) => plain(fold.textContent).includes(term));
        here += fits ? 1 : 0;
      }
      section.hidden = here === 0;
      if (whole && (isNarrow || wasNarrow)) whole.open = isNarrow && here > 0;
      shown += here;
    }
    wasNarrow = isNarrow;
    told.textContent = shown === 0 ? "Nothing matches" : `Showing ${shown} of ${total}`;
  };

  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(filter);
  };
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link to a row that is folded away opens what it stands in.
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
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
  reveal();
})();
