"use strict";

// ---- a mask, drawn on the picture of a card, as a line of the dialect

function drawMasks(inside) {
  inside.addEventListener("dragstart", (event) => event.preventDefault());
  inside.addEventListener("pointerdown", (event) => {
    const picture = pictureAt(event.target);
    if (!picture || event.button !== 0) return;
    const box = picture.getBoundingClientRect();
    const share = (moved) => [
      clamp((moved.clientX - box.left) / box.width),
      clamp((moved.clientY - box.top) / box.height),
    ];
    const start = share(event);
    const drawn = inside.createElement("div");
    drawn.style.cssText = "position:absolute;border:2px dashed #d00;background:#d003;pointer-events:none;z-index:9";
    const draw = (moved) => {
      const end = share(moved);
      const [left, top] = [0, 1].map((axis) => Math.min(start[axis], end[axis]));
      const [width, height] = [0, 1].map((axis) => Math.abs(start[axis] - end[axis]));
      const view = inside.defaultView;
      drawn.style.left = `${box.left + view.scrollX + left * box.width}px`;
      drawn.style.top = `${box.top + view.scrollY + top * box.height}px`;
      drawn.style.width = `${width * box.width}px`;
      drawn.style.height = `${height * box.height}px`;
      inside.body.append(drawn);
      return [left, top, width, height];
    };
    const stop = (moved) => {
      inside.removeEventListener("pointermove", draw);
      const sides = draw(moved);
      drawn.remove();
      // A mask of less than one percent cannot be seen; this was a click.
      if (Math.min(sides[2], sides[3]) >= 0.01) showMask(sides);
    };
    event.preventDefault();
    // The pointer may leave the frame.
    event.target.setPointerCapture(event.pointerId);
    inside.addEventListener("pointermove", draw);
    inside.addEventListener("pointerup", stop, { once: true });
  });
}

const clamp = (share) => Math.min(Math.max(share, 0), 1);

function pictureAt(target) {
  // Masks lie over their picture.
  const container = target.closest?.("#image-occlusion-container");
  return container ? container.querySelector("img") : target.closest?.("img");
}

function showMask(sides) {
  const [left, top, width, height] = sides.map((share) => Math.round(share * 1000) / 10);
  // Rounded up, both may reach beyond the picture.
  const fit = (start, size) => Math.round(Math.min(size, 100 - start) * 10) / 10;
  const line = find("mask-line");
  line.value = `name: ${left}, ${top}, ${fit(left, width)}, ${fit(top, height)}`;
  find("mask").hidden = false;
  line.focus();
  line.setSelectionRange(0, "name".length);
}
