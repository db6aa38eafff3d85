"use strict";

// ---- the notes of the list on paper

// A browser shows no more than a thousand frames and cuts a frame at the end of a page, so that on
// paper each side stands in a shadow tree. Its front and its back have half of the paper each, or
// all of it where one of them is too wide.
const COLUMN = 325;
// A card as high as this may begin on one page and end on the next.
const TALLEST_TOGETHER = 800;
const NOT_ON_PAPER = "script, meta, base, link, title, iframe, frame, object, embed";
const WIDE = "pre, table, mjx-container, img";
const paperSheets = new Map();
let formulaSheet = null;

function layOut() {
  if ("printing" in root.dataset) return;
  takeWhatIsMissing();
  root.dataset.printing = "";
  root.removeAttribute("data-dark");
  const sides = [];
  const parts = [...paperHead()];
  let home = null;
  for (const note of shown) {
    if (note.home !== home) parts.push(make("h2", { dir: "auto" }, note.deck));
    home = note.home;
    parts.push(paperNote(note, sides));
  }
  find("paper").replaceChildren(...parts);
  drawOnPaper(sides);
  fitToPaper(sides);
}

async function printAll() {
  layOut();
  const pictures = [...find("paper").querySelectorAll(".side")].flatMap((each) => [
    ...each.shadowRoot.querySelectorAll("img"),
  ]);
  await Promise.all([document.fonts.ready, ...pictures.map((each) => each.decode().catch(() => {}))]);
  window.print();
}

function clearPaper() {
  delete root.dataset.printing;
  showSwitches();
  find("paper").replaceChildren();
  document.adoptedStyleSheets = [];
  paperSheets.clear();
  if (data.live) data.media = {};
}

// The browser's own command does not wait, so neither does this.
function takeWhatIsMissing() {
  if (notes.some((note) => !note.cards)) takeAllCards(getAtOnce("/cards"));
  if (data.live) data.media = JSON.parse(getAtOnce("/pictures"));
}

function getAtOnce(address) {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  request.send();
  return request.responseText;
}

function paperHead() {
  const all = notes.length === 1 ? "1 note" : `${notes.length} notes`;
  const which = [shown.length === notes.length ? all : `${shown.length} of ${all}`];
  if (place.only !== "all") which.push(find("only").selectedOptions[0].textContent);
  if (place.search.trim()) which.push(`search: ${place.search.trim()}`);
  const reports = data.packages.filter((pack) => pack.changes).map((pack) =>
    make("section", {}, make("h2", {}, `${pack.title}: since the last release`), make("pre", {}, pack.changes)),
  );
  return [
    make("h1", { dir: "auto" }, data.title),
    make("p", { className: "meta" }, which.join(" · ")),
    ...data.problems.map(problemBox),
    ...reports,
  ];
}

function paperNote(note, sides) {
  const marks = note.marks.length ? ` · ${note.marks.join(", ")}` : "";
  const meta = make("p", { className: "meta" }, make("a", { href: addressOf(note) }, note.link), marks);
  const rows = note.cards.map((card) => {
    const both = ["front", "back"].map((name) => paperSide(note, card, name));
    sides.push(...both);
    const name = note.cards.length > 1 ? [make("p", { className: "meta" }, card.name)] : [];
    return make("section", { className: "card-row" }, ...name, make("div", { className: "sides" }, ...both));
  });
  const [first, ...others] = rows;
  const state = note.state in OF_STATES ? [make("p", { className: "stale" }, OF_STATES[note.state])] : [];
  const head = [meta, ...note.problems.map(problemBox), ...state, ...note.differences.map(differenceBox)];
  // What is said of a note stands on the page of its first card.
  const start = make("div", { className: "start" }, ...head, ...(first ? [first] : []));
  return make("section", { className: "paper-note" }, start, ...others);
}

