"use strict";

// A card is shown in a frame of its own, in which no script runs; this page reaches into it to fit
// its height, to open hints and links, and to hear its keys.
const CARD_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; " +
  "media-src 'self' data:; font-src 'self' data:; form-action 'none'";
const PLACE = "ankibuild-preview";
const SCREEN_HEIGHT = 700;
const TALLEST_CARD = 6000;

const find = (id) => document.getElementById(id);
const root = document.documentElement;
let data = JSON.parse(find("data").textContent);
let notes = [];
const place = {
  note: noteInAddress(),
  answer: false,
  always: false,
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  phone: false,
  search: "",
  only: "all",
  closed: [],
};
// A file opened from disk may have no storage; then only this visit remembers.
try {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}");
  Object.assign(place, kept, place.note ? { note: place.note } : {});
} catch {}

function noteInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

function keepPlace() {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(place));
    history.replaceState(null, "", `#${encodeURIComponent(place.note)}`);
  } catch {}
}

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function tell(words) {
  find("status").textContent = words;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => (find("status").textContent = ""), 4000);
}

// ---- the list of decks and notes

function readNotes() {
  notes = [];
  for (const pack of data.packages) {
    for (const deck of pack.decks) {
      for (const note of deck.notes) {
        const words = [note.id, ...note.tags, note.text, note.question].join(" ").toLowerCase();
        notes.push({ ...note, key: `${pack.folder}/${note.id}`, pack, deck: deck.name, words });
      }
    }
  }
}

function listed() {
  const words = place.search.toLowerCase().split(/\s+/).filter(Boolean);
  return notes.filter(
    (note) =>
      words.every((word) => note.words.includes(word)) &&
      (place.only !== "changed" || note.marks.length > 0) &&
      (place.only !== "problems" || note.problems.length > 0),
  );
}

function badges(note) {
  const all = note.marks.map((mark) => make("span", { className: "badge mark" }, mark));
  for (const severity of ["error", "warning"]) {
    const count = note.problems.filter((problem) => problem.severity === severity).length;
    const words = count === 1 ? severity : `${count} ${severity}s`;
    if (count) all.push(make("span", { className: `badge ${severity}` }, words));
  }
  return make("span", { className: "badges" }, ...all);
}

function showList() {
  const shown = listed();
  const list = find("list");
  const scroll = list.scrollTop;
  const parts = [];
  for (const pack of data.packages) {
    for (const deck of pack.decks) {
      const inside = shown.filter((note) => note.pack === pack && note.deck === deck.name);
      if (inside.length === 0) continue;
      const items = inside.map((note) =>
        make(
          "li",
          {},
          make(
            "button",
            { type: "button", "data-key": note.key, onclick: () => select(note.key) },
            make("span", { className: "words", dir: "auto" }, note.question),
            badges(note),
          ),
        ),
      );
      const key = `${pack.folder}/${deck.name}`;
      const details = make(
        "details",
        { open: !place.closed.includes(key) },
        make(
          "summary",
          {},
          make("span", { dir: "auto" }, deck.name),
          make("span", { className: "count" }, ` ${inside.length}`),
        ),
        ...(deck.description ? [make("p", { className: "about", dir: "auto" }, deck.description)] : []),
        make("ol", {}, ...items),
      );
      details.addEventListener("toggle", () => {
        place.closed = place.closed.filter((each) => each !== key);
        if (!details.open) place.closed.push(key);
        keepPlace();
      });
      parts.push(details);
    }
  }
  if (parts.length === 0) {
    const words = notes.length ? "No note is like that." : "There are no cards to show yet.";
    parts.push(make("p", { className: "nothing" }, words));
  }
  list.replaceChildren(...parts);
  list.scrollTop = scroll;
  markCurrent();
}

function markCurrent() {
  for (const button of find("list").querySelectorAll("[data-key]")) {
    const isCurrent = button.dataset.key === place.note;
    if (isCurrent) {
      button.setAttribute("aria-current", "true");
      button.scrollIntoView({ block: "nearest" });
    } else {
      button.removeAttribute("aria-current");
    }
  }
}

// ---- one note

const current = () => notes.find((note) => note.key === place.note);
const answersShown = () => place.answer || place.always;

