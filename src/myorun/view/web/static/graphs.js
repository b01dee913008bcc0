// Graphs under the picture: joint angles, activations, ground reaction; with a cursor that can be dragged.

import { blank, colorsOfPage, drawCursor, Frame, MARGIN, ratio } from "./canvas.js";
import { Activations, Angles, Reaction } from "./curves.js";
import { locate, span } from "./replay.js";

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
