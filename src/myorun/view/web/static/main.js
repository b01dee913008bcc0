// The page: brings replays, player, picture, graphs and controls together.

import { Figure, rootAt } from "./figure.js";
import { Graphs } from "./graphs.js";
import { watchLive } from "./live.js";
import { DAY, gradientStops, NIGHT } from "./palette.js";
import { Player, SPEEDS } from "./player.js";
import { Readouts } from "./readouts.js";
import { decodeReplay, fromBase64, locate, ReplayError, span } from "./replay.js";
import { Scenery } from "./scenery.js";
import { CAMERAS, Stage } from "./stage.js";

const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const MODES = ["single", "side", "ghost"];
const NOTHING = "−1";
const SLOW = 0.06; // s between pictures

const state = { replays: [], first: -1, second: -1, mode: "single", dark: matchMedia("(prefers-color-scheme: dark)").matches };
const player = new Player(showControls);
const palette = () => (state.dark ? NIGHT : DAY);
const graphs = new Graphs($("#graphs"), DAY.activation, (time) => player.seek(time));
const readouts = new Readouts($("#readouts"));
const stage = makeStage();
let stale = true; // whether something changed since the last drawing

// ---------------------------------------------------------------- runners

/** The replays that are to be seen now: the first, and the second if there is one and it is wanted. */
function runners() {
  const pair = [state.replays[state.first], state.mode === "single" ? undefined : state.replays[state.second]];
  return pair.filter(Boolean);
}

function addReplay(replay) {
  checkDrawable(replay);
  state.replays.push(replay);
  const index = state.replays.length - 1;
  if (state.first < 0) state.first = index;
  else if (state.second < 0) state.second = index;
  return index;
}

/** Build everything once without showing it: a file whose parts do not fit together is refused. */
function checkDrawable(replay) {
  try {
    const [start, end] = span(replay);
    const { x, y } = rootAt(replay, start);
    if (![start, end, x, y].every(Number.isFinite)) throw new Error("it leads nowhere");
    const figure = new Figure(replay, palette());
    figure.show(start);
    figure.dispose();
    new Scenery(replay.scene, palette()).dispose();
    graphs.check(replay);
  } catch (error) {
    throw new ReplayError(`This replay makes no sense (${error.message}). Make it anew from its trajectory.`);
  }
}

/** Show what is chosen. */
function showRunners() {
  const chosen = runners();
  $("#welcome").hidden = chosen.length > 0;
  document.documentElement.classList.toggle("alone", state.replays.length < 2);
  if (chosen.length === 0) return;
  stage?.setRunners(chosen, state.mode);
  graphs.setRunners(chosen);
  readouts.setRunners(chosen);
  arrangeReadouts();
  showSpan();
  listRunners();
  showControls();
  document.title = `${chosen.map((replay) => replay.about.title).join(" and ")} · myorun`;
}

function showSpan() {
  const spans = runners().map(span);
  player.setSpan(Math.min(...spans.map(([start]) => start)), Math.max(...spans.map(([, end]) => end)));
}

function listRunners() {
  const options = state.replays.map((replay, i) => new Option(replay.about.title, i));
  $("#runner-a").replaceChildren(...options);
  $("#runner-a").value = state.first;
  $("#runner-b").replaceChildren(new Option("nobody", NOTHING), ...options.map((option) => option.cloneNode(true)));
  $("#runner-b").value = state.second < 0 ? NOTHING : state.second;
}

/** How two runners are first shown: side by side where there is room. */
function pairMode() {
  return stage && !stage.across ? "ghost" : "side";
}

function arrangeReadouts() {
  readouts.arrange({ ghost: "stacked", side: stage?.across ? "columns" : "rows" }[state.mode]);
}

function setMode(mode) {
  if (mode !== "single" && state.second < 0) return;
  state.mode = mode;
  showRunners();
}

// ---------------------------------------------------------------- controls

function showControls() {
  stale = true;
  const { time, start, end, playing, loop, speed } = player;
  const timeline = $("#timeline");
  [timeline.min, timeline.max, timeline.value] = [start, end, time];
  timeline.setAttribute("aria-valuetext", `${time.toFixed(2)} of ${end.toFixed(2)} seconds`);
  $("#clock").textContent = `${time.toFixed(2)} / ${end.toFixed(2)} s`;
  $("#play").classList.toggle("playing", playing);
  $("#play").setAttribute("aria-label", playing ? "Pause" : "Play");
  $("#loop").setAttribute("aria-pressed", loop);
  $("#speed").value = speed;
  all("[data-mode]").forEach((button) => {
    button.setAttribute("aria-pressed", button.dataset.mode === state.mode);
    button.disabled = button.dataset.mode !== "single" && state.second < 0;
  });
}