function select(key) {
  if (key !== place.note) place.answer = false;
  place.note = key;
  find("main").scrollTop = 0;
  markCurrent();
  showNote();
  keepPlace();
}

function move(step) {
  const shown = listed();
  if (shown.length === 0) return;
  const at = shown.findIndex((note) => note.key === place.note);
  const to = Math.min(Math.max(at + step, 0), shown.length - 1);
  const inList = find("list").contains(document.activeElement);
  if (to === at) return tell(step > 0 ? "This is the last note." : "This is the first note.");
  select(shown[to].key);
  if (inList) find("list").querySelector("[aria-current]")?.focus();
  tell(`Note ${to + 1} of ${shown.length}: ${shown[to].question}`);
}

function turn() {
  place.answer = !answersShown();
  if (!place.answer) place.always = false;
  showSwitches();
  showNote();
  keepPlace();
  tell(place.answer ? "Answer shown" : "Answer hidden");
}

function showNote() {
  const note = current();
  const main = find("main");
  const scroll = main.scrollTop;
  const heights = [...find("note").querySelectorAll("iframe")].map((each) => each.style.height);
  if (!note) {
    find("note").replaceChildren(make("h1", { id: "question" }, data.title));
    return;
  }
  const meta = make("p", { className: "meta" }, make("code", {}, note.place), ` · ${note.type}`);
  meta.append(` · ${note.id}`, ...note.tags.map((tag) => ` · #${tag}`));
  const head = make("header", {}, make("h1", { id: "question", dir: "auto" }, note.question, " "), meta);
  head.firstChild.append(badges(note));
  const cards = note.cards.map((card) => {
    const sides = make("div", { className: "sides" }, side(note, card, "front", heights.shift()));
    if (answersShown()) {
      sides.append(side(note, card, "back", heights.shift()));
    } else {
      const cover = make("div", { className: "covered" }, make("button", { type: "button", onclick: turn }, "Show the answer"));
      sides.append(make("figure", { className: "side" }, make("figcaption", {}, "Back"), cover));
    }
    const row = make("section", { className: "card-row" });
    row.append(make("header", {}, make("h2", {}, card.name)), sides);
    return row;
  });
  const stale = note.pack.stale
    ? [make("p", { className: "stale" }, "The sources have errors: these are the last good cards.")]
    : [];
  find("note").replaceChildren(
    head,
    ...stale,
    ...note.problems.map(problemBox),
    ...note.differences.map(differenceBox),
    ...cards,
  );
  main.scrollTop = scroll;
}

function problemBox(problem) {
  const box = make("div", { className: `problem ${problem.severity}` });
  box.append(make("p", {}, `${problem.severity === "error" ? "Error" : "Warning"}: ${problem.message}; ${problem.cure}`));
  box.append(make("p", { className: "place" }, problem.place));
  if (problem.excerpt.trim()) {
    // Tabs before the column stay tabs, so that the caret stands below the letter.
    const before = problem.excerpt.slice(0, Math.max(problem.column - 1, 0)).replace(/[^\t]/g, " ");
    box.append(make("pre", {}, `${problem.excerpt}\n${before}^`));
  }
  return box;
}

function differenceBox(difference) {
  const tags = { old: "del", new: "ins", same: "span" };
  const words = difference.words.map(([kind, text]) => make(tags[kind], {}, text));
  return make("p", { className: "difference" }, make("strong", {}, `${difference.field}: `), ...words);
}

// ---- the frame of one side