// The type selectors of a style sheet find these elements too.
function paperSide(note, card, name) {
  // What stands in a template does nothing.
  const inside = make("template", { innerHTML: withMedia(card[name]) }).content;
  for (const each of inside.querySelectorAll(NOT_ON_PAPER)) each.remove();
  for (const each of inside.querySelectorAll("audio, video")) {
    each.replaceWith(`▶ ${each.getAttribute("aria-label") ?? ""}`);
  }
  for (const each of inside.querySelectorAll("details")) each.open = true;
  const shown = make("div", { id: "qa" }, inside);
  const body = make("body", { className: `card card${card.ordinal + 1} paper` }, shown);
  const host = make("div", { className: "side" });
  host.attachShadow({ mode: "open" }).append(make("html", { className: "paper-root" }, body));
  host.shadowRoot.adoptedStyleSheets = [paperSheet(note.style)];
  return host;
}

function paperSheet(name) {
  if (!paperSheets.has(name)) {
    const sheet = new CSSStyleSheet();
    const style = withMedia(cardStyle(name, SCREENS.desk))
      .replace(/(\d*\.?\d+)[dls]?v[wi]\b/gi, (all, share) => `${share * (COLUMN / 100)}px`)
      .replace(/:root\b/g, ".paper-root");
    sheet.replaceSync(style);
    takeWidth(sheet.cssRules);
    takeFonts(sheet.cssRules);
    paperSheets.set(name, sheet);
  }
  return paperSheets.get(name);
}

// What a style sheet says of narrow screens holds for half of the paper.
function takeWidth(rules) {
  const probe = make("iframe", {});
  probe.style.cssText = `position: absolute; visibility: hidden; width: ${COLUMN}px`;
  find("paper").append(probe);
  for (const rule of rules) {
    if (!(rule instanceof CSSMediaRule) || !/width/.test(rule.media.mediaText)) continue;
    rule.media.mediaText = probe.contentWindow.matchMedia(rule.media.mediaText).matches ? "all" : "not all";
  }
  probe.remove();
}

// A shadow tree has no fonts of its own.
function takeFonts(rules) {
  const found = [...rules].filter((rule) => rule instanceof CSSFontFaceRule);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(found.map((rule) => rule.cssText).join("\n"));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

function drawOnPaper(sides) {
  const found = sides.filter((side) => hasFormula(side.shadowRoot));
  if (found.length === 0) return;
  if (!mathDocument) startFormulas(find("formulas")?.textContent ?? getAtOnce("/formulas"));
  typeset(found.map((side) => side.shadowRoot.querySelector("#qa")), { onPaper: true });
  formulaSheet ??= new CSSStyleSheet();
  formulaSheet.replaceSync(styleOfFormulas());
  for (const side of found) side.shadowRoot.adoptedStyleSheets = [...side.shadowRoot.adoptedStyleSheets, formulaSheet];
}

// What is too wide for half of the paper gets all of it; what is too wide for that is scaled, and a
// table of which too little would be left is wrapped within its words.
function fitToPaper(sides) {
  const bodies = sides.map((side) => side.shadowRoot.querySelector("body"));
  const isTooWide = (each) => each.scrollWidth > each.clientWidth + 1;
  const wide = sides.filter((side, at) => [bodies[at], ...bodies[at].querySelectorAll(WIDE)].some(isTooWide));
  for (const side of wide) side.closest(".card-row").dataset.wide = "";
  for (const body of bodies) body.classList.add("fitted");
  const boxes = wide.flatMap((side) => [...side.shadowRoot.querySelectorAll("table, mjx-container")]);
  scale(boxes, (each) => each.parentElement.clientWidth / Math.max(each.offsetWidth, each.scrollWidth));
  scale(bodies, (each) => each.clientWidth / each.scrollWidth);
  const rows = [...find("paper").querySelectorAll(".start, .card-row")];
  const tall = rows.filter((row) => row.offsetHeight > TALLEST_TOGETHER);
  for (const row of tall) row.dataset.tall = "";
}

function scale(elements, shareOf) {
  const shares = elements.map(shareOf);
  elements.forEach((each, at) => {
    const isNarrow = shares[at] < SMALLEST_SCALE && each.localName === "table";
    if (isNarrow) each.classList.add("narrow");
    if (shares[at] < 1) each.style.zoom = isNarrow ? SMALLEST_SCALE : shares[at];
  });
}