function step(frames) {
  const replay = runners()[0];
  if (!replay) return;
  player.pause();
  player.following = false;
  const times = replay.channels.times.data[0];
  const { frame, share } = locate(replay, player.time + 1e-9);
  const at = frame + frames + (frames < 0 && share > 1e-6 ? 1 : 0);
  player.seek(times[Math.min(Math.max(at, 0), replay.frames - 1)]);
}

function seek(time) {
  player.following = false;
  player.seek(time);
}

function toggle(what) {
  const button = $(`[data-show="${what}"]`);
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", on);
  if (what === "graphs") {
    $("#graphs").hidden = !on;
    resize();
  } else if (what === "follow" && stage) stage.follow = on;
  else stage?.reveal(what, on);
  stale = true;
}

function setDark(dark) {
  state.dark = dark;
  document.documentElement.classList.toggle("dark", dark);
  $("#theme").setAttribute("aria-pressed", dark);
  stage?.setPalette(palette(), runners(), state.mode);
  graphs.redraw();
  stale = true;
}

function look(camera) {
  stage?.look(camera);
  stale = true;
}

function showHelp() {
  if (!$("#keys").open) $("#keys").showModal();
}

const KEYS = {
  " ": () => player.toggle(),
  ArrowLeft: (event) => step(event.shiftKey ? -10 : -1),
  ArrowRight: (event) => step(event.shiftKey ? 10 : 1),
  ArrowUp: () => player.changeSpeed(1),
  ArrowDown: () => player.changeSpeed(-1),
  Home: () => seek(player.start),
  End: () => seek(player.end),
  l: () => player.setLoop(!player.loop),
  1: () => look("side"),
  2: () => look("quarter"),
  3: () => look("front"),
  4: () => look("behind"),
  a: () => stage?.orbit(-0.1, 0),
  d: () => stage?.orbit(0.1, 0),
  w: () => stage?.orbit(0, 0.08),
  s: () => stage?.orbit(0, -0.08),
  "+": () => stage?.zoom(0.88),
  "=": () => stage?.zoom(0.88),
  "-": () => stage?.zoom(1.14),
  f: () => toggle("follow"),
  c: () => setMode(MODES[(MODES.indexOf(state.mode) + 1) % MODES.length]),
  m: () => toggle("muscles"),
  k: () => toggle("skin"),
  r: () => toggle("forces"),
  g: () => toggle("graphs"),
  n: () => setDark(!state.dark),
  o: () => $("#file").click(),
  "?": showHelp,
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("#keys").open) return;
  const { target, key } = event;
  const own = { SELECT: true, BUTTON: key === " " || key === "Enter" }[target.tagName];
  const act = KEYS[key.length === 1 ? key.toLowerCase() : key];
  if (own || !act) return;
  event.preventDefault();
  act(event);
  stale = true;
}

function wireControls() {
  $("#play").addEventListener("click", () => player.toggle());
  $("#back").addEventListener("click", () => step(-1));
  $("#forward").addEventListener("click", () => step(1));
  $("#loop").addEventListener("click", () => player.setLoop(!player.loop));
  $("#timeline").addEventListener("input", (event) => seek(Number(event.target.value)));
  $("#speed").replaceChildren(...SPEEDS.map((speed) => new Option(`${speed} ×`, speed)));
  $("#speed").addEventListener("change", (event) => player.setSpeed(Number(event.target.value)));
  $("#runner-a").addEventListener("change", (event) => {
    state.first = Number(event.target.value);
    showRunners();
  });
  $("#runner-b").addEventListener("change", (event) => {
    state.second = event.target.value === NOTHING ? -1 : Number(event.target.value);
    state.mode = state.second < 0 ? "single" : state.mode === "single" ? pairMode() : state.mode;
    showRunners();
  });
  all("[data-mode]").forEach((button) => button.addEventListener("click", () => setMode(button.dataset.mode)));
  all("[data-show]").forEach((button) => button.addEventListener("click", () => toggle(button.dataset.show)));
  all("[data-camera]").forEach((button) => button.addEventListener("click", () => look(button.dataset.camera)));
  $("#theme").addEventListener("click", () => setDark(!state.dark));
  $("#help").addEventListener("click", showHelp);
  $("#open").addEventListener("click", () => $("#file").click());
  $("#file").addEventListener("change", (event) => openFiles(event.target.files));
  $("#message-close").addEventListener("click", () => ($("#message").hidden = true));
  $("#scale").style.background = `linear-gradient(90deg, ${gradientStops(DAY.activation)})`;
  document.addEventListener("keydown", press);
}

// ---------------------------------------------------------------- files

