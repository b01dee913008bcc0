// Drawing graphs on a canvas: where numbers lie on it, grids, lines and the cursor.

export const MARGIN = { left: 44, right: 10, top: 8, bottom: 22 };
const MOST_POINTS = 1200; // of a line; more cannot be seen

/** Where numbers lie on a canvas. */
export class Frame {
  constructor(width, height, from, to, { low, high, left = MARGIN.left }) {
    Object.assign(this, { width, height, from, to, low, high });
    this.left = left;
    this.right = width - MARGIN.right;
    this.top = MARGIN.top;
    this.bottom = height - MARGIN.bottom;
  }

  x(time) {
    return this.left + ((time - this.from) / (this.to - this.from)) * (this.right - this.left);
  }

  y(value) {
    return this.bottom - ((value - this.low) / (this.high - this.low)) * (this.bottom - this.top);
  }
}

export const ratio = () => Math.min(window.devicePixelRatio || 1, 2);

export function blank(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * ratio()), Math.round(height * ratio())];
  canvas.getContext("2d").scale(ratio(), ratio());
  return canvas;
}

export function colorsOfPage() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/** A round step that cuts `range` into at most `most` pieces. */
function roundStep(range, most) {
  const raw = range / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((step) => step * power >= raw);
}

export function drawGrid(context, frame, look, unit) {
  context.font = "11px system-ui, sans-serif";
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const step = unit === null ? Infinity : roundStep(frame.high - frame.low, 6);
  for (let v = Math.ceil(frame.low / step) * step; v <= frame.high + 1e-9; v += step) {
    context.strokeStyle = Math.abs(v) < 1e-9 ? look("--axis") : look("--grid");
    line(context, frame.left, frame.y(v), frame.right, frame.y(v));
    context.fillStyle = look("--dim");
    context.fillText(`${Math.round(v * 100) / 100}${unit}`, frame.left - 6, frame.y(v));
  }
  drawTimes(context, frame, look);
}

export function drawTimes(context, frame, look) {
  context.textAlign = "center";
  context.fillStyle = look("--dim");
  const step = roundStep(frame.to - frame.from, Math.max((frame.right - frame.left) / 64, 1));
  for (let t = Math.ceil(frame.from / step - 1e-9) * step; t <= frame.to + 1e-9; t += step) {
    const last = frame.x(t) > frame.right - 14;
    context.textAlign = last ? "right" : "center";
    context.fillText(`${Math.round(t * 100) / 100} s`, frame.x(t) + (last ? 8 : 0), frame.bottom + 12);
  }
}

function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

export function drawCurve(context, frame, times, values) {
  const stride = Math.max(1, Math.floor(times.length / MOST_POINTS));
  context.beginPath();
  for (let i = 0; i < times.length; i += stride) context.lineTo(frame.x(times[i]), frame.y(values[i]));
  context.stroke();
}

export function drawCursor(context, frame, time) {
  context.strokeStyle = colorsOfPage()("--cursor");
  context.lineWidth = 1.5;
  line(context, frame.x(time), frame.top, frame.x(time), frame.bottom);
}
