// What is seen of a card in a browser. Each measure returns a line for each fault that it finds.
window.look = (() => {
  const root = () => document.getElementById("qa");
  const style = element => getComputedStyle(element);
  const page = document.documentElement;

  const told = element => {
    const classes = [...element.classList].map(each => `.${each}`).join("");
    const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 30);
    return `${element.localName}${element.id ? `#${element.id}` : ""}${classes} "${text}"`;
  };

  const isSeen = element =>
    element.checkVisibility({opacityProperty: true, visibilityProperty: true}) &&
    // For screen readers alone.
    !element.closest("mjx-assistive-mml, script, style, template");

  const elements = selector => [...root().querySelectorAll(selector)].filter(isSeen);

  const texts = () => {
    const walker = document.createTreeWalker(root(), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && isSeen(node.parentElement)) found.push(node);
    }
    return found;
  };

  const box = node => {
    if (node.nodeType === Node.ELEMENT_NODE) return node.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  };

  const scrolls = element => ["auto", "scroll"].includes(style(element).overflowX);

  const scroller = node => {
    for (let at = node.parentElement; at && at !== document.body; at = at.parentElement)
      if (scrolls(at)) return at;
    return null;
  };

  // What is wider than the window, and does not lie in a box of its own that scrolls.
  const wide = () => {
    const found = new Map();
    for (const node of [...elements("*"), ...texts()]) {
      const {left, right, width, height} = box(node);
      const isOutside = left < -0.5 || right > page.clientWidth + 0.5;
      if (!width || !height || !isOutside || scroller(node)) continue;
      // What holds it says enough.
      if (found.has(node.parentElement)) found.set(node, "");
      else found.set(node, `${told(node.localName ? node : node.parentElement)}: ` +
        `${Math.round(left)} to ${Math.round(right)} in ${page.clientWidth}`);
    }
    const lines = [...found.values()].filter(Boolean);
    // What MathJax has not drawn has no width to measure.
    lines.push(...texts().filter(each => /\\[([]/.test(each.data) &&
      !each.parentElement.closest("code, pre")).map(each => `not drawn: ${each.data}`));
    if (page.scrollWidth > page.clientWidth)
      lines.push(`the page scrolls sideways: ${page.scrollWidth} in ${page.clientWidth}`);
    return lines;
  };

  // Boxes that cut off what they hold.
  const cut = () => elements("*").filter(each => {
    const {overflowX, overflowY} = style(each);
    const isCut = how => ["hidden", "clip"].includes(how);
    return (isCut(overflowX) && each.scrollWidth > each.clientWidth + 1) ||
      (isCut(overflowY) && each.scrollHeight > each.clientHeight + 1);
  }).map(each => `${told(each)}: ${each.scrollWidth} x ${each.scrollHeight} in ` +
    `${each.clientWidth} x ${each.clientHeight}`);

  // On the back, the first words that were hidden must be in the window, whole lines of them.
  const hidden = isBack => {
    const cloze = root().querySelector(".cloze");
    if (!isBack || !cloze || !isSeen(cloze)) return [];
    const [first] = cloze.getClientRects();
    const isInSight = first.top >= 0 && first.bottom <= innerHeight &&
      first.left >= 0 && first.right <= innerWidth;
    const at = `${Math.round(first.top)} to ${Math.round(first.bottom)}`;
    return isInSight ? [] : [`the cloze stands at ${at} in ${innerHeight}`];
  };

  const parsed = new Map();

  const parse = colour => {
    if (!parsed.has(colour)) parsed.set(colour, painted(colour));
    return parsed.get(colour);
  };

  const painted = colour => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };

  const over = (front, back) =>
    [0, 1, 2].map(i => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);

  const luminance = colour => {
    const [red, green, blue] = colour.map(each => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const ratio = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  const background = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = parse(style(at).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  };

  const contrast = element => {
    const back = background(element);
    return ratio(over(parse(style(element).color), back), back);
  };

  // Words that are hard to tell from what they stand on (WCAG 1.4.3).
  const faint = () => {
    const found = new Set();
    const parents = [...texts().map(each => each.parentElement), ...elements("mjx-c, input, svg")];
    for (const element of parents) {
      const size = parseFloat(style(element).fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && style(element).fontWeight >= 700);
      const seen = contrast(element);
      if (seen < (isLarge ? 3 : 4.5)) found.add(`${told(element)}: ${seen.toFixed(2)}`);
    }
    return [...found];
  };

  const links = () => elements("a[href]:not(.replay-button)");

  // Links that only their colour tells from the words around them.
  const plain = () => links().filter(
    each => !style(each).textDecorationLine.includes("underline")).map(told);

  const block = element => {
    let at = element.parentElement;
    while (style(at).display.startsWith("inline")) at = at.parentElement;
    return at;
  };

  // What a finger cannot hit: 24 pixels each way, but for links within a line (WCAG 2.5.8).
  const small = () => {
    const alone = links().filter(
      each => block(each).textContent.trim() === each.textContent.trim() ||
        each.closest(".foot, .hint"));
    return [...alone, ...elements("button, input, summary, .replay-button")].filter(each => {
      const {width, height} = box(each);
      return width < 24 || height < 24;
    }).map(each => `${told(each)}: ${Math.round(box(each).width)} x ${box(each).height.toFixed(1)}`);
  };

  // Words of fewer than 12 pixels, but what stands above or below a line.
  const tiny = () => [...new Set(texts().map(each => each.parentElement).filter(each =>
    parseFloat(style(each).fontSize) < 11.99 && !each.closest("sub, sup, rt, rp, mjx-container"),
  ))].map(each => `${told(each)}: ${style(each).fontSize}`);

  const family = element => style(element).fontFamily;

  // What is typed, and how it compares, stands in the letters of the card.
  const foreign = () => elements("#typeans, #typeans *").filter(
    each => family(each) !== family(document.body)).map(each => `${told(each)}: ${family(each)}`);

  const STRONG = /\p{L}/u;
  const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;
  const PARTS = ".notice, .title, .question, .sentence, .answer, .extra, .source";

  const expected = element => {
    const parts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (parts.nextNode()) {
      const {data, parentElement} = parts.currentNode;
      // What has a direction of its own says nothing of the others.
      if (parentElement.closest("[dir], bdi, script, style") !== element.closest("[dir]") &&
        parentElement.closest("[dir], bdi, script, style") !== element) continue;
      const strong = data.match(STRONG);
      if (strong) return RIGHT_TO_LEFT.test(strong[0]) ? "rtl" : "ltr";
    }
    return null;
  };

  // Parts that do not run, or do not begin, where their own first letter tells.
  const astray = () => elements(PARTS).flatMap(each => {
    const direction = expected(each);
    if (!direction) return [];
    const side = direction === "rtl" ? "right" : "left";
    const {direction: runs, textAlign} = style(each);
    const isRight = runs === direction && ["start", side].includes(textAlign);
    return isRight ? [] : [`${told(each)}: ${runs}, ${textAlign}, and should be ${direction}`];
  });

  // Parts that do not begin and end where the others do: all text stands in one column.
  const uneven = () => {
    const parts = elements(".note > *").filter(
      each => !each.querySelector("img, canvas") && box(each).width);
    const [first, ...others] = parts.map(each => [each, box(each)]);
    return others.filter(([, {left, right}]) =>
      Math.abs(left - first[1].left) > 1 || Math.abs(right - first[1].right) > 1,
    ).map(([each, {left, right}]) => `${told(each)}: ${Math.round(left)} to ` +
      `${Math.round(right)}, not ${Math.round(first[1].left)} to ${Math.round(first[1].right)}`);
  };

  // Cells whose words do not begin at the top of their row, and numbers in two lines.
  const ragged = () => elements("td, th").flatMap(each => {
    const words = texts().filter(node => each.contains(node));
    const lines = new Set(words.flatMap(node => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return [...range.getClientRects()].map(line => Math.round(line.top));
    }));
    const isNumber = /^[\d\s.,\u00a0]+$/.test(each.textContent.trim());
    return [
      ...(each.localName === "td" && style(each).verticalAlign !== "top"
        ? [`${told(each)}: ${style(each).verticalAlign}`] : []),
      ...(isNumber && lines.size > 1 ? [`${told(each)}: ${lines.size} lines`] : []),
    ];
  });

  // What axe-core says of a page as a whole, which is Anki's; and of boxes that scroll, which
  // Chromium lets the keyboard into since its version 130 (a test presses the keys).
  const OFF = ["document-title", "html-has-lang", "page-has-heading-one", "bypass", "region",
    "landmark-one-main", "landmark-unique", "scrollable-region-focusable"];
  // Anki writes these itself, without a name.
  const ANKIS = {"label": "input#typeans", "link-name": ".replay-button"};

  // What axe-core finds on the card.
  const barriers = async () => {
    const rules = Object.fromEntries(OFF.map(each => [each, {enabled: false}]));
    const options = {rules, resultTypes: ["violations"], elementRef: true};
    const {violations} = await axe.run(root(), options);
    return violations.flatMap(each => each.nodes
      .filter(node => !ANKIS[each.id] || !node.element.matches(ANKIS[each.id]))
      .map(node => `${each.id}: ${node.html.slice(0, 120)}`));
  };

  // The colours of the masks as they are drawn, and of their edges.
  const masks = () => {
    const canvas = document.getElementById("image-occlusion-canvas");
    const context = canvas.getContext("2d");
    const drawn = kind => [...document.querySelectorAll(`div.${kind}[data-shape]`)].map(each => {
      const {left, top, width, height} = each.dataset;
      const x = (Number(left) + Number(width) / 2) * canvas.width;
      const y = (Number(top) + Number(height) / 2) * canvas.height;
      const [red, green, blue, alpha] = context.getImageData(x, y, 1, 1).data;
      return [red, green, blue, alpha / 255];
    });
    const colour = name => parse(style(canvas).getPropertyValue(name).trim().split(" ").at(-1));
    return {
      asked: drawn("cloze"), others: drawn("cloze-inactive"),
      edge: colour("--active-shape-border"), ring: colour("--highlight-shape-border"),
      paper: parse(style(document.querySelector("#image-occlusion-container img")).backgroundColor),
    };
  };

  // Whether the ring of what has the focus is seen: 2 pixels, in a colour of its own.
  const ring = () => {
    const focused = document.activeElement;
    const {outlineStyle, outlineWidth, outlineColor} = style(focused);
    const seen = ratio(parse(outlineColor), background(focused.parentElement));
    return {
      what: told(focused),
      isSeen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && seen >= 3,
    };
  };

  // Where each character of a text stands, from left to right, and the box around them.
  const characters = element => {
    const found = [];
    for (const node of texts().filter(each => element.contains(each)))
      for (let i = 0; i < node.data.length; i++) {
        const range = document.createRange();
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const {left, right, top} = range.getBoundingClientRect();
        found.push({character: node.data[i], left, right, top});
      }
    return found;
  };

  return {wide, cut, hidden, faint, plain, small, tiny, foreign, astray, uneven, ragged, barriers, masks,
    ring, characters, ratio, parse, box, style, elements, scroller};
})();
