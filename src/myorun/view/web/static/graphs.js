// Graphs under the picture: joint angles, activations, ground reaction; with a cursor that can be dragged.

import { footForces, placeBodies } from "./kinematics.js";
import { channels, ramp } from "./palette.js";
import { locate, sample, span } from "./replay.js";

const MARGIN = { left: 44, right: 10, top: 8, bottom: 22 };
const DEGREES = 180 / Math.PI;
const MOST_POINTS = 1200; // of a line; more cannot be seen
const NAMES = {
  hip_flexion: "hip",
  knee_angle: "knee",
  ankle_angle: "ankle",
  hamstrings: "hamstrings",
  bifemsh: "biceps femoris",
  glut_max: "gluteus",
  iliopsoas: "iliopsoas",
  rect_fem: "rectus femoris",
  vasti: "vasti",
  gastroc: "gastrocnemius",
  soleus: "soleus",
  tib_ant: "tibialis anterior",
};

const stem = (name) => name.replace(/_[rl]$/, "");
const isLeft = (name) => name.endsWith("_l");
const readable = (name) => NAMES[stem(name)] ?? stem(name).replaceAll("_", " ");

/** The graphs of one or two runners. `seek(time)` is called when the cursor is dragged. */
export class Graphs {
  constructor(root, scale, seek) {
    this.graphs = [new Angles(), new Activations(scale), new Reaction()];
    this.canvases = [...root.querySelectorAll("canvas")];
    this.legends = [...root.querySelectorAll(".legend")];
    this.seek = seek;
    this.replays = [];
    this.canvases.forEach((canvas) => this.#watch(canvas));
  }

  /** Throws if a replay has not what the graphs need. */
  check(replay) {
    this.graphs.forEach((graph) => graph.read([replay]));
    if (this.replays.length > 0) this.graphs.forEach((graph) => graph.read(this.replays));
  }

  setRunners(replays) {
    this.replays = replays;
    const starts = replays.map((replay) => span(replay));
    this.from = Math.min(...starts.map(([start]) => start));
    this.to = Math.max(...starts.map(([, end]) => end), this.from + 0.1);
    this.graphs.forEach((graph) => graph.read(replays));
    this.#write();
    this.redraw();
  }

  /** Draw everything anew: after a change of size, colours or runners. */
  redraw() {
    if (this.replays.length === 0) return;
    const look = colorsOfPage();
    this.pictures = this.graphs.map((graph, i) => {
      const { clientWidth: width, clientHeight: height } = this.canvases[i];
      if (!width || !height) return null;
      const picture = blank(width, height);
      graph.draw(picture.getContext("2d"), new Frame(width, height, this.from, this.to, graph), look);
      return picture;
    });
    this.show(this.time ?? this.from);
  }

  /** Move the cursor to a time. */
  show(time) {
    this.time = time;
    this.canvases.forEach((canvas, i) => {
      const picture = this.pictures?.[i];
      if (!picture) return;
      if (canvas.width !== picture.width || canvas.height !== picture.height) {
        [canvas.width, canvas.height] = [picture.width, picture.height];
      }
      const context = canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, 0, 0);
      context.scale(ratio(), ratio());
      const frame = new Frame(canvas.clientWidth, canvas.clientHeight, this.from, this.to, this.graphs[i]);
      drawCursor(context, frame, time);
      this.graphs[i].mark?.(context, frame, this.replays, time, colorsOfPage());
    });
    this.#tell(time);
  }

  /** Legends: one entry a line, with the value under the cursor. */
  #write() {
    this.values = [];
    this.graphs.forEach((graph, i) => {
      this.legends[i].replaceChildren(
        ...graph.entries().map(({ label, color, dashed, value }) => {
          const item = document.createElement("span");
          item.className = dashed ? "key dashed" : "key";
          item.style.setProperty("--key", `var(${color})`);
          const output = document.createElement("b");
          item.append(label, " ", output);
          this.values.push({ output, value });
          return item;
        }),
      );
    });
  }

  #tell(time) {
    const at = locate(this.replays[0], time);
    this.values.forEach(({ output, value }) => (output.textContent = value(at)));
  }

  #watch(canvas) {
    const move = (event) => {
      const box = canvas.getBoundingClientRect();
      const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
      this.seek(this.from + Math.min(Math.max(share, 0), 1) * (this.to - this.from));
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      move(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) move(event);
    });
  }
}