function cardDocument(note, card, html, { dark, phone, paper }) {
  const night = dark ? " nightMode night_mode" : "";
  const classes = [dark ? "night-mode" : "", phone ? "mobile" : ""].join(" ").trim();
  // A frame is as high as its card, not as a screen: shares of a height are those of this screen.
  const style = (data.base + data.styles[note.style])
    .replace(/<\/style/gi, "<\\/style")
    .replace(/(\d*\.?\d+)[dls]?vh\b/gi, (all, share) => `${share * (SCREEN_HEIGHT / 100)}px`);
  const text =
    `<!doctype html><html class="${classes}"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${CARD_POLICY}">` +
    `<meta name="color-scheme" content="${dark ? "dark" : "light"}">` +
    `<style>${style}</style>` +
    `${paper ? "<style>.hint[style]{display:block!important}body{font-size:11pt!important;margin:10px}</style>" : ""}</head>` +
    `<body class="card card${card.ordinal + 1}${night}"><div id="qa">${html}</div></body></html>`;
  return text.replace(/(["'])\/media\/([^"']+)\1/g, (all, mark, name) =>
    name in data.media ? mark + data.media[name] + mark : all,
  );
}

function frameFor(note, card, name) {
  const title = `${name === "front" ? "Front" : "Back"} of the card ${card.name}`;
  return make("iframe", { title, sandbox: "allow-same-origin" });
}

function fit(frame) {
  const inside = frame.contentDocument;
  if (!inside?.body) return;
  // A scroll bar that shows only while measuring would make the card narrower.
  inside.documentElement.style.overflowY = "hidden";
  frame.style.height = "0";
  const borders = frame.offsetHeight - frame.clientHeight;
  const margins = parseFloat(getComputedStyle(inside.body).marginBottom) || 0;
  const content = inside.body.getBoundingClientRect().bottom + inside.defaultView.scrollY + margins;
  const height = Math.max(inside.documentElement.scrollHeight, Math.ceil(content));
  if (height > TALLEST_CARD) inside.documentElement.style.overflowY = "auto";
  frame.style.height = `${Math.min(height, TALLEST_CARD) + borders}px`;
}

function side(note, card, name, height) {
  const frame = frameFor(note, card, name);
  if (height) frame.style.height = height;
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument;
    const main = find("main");
    const keepScroll = (work) => {
      const scroll = main.scrollTop;
      work();
      main.scrollTop = scroll;
    };
    keepScroll(() => fit(frame));
    let width = 0;
    let last = inside.body.offsetHeight;
    new ResizeObserver(() => {
      if (!frame.isConnected || (frame.clientWidth === width && inside.body.offsetHeight === last)) return;
      width = frame.clientWidth;
      keepScroll(() => fit(frame));
      last = inside.body.offsetHeight;
    }).observe(inside.body);
    inside.addEventListener("keydown", onKey);
    inside.addEventListener("click", onCardClick);
  });
  frame.srcdoc = cardDocument(note, card, card[name], place);
  return make("figure", { className: "side" }, make("figcaption", {}, name === "front" ? "Front" : "Back"), frame);
}

function onCardClick(event) {
  // The button of Anki's image occlusion.
  if (event.target.closest?.("#toggle")) {
    const masks = event.target.ownerDocument.querySelectorAll(".cloze-inactive-mask");
    masks.forEach((mask) => (mask.hidden = !mask.hidden));
    return;
  }
  const link = event.target.closest?.("a");
  if (!link) return;
  event.preventDefault();
  if (link.classList.contains("hint")) {
    link.style.display = "none";
    if (link.nextElementSibling) link.nextElementSibling.style.display = "block";
  } else if (/^(https?|mailto|tel):/i.test(link.getAttribute("href") ?? "")) {
    window.open(link.href, "_blank", "noopener,noreferrer");
  }
}

// ---- all cards on paper

function layOut() {
  if ("printing" in root.dataset) return;
  const paper = find("paper");
  root.dataset.printing = "";
  const parts = [];
  const frames = [];
  let deck = "";
  for (const note of notes) {
    if (note.deck !== deck) parts.push(make("h1", { dir: "auto" }, note.deck));
    deck = note.deck;
    for (const card of note.cards) {
      const sides = ["front", "back"].map((name) => {
        const frame = frameFor(note, card, name);
        frames.push([frame, cardDocument(note, card, card[name], { paper: true })]);
        return frame;
      });
      const name = note.cards.length > 1 ? ` · ${card.name}` : "";
      const meta = make("p", { className: "meta" }, `${note.id}${name}`, note.marks.length ? ` · ${note.marks.join(", ")}` : "");
      parts.push(make("section", { className: "card-row" }, meta, make("div", { className: "sides" }, ...sides)));
    }
  }
  paper.replaceChildren(...parts);
  // Printing does not wait for a frame to load, so its text is written into it at once.
  for (const [frame, text] of frames) {
    frame.style.width = "100%";
    frame.contentDocument.open();
    frame.contentDocument.write(text);
    frame.contentDocument.close();
  }
  frames.forEach(([frame]) => fit(frame));
}

