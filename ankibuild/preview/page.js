"use strict";

// A card is shown in a frame of its own, in which no script runs; this page reaches into it to fit
// its height, to open hints and links, and to hear its keys.
const CARD_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; " +
  "media-src 'self' data:; font-src 'self' data:; form-action 'none'";
const PLACE = "ankibuild-preview";
// What a desktop has more than that is used; on less, and on the other screens, cards are scaled.
const SCREENS = {
  desk: { width: 1000, height: 700 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 390, height: 844 },
};
// Sides that would be smaller than this beside each other stand one above the other.
const SMALLEST_SCALE = 0.6;
const TALLEST_CARD = 6000;
const MOST_FOLLOWED = 20;

const find = (id) => document.getElementById(id);
const root = document.documentElement;
const narrow = matchMedia("(max-width: 44rem)");
const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
let data = JSON.parse(find("data").textContent);
let notes = [];
// Those of them that the list shows.
let shown = [];
const place = {
  note: "",
  answer: false,
  always: false,
  follow: false,
  light: isDark ? "night" : "day",
  sides: "auto",
  width: "desk",
  search: "",
  only: "all",
  closed: [],
};
// A file opened from disk may have no storage; then only this visit remembers.
try {
  Object.assign(place, JSON.parse(sessionStorage.getItem(PLACE) ?? "{}"));
} catch {}

// A note's address is the id that stands on its card.
function noteInAddress() {
  let words = "";
  try {
    words = decodeURIComponent(location.hash.slice(1));
  } catch {}
  return notes.find((note) => note.link === words || note.key === words);
}

function addressOf(note) {
  return `#${note.link.split("/").map(encodeURIComponent).join("/")}`;
}

function keepPlace() {
  const note = current();
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(place));
    if (note) history.replaceState(null, "", addressOf(note));
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

function tell(words, note) {
  const go = () => select(note.key);
  const button = note ? [" ", make("button", { type: "button", onclick: go }, "Go to it")] : [];
  find("status").replaceChildren(words, ...button);
  drawFormulas([find("status")]);
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => find("status").replaceChildren(), note ? 10000 : 4000);
}

async function copy(words, done) {
  try {
    await navigator.clipboard.writeText(words);
    tell(done);
  } catch {
    tell(`Copy this: ${words}`);
  }
}

// ---- the notes, and the cards that the server makes of them

// Of a note that is as it was only the key and the place are sent.
function readNotes(known = new Map()) {
  notes = [];
  for (const pack of data.packages) {
    for (const deck of pack.decks) {
      deck.key = `${pack.folder}/${deck.name}`;
      for (const each of deck.notes) {
        const [key, now] = Array.isArray(each) ? each : [each.key, each.place];
        const old = known.get(key);
        const note = Array.isArray(each) ? old : each;
        if (old?.made === note.made && String(old.marks) === String(note.marks)) {
          note.cards ??= old.cards;
          note.differences ??= old.differences;
        }
        note.place = now;
        notes.push(Object.assign(note, { pack, home: deck, deck: deck.name, link: `${pack.id}/${note.id}` }));
      }
    }
  }
}

async function loadCards(note) {
  if (!note || note.cards) return;
  const answer = await fetch(`/cards?note=${encodeURIComponent(note.key)}`);
  // Of a note that is gone by now the next news tells.
  if (answer.ok) Object.assign(note, await answer.json());
}

