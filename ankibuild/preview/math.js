"use strict";

// ---- formulas, drawn by the MathJax that Anki carries

const FORMULA = /\\[([].*\\[\])]/s;
let mathDocument = null;
let mathFaces = [];
let mathKit = null;

const hasFormula = (element) => FORMULA.test(element.textContent);

// Rows of the list have one height.
const withLowFormulas = (text) => text.replace(/\\\[(.*?)\\\]/gs, "\\($1\\)");

// Draw the formulas in some elements, of this page or of a frame: at once if that can be, and not
// before it is done are they seen.
function drawFormulas(elements, done = () => {}) {
  const found = elements.filter(hasFormula);
  if (found.length === 0) return;
  if (mathDocument) {
    typeset(found);
    return done();
  }
  for (const each of found) each.style.visibility = "hidden";
  loadFormulas()
    // A frame may be gone by now.
    .then(() => typeset(found.filter((each) => each.isConnected && each.ownerDocument.defaultView)))
    .catch(() => tell("The formulas cannot be drawn."))
    .finally(() => {
      for (const each of found) each.style.visibility = "";
      done();
    });
}

function loadFormulas() {
  const here = find("formulas");
  mathKit ??= here ? Promise.resolve(here.textContent) : fetch("/formulas").then((answer) => answer.text());
  mathKit.catch(() => (mathKit = null));
  return mathKit.then(startFormulas);
}

function startFormulas(text) {
  if (mathDocument) return;
  const { script, fonts } = JSON.parse(text);
  // The page's policy knows the script by its hash.
  document.head.append(make("script", { textContent: script }));
  const { input, output, adaptors, handlers, a11y } = MathJax._;
  const { TeXFont } = output.chtml.fonts.tex_ts;
  mathFaces = Object.values(TeXFont.defaultFonts).map((rule) => {
    const name = rule.src.match(/([\w-]+)\.woff/)[1];
    return [rule["font-family"], Uint8Array.from(atob(fonts[name]), (each) => each.charCodeAt(0))];
  });
  TeXFont.defaultFonts = {};
  addFaces(document);
  const adaptor = new adaptors.HTMLAdaptor.HTMLAdaptor(window);
  const handler = a11y["assistive-mml"].AssistiveMmlHandler(new handlers.html.HTMLHandler.HTMLHandler(adaptor));
  mathDocument = handler.create(document, {
    InputJax: new input.tex_ts.TeX(MathJax.config.tex),
    OutputJax: new output.chtml_ts.CHTML(),
  });
}

function addFaces(target) {
  for (const [family, bytes] of mathFaces) target.fonts.add(new FontFace(family, bytes));
}

function typeset(elements, { onPaper = false } = {}) {
  Object.assign(mathDocument.options, { elements, enableAssistiveMml: !onPaper });
  // Each card has its own labels, though on paper all are drawn at once.
  mathDocument.inputJax[0].parseOptions.options.ignoreDuplicateLabels = onPaper;
  mathDocument.reset({ processed: true, inputJax: [0] });
  mathDocument.render();
  mathDocument.clear();
  for (const target of new Set(elements.map((each) => each.ownerDocument))) {
    if (target !== document) styleFormulas(target);
  }
}

// MathJax writes its style into this page, with what the formulas up to now need.
function styleOfFormulas() {
  const { sheet } = mathDocument.outputJax.chtmlStyles;
  return [...sheet.cssRules].map((rule) => rule.cssText).join("\n");
}

function styleFormulas(target) {
  let style = target.getElementById("formula-style");
  if (!style) {
    addFaces(target);
    style = target.head.appendChild(target.createElement("style"));
    style.id = "formula-style";
  }
  style.textContent = styleOfFormulas();
}
