"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const form = document.querySelector(".filters");
  const table = document.querySelector("table.lifts");
  if (!form || !table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, place) => ({
    ...row.dataset,
    row, place,
    text: row.textContent.toLowerCase(),
    checks: new Map((row.dataset.checks || "").split(" ").filter(Boolean).map((one) => one.split(":"))),
    load: Number(row.dataset.load), rank: Number(row.dataset.rank),
  }));
  const asked = form.elements;
  const heads = all("thead th[data-sort]", table);

  const fits = (one, wanted) =>
    (!asked.athlete.value || one.athlete === asked.athlete.value) &&
    (!asked.verdict.value || (asked.check.value ? one.checks.get(asked.check.value) : one.verdict) === asked.verdict.value) &&
    (!asked.check.value || asked.verdict.value || one.checks.has(asked.check.value)) &&
    wanted.every((word) => one.text.includes(word));
  const filter = () => {
    const wanted = asked.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of rows) {
      const shown = fits(one, wanted);
      one.row.hidden = !shown;
      count += shown;
    }
    asked.count.value = `${count} of ${rows.length}`;
    document.querySelector(".nothing").hidden = count > 0;
  };
  const words = new Intl.Collator(undefined, { numeric: true });
  const compare = (a, b) => (typeof a === "number" ? a - b : words.compare(a, b));
  const sort = () => {
    const [key, way] = asked.sort.value.split(":");
    // What is not known comes last, whichever way the rest goes.
    const empty = (one) => one[key] === "" || one[key] === 0 && key === "load";
    rows.sort((a, b) => empty(a) - empty(b) || Number(way) * compare(a[key], b[key]) || a.place - b.place);
    body.append(...rows.map((one) => one.row));
    mark(key, way);
  };
  const mark = (key, way) => {
    heads.forEach((head) => head.setAttribute("aria-sort", head.dataset.sort !== key ? "none" : way === "1" ? "ascending" : "descending"));
  };
  heads.forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const [key, way] = asked.sort.value.split(":");
      const next = `${head.dataset.sort}:${key === head.dataset.sort ? -Number(way) : ["date", "load"].includes(head.dataset.sort) ? -1 : 1}`;
      if (![...asked.sort.options].some((option) => option.value === next)) {
        const option = new Option(`${button.textContent.toLowerCase()}, ${next.endsWith("-1") ? "down" : "up"}`, next);
        asked.sort.add(option);
      }
      asked.sort.value = next;
      sort();
    });
  });
  form.addEventListener("input", (event) => (event.target === asked.sort ? sort() : filter()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { filter(); sort(); }));
  all("[data-reset]").forEach((el) => el.addEventListener("click", () => form.reset()));
  all("[data-show]").forEach((el) => el.addEventListener("click", () => { asked.verdict.value = el.dataset.show; filter(); }));
  form.hidden = false;
  mark("date", "-1"); // the order in which they were written
})();