function tell(message) {
  $("#message-text").textContent = message;
  $("#message").hidden = false;
}

function tellError(name, error) {
  const message = error instanceof ReplayError ? error.message : `Something went wrong: ${error.message}`;
  tell(name ? `${name}: ${message}` : message);
}

async function openFiles(files) {
  $("#message").hidden = true;
  const before = state.replays.length;
  for (const file of files) {
    try {
      addReplay(await decodeReplay(await file.arrayBuffer()));
    } catch (error) {
      tellError(file.name, error);
    }
  }
  $("#file").value = "";
  if (state.replays.length === before) return;
  const added = state.replays.length - before;
  if (before > 0 && added === 1 && state.second !== state.replays.length - 1) state.first = state.replays.length - 1;
  if (state.second >= 0 && state.mode === "single" && (before > 0 || added > 1)) state.mode = pairMode();
  $("#status").textContent = `${added} ${added === 1 ? "replay" : "replays"} opened`;
  showRunners();
}

function wireDrop() {
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    $("#drop").hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) $("#drop").hidden = true;
  });
  document.addEventListener("drop", (event) => {
    $("#drop").hidden = true;
    if (!carries(event)) return;
    event.preventDefault();
    openFiles(event.dataTransfer.files);
  });
}

/** What this page was made or served with: replays inside it, or a list at the server, or nothing. */
async function loadGiven() {
  const inside = all("script[data-replay]");
  if (inside.length > 0) {
    for (const node of inside) addReplay(await decodeReplay(fromBase64(node.textContent)));
    return;
  }
  if (!location.protocol.startsWith("http")) return;
  const answer = await fetch("replays.json");
  if (!answer.ok) return;
  const { replays, live } = await answer.json();
  for (const address of replays) addReplay(await decodeReplay(await (await fetch(address)).arrayBuffer()));
  if (live) followLive(live);
}

function followLive(address) {
  let known = null;
  watchLive(address, {
    start(replay) {
      if (known) state.replays[state.replays.indexOf(known)] = replay;
      else addReplay(replay);
      known = replay;
      $("#live").hidden = false;
      player.following = true;
      player.playing = true;
      showRunners();
      player.seek(player.end);
    },
    frames() {
      showSpan();
      refreshGraphs();
    },
    end() {
      $("#live").hidden = true;
      player.following = false;
      $("#status").textContent = "the run is over";
      showRunners();
    },
    lost: () => ($("#live").hidden = true),
    failed: (error) => tellError("live", error),
  });
}

let graphsDue = 0;

/** Live graphs are drawn anew twice a second. */
function refreshGraphs() {
  if (performance.now() < graphsDue) return;
  graphsDue = performance.now() + 500;
  graphs.setRunners(runners());
}

// ---------------------------------------------------------------- drawing

function makeStage() {
  const canvas = $("#picture");
  try {
    const made = new Stage(canvas, palette());
    made.onOrbit = (camera) => {
      all("[data-camera]").forEach((button) => button.setAttribute("aria-pressed", button.dataset.camera === camera));
      stale = true;
    };
    canvas.addEventListener("wheel", () => (stale = true));
    canvas.addEventListener("pointermove", () => (stale = true));
    return made;
  } catch {
    canvas.hidden = true;
    tell("This browser cannot draw in 3-D: WebGL is missing or switched off. The graphs below work all the same.");
    return null;
  }
}

function resize() {
  stage?.resize();
  arrangeReadouts();
  graphs.redraw();
  stale = true;
}

let last = performance.now();
let slow = 0; // s of playing with few pictures a second

function tick(now) {
  const passed = (now - last) / 1000;
  const moved = player.advance(Math.min(passed, 0.25));
  last = now;
  if (moved) showControls();
  slow = moved && passed > SLOW && !document.hidden ? slow + passed : 0;
  if (slow > 1 && stage?.giveUp()) slow = 0;
  if (stale && runners().length > 0) {
    stale = false;
    stage?.draw(player.time);
    graphs.show(player.time);
    readouts.show(player.time);
  }
  requestAnimationFrame(tick);
}

async function start() {
  wireControls();
  wireDrop();
  setDark(state.dark);
  new ResizeObserver(resize).observe($(".stage"));
  try {
    await loadGiven();
  } catch (error) {
    tellError("", error);
  }
  if (state.second >= 0) state.mode = pairMode();
  showRunners();
  if (runners().length === 0) $("#welcome").hidden = false;
  else if (!matchMedia("(prefers-reduced-motion: reduce)").matches) player.play();
  look(Object.keys(CAMERAS)[1]);
  requestAnimationFrame(tick);
  document.documentElement.dataset.ready = "yes";
}

start();
