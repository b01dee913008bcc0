// What the graphs show of replays: joint angles, ground reaction, activations.

import { drawCurve, drawGrid, drawTimes } from "./canvas.js";
import { footForces, placeBodies } from "./kinematics.js";
import { css, ramp } from "./palette.js";
import { locate, sample } from "./replay.js";

const DEGREES = 180 / Math.PI;
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

export class Angles extends Curves {
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

export class Reaction extends Curves {
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
export class Activations {
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
