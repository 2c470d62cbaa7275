(() => {
  "use strict";
  // Text of the data goes into text nodes only: nothing here parses HTML.
  const body = document.querySelector("#table > tbody");
  const rows = [...body.rows];
  const filters = Object.fromEntries(
    ["text", "status", "kind", "agent"].map((name) => [name, document.getElementById(`filter-${name}`)]));
  const shown = document.getElementById("shown");
  let data = null;

  const load = () => (data ??= JSON.parse(document.getElementById("conversations").textContent));
  const text = (value) => (typeof value === "number" ? load().texts[value] : value);

  const make = (name, className, ...content) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...content);
    return element;
  };

  const list = (title, pairs) => {
    if (!pairs.length) return "";
    const items = pairs.flatMap(([name, value, tone]) => [make("dt", "", name), make("dd", tone ?? "", value)]);
    return make("div", "facts", make("h4", "", title), make("dl", "", ...items));
  };

  const step = ([who, what, whole, tone]) => {
    const item = make("li", tone, make("span", "who", who), make("span", "what", text(what)));
    if (whole !== "") item.append(make("pre", "", text(whole)));
    return item;
  };

  const gate = ([name, attempts, violations]) => {
    const state = violations ? `broken ${violations} of ${attempts}` : attempts ? `held, ${attempts} tried` : "never tried";
    return [text(name), state, violations ? "bad" : ""];
  };

  const conversation = (run) => {
    const reasons = run.reasons.map((reason) => make("li", "bad", text(reason)));
    const check = ([name, good]) => [text(name), good ? "as it must be" : "wrong", good ? "" : "bad"];
    return make("div", "opened",
      make("p", "prompt", make("span", "who", "Task"), text(run.prompt)),
      reasons.length ? make("ul", "reasons", ...reasons) : "",
      make("ol", "steps", ...run.steps.map(step)),
      make("div", "verdicts",
        list("Checks", run.checks.map(check)),
        list("Gates", run.gates.map(gate)),
        list("Measures", run.measures),
        list("Injection", run.injection.map(([name, value]) => [text(name), text(value)]))));
  };

  const toggle = (row, open) => {
    const button = row.querySelector("button");
    const next = row.nextElementSibling?.classList.contains("detail") ? row.nextElementSibling : null;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return next?.remove();
    if (next) return;
    const number = rows.indexOf(row);
    const cell = make("td", "", conversation(load().runs[number]));
    cell.colSpan = row.cells.length;
    const detail = make("tr", "detail", cell);
    detail.id = `opened-${number}`;
    row.after(detail);
  };

  // Everything that a row opens to can be searched. A long text stands once in the data, so each is looked at once.
  let index = null;
  const build = () => {
    const data = load();
    const leaves = (value) => (Array.isArray(value) ? value.flatMap(leaves) : [value]);
    return {
      texts: data.texts.map((whole) => whole.toLowerCase()),
      rows: rows.map((row, number) => {
        const { prompt, reasons, steps } = data.runs[number];
        const all = [prompt, ...reasons, ...leaves(steps)];
        const short = all.filter((value) => typeof value === "string");
        return {
          long: all.filter((value) => typeof value === "number"),
          short: [row.textContent, ...short].join("\n").toLowerCase(),
        };
      }),
    };
  };

  const finder = (word) => {
    index ??= build();
    const hits = new Set(index.texts.flatMap((whole, number) => (whole.includes(word) ? [number] : [])));
    return (number) => index.rows[number].short.includes(word) || index.rows[number].long.some((id) => hits.has(id));
  };

  const chosen = (row) =>
    ["status", "kind", "agent"].every((name) => !filters[name].value || row.dataset[name] === filters[name].value);

  const filter = () => {
    const finders = filters.text.value.toLowerCase().split(/\s+/).filter(Boolean).map(finder);
    let count = 0;
    for (const [number, row] of rows.entries()) {
      const fits = chosen(row) && finders.every((finds) => finds(number));
      if (!fits) toggle(row, false);
      row.hidden = !fits;
      count += Number(fits);
    }
    shown.textContent = count === rows.length ? `${rows.length} runs` : `${count} of ${rows.length} runs`;
  };

  const reset = () => {
    for (const input of Object.values(filters)) input.value = "";
    filter();
  };

  const follow = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (!row || !rows.includes(row)) return;
    if (row.hidden) reset();
    toggle(row, true);
    row.scrollIntoView();
    row.querySelector("button").focus({ preventScroll: true });
  };

  for (const input of Object.values(filters)) input.addEventListener("input", filter);
  document.getElementById("reset").addEventListener("click", reset);
  body.addEventListener("click", (event) => {
    const button = event.target.closest("th > button");
    if (button) toggle(button.closest("tr"), button.getAttribute("aria-expanded") !== "true");
  });
  addEventListener("hashchange", follow);
  // A browser that goes back to this page may have kept what was typed.
  filter();
  follow();
})();