// ---------------------------------------------------------------- drawing

/** Where numbers lie on a canvas. */
class Frame {
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

const ratio = () => Math.min(window.devicePixelRatio || 1, 2);

function blank(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * ratio()), Math.round(height * ratio())];
  canvas.getContext("2d").scale(ratio(), ratio());
  return canvas;
}

function colorsOfPage() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/** A round step that cuts `range` into at most `most` pieces. */
function roundStep(range, most) {
  const raw = range / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((step) => step * power >= raw);
}

function drawGrid(context, frame, look, unit) {
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

function drawTimes(context, frame, look) {
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

function drawCurve(context, frame, times, values) {
  const stride = Math.max(1, Math.floor(times.length / MOST_POINTS));
  context.beginPath();
  for (let i = 0; i < times.length; i += stride) context.lineTo(frame.x(times[i]), frame.y(values[i]));
  context.stroke();
}

function drawCursor(context, frame, time) {
  context.strokeStyle = colorsOfPage()("--cursor");
  context.lineWidth = 1.5;
  line(context, frame.x(time), frame.top, frame.x(time), frame.bottom);
}

/** Curves of up to two runners; the second one's are pale. */
class Curves {
  curves = []; // { runner, label, color (name of a CSS variable), dashed, values }
  unit = "";

  entries() {
    return this.curves
      .filter(({ runner }) => runner === 0)
      .map(({ label, color, dashed, values }) => ({ label, color, dashed, value: (at) => this.say(values, at) }));
  }

  say(values, { frame, share }) {
    const next = Math.min(frame + 1, values.length - 1);
    return this.write(values[frame] + share * (values[next] - values[frame]));
  }

  draw(context, frame, look) {
    drawGrid(context, frame, look, this.unit);
    context.lineJoin = "round";
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
    context.clip();
    for (const { runner, color, dashed, values, times } of [...this.curves].reverse()) {
      context.globalAlpha = runner === 0 ? 1 : 0.38;
      context.lineWidth = runner === 0 ? 1.8 : 1.4;
      context.setLineDash(dashed ? [5, 4] : []);
      context.strokeStyle = look(color);
      drawCurve(context, frame, times, values);
    }
    context.restore();
  }

  fit(least, most) {
    const all = this.curves.flatMap(({ values }) => [...values]);
    this.low = all.reduce((a, b) => Math.min(a, b), least);
    this.high = all.reduce((a, b) => Math.max(a, b), most);
    const room = 0.05 * (this.high - this.low);
    this.low -= room;
    this.high += room;
  }
}

class Angles extends Curves {
  unit = "°";

  read(replays) {
    this.curves = replays.flatMap((replay, runner) => {
      const joints = replay.figure.coordinates
        .map((name, i) => ({ name, i }))
        .filter(({ name, i }) => replay.figure.rotations[i] && /_[rl]$/.test(name));
      const stems = [...new Set(joints.map(({ name }) => stem(name)))];
      return joints.map(({ name, i }) => ({
        runner,
        label: `${readable(name)} ${isLeft(name) ? "left" : "right"}`,
        color: `--series-${(stems.indexOf(stem(name)) % 4) + 1}`,
        dashed: isLeft(name),
        times: replay.channels.times.data[0],
        values: replay.channels.coordinates.data[i].map((v) => v * DEGREES),
      }));
    });
    this.fit(-20, 20);
  }

  write(value) {
    return `${Math.round(value) + 0}°`; // no -0
  }
}

class Reaction extends Curves {
  read(replays) {
    this.curves = replays.flatMap((replay, runner) => {
      const [times, forces] = [replay.channels.times.data[0], forcesOf(replay)];
      return forces.flatMap(({ side, up, forward }) => {
        const [color, name] = side < 0 ? ["--left", "left"] : ["--right", "right"];
        return [
          { runner, label: `${name} up`, color, dashed: false, times, values: up },
          { runner, label: `${name} forward`, color, dashed: true, times, values: forward },
        ];
      });
    });
    this.fit(-0.2, 1.2);
    this.low = Math.max(this.low, -2); // a stumble's peak would flatten every step
    this.high = Math.min(this.high, 4);
  }

  write(value) {
    return (Math.abs(value) < 0.005 ? 0 : value).toFixed(2);
  }
}

/** For each foot its side and its force over time, in body weights. */
function forcesOf(replay) {
  const { figure, frames } = replay;
  const bodies = placeBodies(figure, sample(replay, "coordinates", { frame: 0, share: 0 }));
  const forces = replay.channels.contact_forces?.data;
  if (!forces) return [];
  return footForces(figure, bodies, []).map(({ side }, foot) => {
    const rows = figure.feet[foot].spheres.map((name) => figure.spheres.findIndex((sphere) => sphere.name === name));
    const [up, forward] = [new Float64Array(frames), new Float64Array(frames)];
    for (const row of rows) {
      for (let i = 0; i < frames; i++) {
        forward[i] += forces[2 * row][i] / figure.weight;
        up[i] += forces[2 * row + 1][i] / figure.weight;
      }
    }
    return { side, up, forward };
  });
}

/** A row for each muscle, coloured like the muscle; with two runners the upper half of a row is the first's. */
class Activations {
  low = 0;
  high = 1;
  left = 112;

  constructor(scale) {
    this.scale = scale;
  }

  read(replays) {
    this.replays = replays;
    this.names = replays[0].figure.muscles.map(({ name }) => name);
    const right = this.names.filter((name) => !isLeft(name));
    this.rows = [...right, ...this.names.filter(isLeft)];
  }

  entries() {
    return [];
  }

  draw(context, frame, look) {
    const height = (frame.bottom - frame.top) / this.rows.length;
    drawTimes(context, frame, look);
    this.replays.forEach((replay, runner) => this.#paint(context, frame, height, replay, runner));
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.font = `${Math.min(11, Math.max(8, height))}px system-ui, sans-serif`;
    context.fillStyle = look("--ink");
    this.rows.forEach((name, row) => {
      const side = /_[rl]$/.test(name) ? (isLeft(name) ? " L" : " R") : "";
      context.fillText(readable(name) + side, frame.left - 6, frame.top + (row + 0.5) * height);
    });
  }

  #paint(context, frame, height, replay, runner) {
    const share = 1 / this.replays.length;
    const times = replay.channels.times.data[0];
    const [first, last] = [frame.x(times[0]), frame.x(times[times.length - 1])];
    this.rows.forEach((name, row) => {
      const column = replay.figure.muscles.findIndex((muscle) => muscle.name === name);
      const values = replay.channels.activations?.data[column];
      if (!values) return;
      const top = frame.top + (row + runner * share) * height;
      const tall = height * share - (runner === this.replays.length - 1 ? 1 : 0);
      for (let x = Math.floor(first); x < last; x++) {
        const time = frame.from + ((x + 0.5 - frame.left) / (frame.right - frame.left)) * (frame.to - frame.from);
        context.fillStyle = css(ramp(this.scale, values[locate(replay, time).frame]));
        context.fillRect(x, top, Math.min(1.7, last - x), tall); // overlapping: no seams between pixels
      }
    });
  }
}

const css = (color) => `rgb(${color.map((v) => Math.round(255 * v)).join(" ")})`;

/** The stops of the activation scale as CSS, for its legend. */
export function gradientStops(scale) {
  return scale.map(([at, color]) => `${css(channels(color))} ${100 * at}%`).join(", ");
}
