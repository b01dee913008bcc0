// The numbers over the picture: how far, how fast, and the score of each runner.

import { rootAt } from "./figure.js";
import { span } from "./replay.js";

const WINDOW = 0.05; // s to either side over which speed is taken

export class Readouts {
  constructor(root) {
    this.root = root;
    this.shown = [];
  }

  setRunners(replays) {
    this.shown = replays.map((replay, i) => ({ replay, ...buildReadout(replay, i > 0) }));
    this.root.replaceChildren(...this.shown.map(({ box }) => box));
  }

  /** Each beside its runner: "stacked" in one picture, in "rows" over pictures one above the other, else in columns. */
  arrange(how) {
    for (const name of ["stacked", "rows"]) this.root.classList.toggle(name, name === how);
  }

  show(time) {
    for (const { replay, distance, speed, score } of this.shown) {
      const [start, end] = span(replay);
      const at = Math.min(Math.max(time, start), end);
      const [before, after] = [Math.max(at - WINDOW, start), Math.min(at + WINDOW, end)];
      distance.textContent = (rootAt(replay, at).x - rootAt(replay, start).x).toFixed(2);
      speed.textContent = ((rootAt(replay, after).x - rootAt(replay, before).x) / (after - before || 1)).toFixed(2);
      score.textContent = Number.isFinite(replay.about.score) ? replay.about.score.toFixed(2) : "–";
    }
  }
}

/** A box, and the elements in it that hold numbers. */
function buildReadout({ about }, second) {
  const box = document.createElement("div");
  box.className = second ? "readout second" : "readout";
  const title = document.createElement("h2");
  title.textContent = about.fallen ? `${about.title} · fell` : about.title;
  const list = document.createElement("dl");
  box.append(title, list);
  const numbers = { distance: addNumber(list, "distance", "m"), speed: addNumber(list, "speed", "m/s") };
  return { box, ...numbers, score: addNumber(list, "score", "points") };
}

function addNumber(list, name, unit) {
  const [cell, term, value] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  const [number, suffix] = [document.createElement("span"), document.createElement("small")];
  term.textContent = name;
  term.className = "unseen"; // the unit says it, to those who see
  suffix.textContent = ` ${unit}`;
  value.append(number, suffix);
  cell.append(term, value);
  list.append(cell);
  return number;
}
