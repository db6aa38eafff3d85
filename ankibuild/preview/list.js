"use strict";

// ---- the list of decks and notes

// Thousands of rows would be slow, so that rows are made in runs, only near what is in view; all
// rows have one height, so that the others keep their room.
const RUN = 40;
let runs = [];

function fold(text) {
  const lower = text.toLowerCase();
  // Accents count for nothing in a search.
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize("NFD").replace(/\p{M}/gu, "");
}

function wordsOf(note) {
  note.words ??= fold([note.id, ...note.tags, note.text, note.question].join(" "));
  return note.words;
}

function isOfKind(note) {
  if (place.only === "new") return note.marks.includes("new");
  if (place.only === "changed") return note.marks.some((mark) => mark !== "new");
  return place.only !== "problems" || note.problems.length > 0;
}

function listed() {
  const words = fold(place.search).split(/\s+/).filter(Boolean);
  return notes.filter(
    (note) =>
      isOfKind(note) &&
      words.every((word) => wordsOf(note).includes(word)),
  );
}

function showList() {
  shown = listed();
  runs = [];
  const list = find("list");
  const scroll = list.scrollTop;
  list.replaceChildren(...byDeck(shown).map(([deck, inside]) => deckBox(deck, inside)));
  if (shown.length === 0) {
    const words = notes.length ? "No notes match." : "There are no notes yet.";
    list.append(make("p", { className: "nothing" }, words));
  }
  list.scrollTop = scroll;
  const all = notes.length === 1 ? "1 note" : `${notes.length} notes`;
  find("shown").textContent = shown.length === notes.length ? all : `${shown.length} of ${all}`;
  fillRuns();
  markCurrent();
}

function byDeck(all) {
  const found = new Map();
  for (const note of all) {
    if (!found.has(note.home)) found.set(note.home, []);
    found.get(note.home).push(note);
  }
  return [...found];
}

function deckBox(deck, inside) {
  const own = [];
  for (let start = 0; start < inside.length; start += RUN) {
    const run = make("div", { className: "run", role: "none" });
    run.notes = inside.slice(start, start + RUN);
    run.start = start;
    run.total = inside.length;
    run.style.setProperty("--rows", run.notes.length);
    for (const note of run.notes) note.run = run;
    own.push(run);
  }
  runs.push(...own);
  const details = make(
    "details",
    { open: !place.closed.includes(deck.key) },
    make(
      "summary",
      { tabIndex: -1 },
      make("span", { dir: "auto" }, deck.name),
      make("span", { className: "count" }, ` ${inside.length}`),
    ),
    ...(deck.description ? [make("p", { className: "about", dir: "auto" }, deck.description)] : []),
    make("div", { role: "list" }, ...own),
  );
  details.addEventListener("toggle", () => {
    place.closed = place.closed.filter((each) => each !== deck.key);
    if (!details.open) place.closed.push(deck.key);
    fillRuns();
    keepPlace();
  });
  return details;
}

function fillRuns() {
  const list = find("list");
  const top = list.scrollTop - list.clientHeight;
  const bottom = list.scrollTop + 2 * list.clientHeight;
  const isNear = (run) =>
    run.closest("details").open && run.offsetTop < bottom && run.offsetTop + run.offsetHeight > top;
  const near = new Set(runs.filter(isNear));
  for (const run of runs) {
    if (near.has(run)) fill(run);
    // What has the focus, or will have it, stays.
    else if (!run.querySelector(":focus, [aria-current]")) run.replaceChildren();
  }
  if (!list.querySelector("[tabindex='0']")) setStop(list.querySelector("[data-key], summary"));
}

function fill(run) {
  if (run.firstChild) return;
  const rows = run.notes.map((note, index) => {
    const words = make("span", { className: "words", dir: "auto" }, withLowFormulas(note.question));
    const button = make("button", { type: "button", tabIndex: -1, "data-key": note.key }, words, badges(note));
    const position = { "aria-posinset": run.start + index + 1, "aria-setsize": run.total };
    return make("div", { className: "row", role: "listitem", ...position }, button);
  });
  run.replaceChildren(...rows);
  drawFormulas([run]);
}

function rowOf(note) {
  if (!note?.run?.isConnected) return null;
  fill(note.run);
  return note.run.children[note.run.notes.indexOf(note)].firstChild;
}

// Of all rows, Tab comes to one; arrow keys lead on from there.
function setStop(element) {
  for (const each of find("list").querySelectorAll("[tabindex='0']")) each.tabIndex = -1;
  if (element) element.tabIndex = 0;
}

function markCurrent() {
  const note = current();
  const at = shown.indexOf(note);
  find("position").textContent = at >= 0 ? `${at + 1} of ${shown.length}` : `– of ${shown.length}`;
  find("previous").setAttribute("aria-disabled", String(at === 0 || shown.length === 0));
  find("next").setAttribute("aria-disabled", String(at === shown.length - 1));
  for (const each of find("list").querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
  const row = at >= 0 ? rowOf(note) : null;
  if (!row) return;
  row.setAttribute("aria-current", "true");
  if (!row.closest("details").open) return;
  setStop(row);
  row.scrollIntoView({ block: "nearest" });
}

function goInList(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
  if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const rows = [...find("list").children].filter((each) => each.open !== undefined).flatMap((details) => [
    details.firstChild,
    ...(details.open ? [...details.lastChild.children].flatMap((run) => run.notes) : []),
  ]);
  const focused = document.activeElement;
  const at = rows.findIndex((row) => row === focused || (row.key && row.key === focused.dataset.key));
  // The first deck's heading is no place to go to with Home: the first note is.
  const to = Math.min(Math.max(at + steps[event.key], event.key === "Home" ? 1 : 0), rows.length - 1);
  const row = rows[to];
  if (row.key) {
    select(row.key);
    rowOf(row).focus();
  } else {
    setStop(row);
    row.focus();
  }
}