function takeAllCards(text) {
  const cards = JSON.parse(text);
  for (const note of notes) Object.assign(note, cards[note.key] ?? { cards: [], differences: [] });
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

// ---- one note

const current = () => notes.find((note) => note.key === place.note);
const answersShown = () => place.answer || place.always;

function select(key) {
  if (key !== place.note) place.answer = false;
  place.note = key;
  find("main").scrollTop = 0;
  find("mask").hidden = true;
  markCurrent();
  showNote();
  keepPlace();
}

function move(step) {
  if (shown.length === 0) return;
  const at = shown.indexOf(current());
  const to = Math.min(Math.max(at + step, 0), shown.length - 1);
  const inList = find("list").contains(document.activeElement);
  if (to === at) return tell(step > 0 ? "This is the last note." : "This is the first note.");
  select(shown[to].key);
  if (inList) rowOf(shown[to])?.focus();
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

async function showNote() {
  const note = current();
  drawNote();
  if (!note || !data.live) return;
  try {
    if (!note.cards) {
      await loadCards(note);
      if (note === current()) drawNote();
    }
    const at = shown.indexOf(note);
    for (const each of [shown[at + 1], shown[at - 1]]) await loadCards(each);
  } catch {
    tell("The preview does not answer. Is it still running?");
  }
}

const OF_STATES = {
  old: "While this note has an error, its cards are shown as they were before.",
  lost: "An error above hides this note, so its cards are shown as they were before.",
  released: "While this note has an error, its cards are shown as they were last released.",
  none: "This note has an error, so there are no cards to show yet.",
};

function drawNote() {
  const note = current();
  const main = find("main");
  const scroll = main.scrollTop;
  const heights = [...find("note").querySelectorAll(".stage")].map((each) => each.style.height);
  if (!note) {
    find("note").replaceChildren(make("h1", { id: "question" }, data.title));
    return;
  }
  const meta = make("p", { className: "meta" }, placeLink(note.place), ` · ${note.type}`);
  meta.append(" · ", make("a", { href: addressOf(note) }, note.link), " ", copyButton(note));
  meta.append(...note.tags.map((tag) => ` · #${tag}`));
  const head = make("header", {}, make("h1", { id: "question", dir: "auto" }, note.question, " "), meta);
  head.firstChild.append(badges(note));
  const lights = place.light === "both" ? ["day", "night"] : [place.light];
  const cards = (note.cards ?? []).map((card) => {
    const sides = make("div", { className: "sides" });
    for (const light of lights) {
      sides.append(side(note, card, "front", light, heights.shift()));
      sides.append(answersShown() ? side(note, card, "back", light, heights.shift()) : cover(light));
    }
    const row = make("section", { className: "card-row" });
    row.append(make("header", {}, make("h2", {}, card.name)), sides);
    return row;
  });
  const state = note.state in OF_STATES ? [make("p", { className: "stale" }, OF_STATES[note.state])] : [];
  find("note").replaceChildren(
    head,
    ...problemBoxes(note),
    ...state,
    ...(note.differences ?? []).map(differenceBox),
    ...cards,
  );
  drawFormulas([find("question")]);
  layOutSides();
  main.scrollTop = scroll;
}

function cover(light) {
  const button = make("button", { type: "button", onclick: turn }, "Show the answer");
  const caption = make("figcaption", {}, captionOf("back", light));
  return make("figure", { className: "side" }, caption, make("div", { className: "covered" }, button));
}

function captionOf(name, light) {
  const words = name === "front" ? "Front" : "Back";
  return place.light === "both" ? `${words}, ${light}` : words;
}

function copyButton(note) {
  const address = new URL(addressOf(note), location.href).href;
  const onclick = () => copy(address, "Link copied");
  return make("button", { type: "button", className: "small", onclick }, "Copy link");
}

// The place of a note or a problem; where there is an editor, a link that opens it there.
function placeLink(words) {
  const code = make("code", {}, words);
  const { editor, home } = data.links;
  if (!editor) return code;
  const [, path, line, column] = words.match(/^(.*?)(?::(\d+))?(?::(\d+))?$/s);
  const full = /^(\/|[a-z]:)/i.test(path) ? path : `${home}/${path}`;
  const parts = full.split("/").map(encodeURIComponent).join("/").replace(/^([a-z])%3A/i, "$1:");
  const values = { path: parts, line: line ?? "1", column: column ?? "1" };
  // "file//home" would be another place in some editors.
  const address = editor.replace(/\/\{path\}/, (all) => (parts.startsWith("/") ? "{path}" : all));
  const href = address.replace(/\{(path|line|column)\}/g, (all, name) => values[name]);
  return make("a", { href, title: "Open in the editor" }, code);
}

function problemBoxes({ problems, unshown }) {
  const more = `There are ${unshown} more: "ankibuild check" lists them.`;
  return [...problems.map(problemBox), ...(unshown ? [make("p", { className: "problem" }, more)] : [])];
}

function problemBox(problem) {
  const box = make("div", { className: `problem ${problem.severity}` });
  box.append(make("p", {}, `${problem.severity === "error" ? "Error" : "Warning"}: ${problem.message}; ${problem.cure}`));
  box.append(make("p", { className: "place" }, placeLink(problem.place)));
  if (problem.excerpt.trim()) {
    // Tabs before the column stay tabs, so that the caret stands below the letter.
    const before = problem.excerpt.slice(0, Math.max(problem.column - 1, 0)).replace(/[^\t]/g, " ");
    box.append(make("pre", {}, `${problem.excerpt}\n${before}^`));
  }
  return box;
}

function differenceBox(line) {
  const tags = { old: "del", new: "ins" };
  const [first, ...rest] = line.map(([kind, text]) => make(tags[kind] ?? "span", {}, text));
  return make("p", { className: "difference" }, make("strong", {}, first), ...rest);
}

// ---- the frame of one side

function cardDocument(note, card, html, { dark, screen }) {
  const night = dark ? " nightMode night_mode" : "";
  const classes = [dark ? "night-mode" : "", screen === SCREENS.desk ? "" : "mobile"].join(" ").trim();
  const style = cardStyle(note.style, screen).replace(/<\/style/gi, "<\\/style");
  return withMedia(
    `<!doctype html><html class="${classes}"><head><meta charset="utf-8">` +
      `<meta http-equiv="Content-Security-Policy" content="${CARD_POLICY}">` +
      `<meta name="color-scheme" content="${dark ? "dark" : "light"}">` +
      `<style>${style}</style></head>` +
      `<body class="card card${card.ordinal + 1}${night}"><div id="qa">${html}</div></body></html>`,
  );
}

// A frame is as high as its card, not as a screen: shares of a height are those of this screen.
function cardStyle(name, screen) {
  const style = data.base + data.styles[name];
  return style.replace(/(\d*\.?\d+)[dls]?vh\b/gi, (all, share) => `${share * (screen.height / 100)}px`);
}

function withMedia(text) {
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

function side(note, card, name, light, height) {
  const frame = frameFor(note, card, name);
  frame.title += place.light === "both" ? `, ${light}` : "";
  const stage = make("div", { className: "stage" }, frame);
  if (height) stage.style.height = height;
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument;
    const fitHere = () => {
      const scroll = find("main").scrollTop;
      fit(frame);
      scaleSide(stage);
      find("main").scrollTop = scroll;
    };
    drawFormulas([inside.body], fitHere);
    fitHere();
    let width = frame.clientWidth;
    let last = inside.body.offsetHeight;
    new ResizeObserver(() => {
      if (!frame.isConnected || (frame.clientWidth === width && inside.body.offsetHeight === last)) return;
      width = frame.clientWidth;
      fitHere();
      last = inside.body.offsetHeight;
    }).observe(inside.body);
    inside.addEventListener("keydown", onKey);
    inside.addEventListener("click", onCardClick);
    drawMasks(inside);
  });
  frame.srcdoc = cardDocument(note, card, card[name], { dark: light === "night", screen: SCREENS[place.width] });
  const caption = make("figcaption", {}, captionOf(name, light));
  return make("figure", { className: "side" }, caption, stage);
}

// A card is as wide as its screen; where there is less room, it is scaled. On a narrow page, as one
// has it when zoomed, it would become too small to read, and is as wide as there is room.
function scaleSide(stage) {
  const frame = stage.firstChild;
  const screen = SCREENS[place.width];
  const room = stage.clientWidth;
  const wide = place.width === "desk" ? Math.max(room, screen.width) : screen.width;
  const width = narrow.matches ? Math.min(room, wide) : wide;
  const scale = Math.min(room / width, 1);
  frame.style.width = `${width}px`;
  frame.style.transform = scale < 1 ? `scale(${scale})` : "";
  if (frame.style.height) stage.style.height = `${frame.offsetHeight * scale}px`;
}

function layOutSides() {
  const room = find("note").clientWidth / 2;
  const fits = room >= SCREENS[place.width].width * SMALLEST_SCALE;
  const isBeside = place.sides === "beside" || (place.sides === "auto" && fits);
  find("note").dataset.sides = isBeside ? "beside" : "above";
  find("note").dataset.width = place.width;
  find("note").querySelectorAll(".stage").forEach(scaleSide);
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

// ---- switches, keys, news from the server

function showSwitches() {
  root.toggleAttribute("data-dark", place.light === "night" || (place.light === "both" && isDark));
  for (const name of ["always", "follow"]) find(name).setAttribute("aria-pressed", String(place[name]));
  for (const name of ["search", "only", "width", "sides", "light"]) find(name).value = place[name];
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
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  if (event.key in steps) move(steps[event.key]);
  else if (event.key === "/") find("search").focus();
  else if (event.key === " " && !target.closest?.("button:not([data-key]), summary, a")) turn();
  else return;
  event.preventDefault();
}

const hasError = (note) => note.problems.some((problem) => problem.severity === "error");

function showPackages() {
  document.title = `${data.title} – preview`;
  const problems = find("problems");
  const broken = notes.filter(hasError);
  const reports = data.packages.filter((pack) => pack.changes).map((pack) =>
    make("details", {}, make("summary", {}, `${pack.title}: since the last release`), make("pre", {}, pack.changes)),
  );
  const boxes = problemBoxes(data);
  if (broken.length > 0) boxes.unshift(brokenBox(broken));
  problems.hidden = boxes.length + reports.length === 0;
  problems.replaceChildren(...boxes, ...reports);
}

function brokenBox(broken) {
  const words = broken.length === 1 ? "1 note has an error: " : `${broken.length} notes have errors: `;
  const links = broken.slice(0, 5).map((note) =>
    make("a", { href: addressOf(note), dir: "auto", onclick: (event) => (event.preventDefault(), select(note.key)) }, note.question),
  );
  const parts = links.flatMap((link, index) => (index ? [", ", link] : [link]));
  if (broken.length > links.length) parts.push(" …");
  return make("p", { className: "problem error" }, words, ...parts);
}

function showAll() {
  showPackages();
  showSwitches();
  showList();
  showNote();
}

async function refresh(news) {
  const known = new Map(notes.map((note) => [note.key, note]));
  const index = notes.findIndex((note) => note.key === place.note);
  const before = current();
  const styles = JSON.stringify([data.base, data.styles]);
  const focused = document.activeElement?.dataset?.key;
  const scroll = find("main").scrollTop;
  const wrong = new Set(notes.filter(hasError).flatMap(errorsOf));
  data = news;
  readNotes(known);
  if (!current() && notes.length) place.note = notes[Math.min(Math.max(index, 0), notes.length - 1)].key;
  const changed = notes.filter((note) => {
    const old = known.get(note.key);
    return old?.made !== note.made || old.state !== note.state;
  });
  const broken = notes.find((note) => hasError(note) && errorsOf(note).some((each) => !wrong.has(each)));
  const saved = broken ?? (changed.length <= MOST_FOLLOWED ? changed[0] : undefined);
  if (place.follow && saved && saved.key !== place.note) {
    place.note = saved.key;
    place.answer = false;
  }
  // What is shown stays till what takes its place is there.
  if (data.live) await loadCards(current()).catch(() => {});
  showPackages();
  showList();
  const isSame = current() === before && JSON.stringify([data.base, data.styles]) === styles;
  if (isSame) find("note").querySelector(".meta > :first-child")?.replaceWith(placeLink(before.place));
  else showNote();
  find("main").scrollTop = scroll;
  if (focused) rowOf(known.get(focused) && notes.find((note) => note.key === focused))?.focus();
  keepPlace();
  tellOfSave(broken, saved, changed.length);
}

const errorsOf = (note) =>
  note.problems.filter((each) => each.severity === "error").map((each) => `${note.key} ${each.rule} ${each.message}`);

function tellOfSave(broken, saved, count) {
  const link = saved?.key === place.note ? undefined : saved;
  const others = count > 1 ? ` and ${count - 1} more` : "";
  if (broken) tell(`What was saved has an error: ${broken.question}`, link);
  else if (data.problems.some((each) => each.severity === "error")) tell("What was saved has an error.");
  else if (notes.some(hasError)) tell("Updated. Other notes still have errors.");
  else if (saved) tell(`Updated: ${saved.question}${others}`, link);
  else tell("Updated");
}

function listen() {
  const events = new EventSource("/events");
  events.onmessage = async (event) => {
    if (event.data === data.version) return;
    let news;
    try {
      news = await (await fetch(`/data?since=${data.version}`)).json();
    } catch {
      return tell("The preview does not answer. Is it still running?");
    }
    await refresh(news);
  };
  events.onerror = () => {
    clearTimeout(tell.timer);
    find("status").replaceChildren("The preview has stopped. Run the command again.");
  };
  events.onopen = () => tell("");
}

for (const name of ["always", "follow"]) {
  find(name).addEventListener("click", (event) => {
    // After a click of the mouse, the space bar shows the answer again.
    if (event.detail > 0) event.currentTarget.blur();
    place[name] = !place[name];
    if (name === "always") place.answer = place.always;
    showSwitches();
    if (name === "always") showNote();
    keepPlace();
  });
}
for (const name of ["width", "sides", "light"]) {
  find(name).addEventListener("change", (event) => {
    place[name] = event.target.value;
    showSwitches();
    drawNote();
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
  if (shown.length === 0) return;
  select(shown[0].key);
  rowOf(shown[0])?.focus();
});
find("only").addEventListener("change", (event) => {
  place.only = event.target.value;
  showList();
  keepPlace();
});
find("list").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (!key) return;
  select(key);
  // On a small screen the cards stand below the list.
  if (find("list").offsetTop + find("list").offsetHeight <= find("main").offsetTop) find("steps").scrollIntoView();
});
find("list").addEventListener("keydown", goInList);
find("list").addEventListener("scroll", () => requestAnimationFrame(fillRuns), { passive: true });
find("previous").addEventListener("click", () => move(-1));
find("next").addEventListener("click", () => move(1));
find("print").addEventListener("click", printAll);
find("mask-copy").addEventListener("click", () => copy(find("mask-line").value, "Line copied"));
addEventListener("beforeprint", layOut);
addEventListener("afterprint", clearPaper);
document.addEventListener("keydown", onKey);
addEventListener("hashchange", () => {
  const note = noteInAddress();
  if (note) select(note.key);
});
addEventListener("resize", fillRuns);
new ResizeObserver(layOutSides).observe(find("note"));

readNotes();
place.note = (noteInAddress() ?? current() ?? notes[0])?.key ?? "";
showAll();
keepPlace();
if (data.live) listen();