async function printAll() {
  layOut();
  const frames = [...find("paper").querySelectorAll("iframe")];
  const pictures = frames.flatMap((frame) => [...frame.contentDocument.images]);
  await Promise.all(pictures.map((each) => each.decode().catch(() => {})));
  frames.forEach(fit);
  window.print();
}

function clearPaper() {
  delete root.dataset.printing;
  find("paper").replaceChildren();
}

// ---- switches, keys, news from the server

function showSwitches() {
  root.toggleAttribute("data-dark", place.dark);
  root.toggleAttribute("data-phone", place.phone);
  for (const name of ["dark", "phone", "always"]) find(name).setAttribute("aria-pressed", String(place[name]));
  find("search").value = place.search;
  find("only").value = place.only;
}

function onKey(event) {
  if (event.key === "p" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    return printAll();
  }
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const target = event.target;
  const inField = target.closest?.("input, select, textarea, audio, video");
  if (event.key === "Escape" && inField) return target.blur();
  if (inField) return;
  const inList = find("list").contains(target);
  const steps = { ArrowRight: 1, ArrowLeft: -1, ...(inList ? { ArrowDown: 1, ArrowUp: -1 } : {}) };
  if (event.key in steps) move(steps[event.key]);
  else if (event.key === "/") find("search").focus();
  else if (event.key === " " && !target.closest?.("#bar button, summary, .covered button")) turn();
  else return;
  event.preventDefault();
}

function showAll() {
  readNotes();
  document.title = `${data.title} – preview`;
  const problems = find("problems");
  const reports = data.packages.filter((pack) => pack.changes).map((pack) =>
    make("details", {}, make("summary", {}, `${pack.title}: since the last release`), make("pre", {}, pack.changes)),
  );
  problems.hidden = data.problems.length + reports.length === 0;
  problems.replaceChildren(...data.problems.map(problemBox), ...reports);
  showSwitches();
  showList();
  showNote();
}

function refresh(news) {
  const index = notes.findIndex((note) => note.key === place.note);
  const focused = document.activeElement?.dataset?.key;
  const scroll = find("main").scrollTop;
  data = news;
  readNotes();
  if (!current() && notes.length) place.note = notes[Math.min(Math.max(index, 0), notes.length - 1)].key;
  showAll();
  find("main").scrollTop = scroll;
  if (focused) find("list").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  keepPlace();
  tell("The sources changed: updated");
}

function listen() {
  const events = new EventSource("/events");
  events.onmessage = async (event) => {
    if (event.data === data.version) return;
    try {
      refresh(await (await fetch("/data")).json());
    } catch {
      tell("The preview does not answer.");
    }
  };
  events.onerror = () => (find("status").textContent = "The preview has stopped: run the command again.");
  events.onopen = () => tell("");
}

for (const name of ["dark", "phone", "always"]) {
  find(name).addEventListener("click", (event) => {
    // After a click of the mouse, the space bar shows the answer again.
    if (event.detail > 0) event.currentTarget.blur();
    place[name] = !place[name];
    if (name === "always") place.answer = place.always;
    showSwitches();
    showNote();
    keepPlace();
  });
}
find("search").addEventListener("input", (event) => {
  place.search = event.target.value;
  showList();
  keepPlace();
});
find("search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  event.preventDefault();
  find("list").querySelector("[data-key]")?.focus();
  if (listed().length) select(listed()[0].key);
});
find("only").addEventListener("change", (event) => {
  place.only = event.target.value;
  showList();
  keepPlace();
});
find("print").addEventListener("click", printAll);
addEventListener("beforeprint", layOut);
addEventListener("afterprint", clearPaper);
document.addEventListener("keydown", onKey);
addEventListener("hashchange", () => {
  const key = noteInAddress();
  if (notes.some((note) => note.key === key)) select(key);
});

readNotes();
if (!current() && notes.length) place.note = notes[0].key;
showAll();
keepPlace();
if (data.live) listen();
