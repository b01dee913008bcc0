// The 3-D picture: one world a runner, cameras that follow them, and fingers, mice and keys that turn the view.

import { PCFShadowMap, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from "./vendor/three.min.js";
import { Figure, rootAt } from "./figure.js";
import { Scenery } from "./scenery.js";
import { span } from "./replay.js";

export const CAMERAS = {
  side: { azimuth: 0.0, elevation: 0.06 },
  quarter: { azimuth: 0.62, elevation: 0.16 },
  front: { azimuth: 1.5, elevation: 0.1 },
  behind: { azimuth: -1.15, elevation: 0.2 },
};
const DISTANCE = 3.9; // m
const NEAREST = 0.9;
const FARTHEST = 25;
const EYE_LEVEL = 0.93; // m
const SMOOTH = 0.45; // s to either side over which the followed point is averaged

/** A picture in 3-D. Throws where the browser cannot draw with WebGL. */
export class Stage {
  constructor(canvas, palette) {
    this.canvas = canvas;
    this.palette = palette;
    this.renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" });
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.renderer.autoClear = false;
    this.camera = new PerspectiveCamera(32, 1, 0.1, 400);
    this.worlds = [];
    this.revealed = { skin: true, muscles: true, forces: true };
    this.view = { ...CAMERAS.quarter, distance: DISTANCE };
    this.follow = true;
    this.center = new Vector3(0, EYE_LEVEL, 0);
    this.shift = new Vector3();
    this.quality = 0; // worse with every step, for machines that cannot keep up
    this.onOrbit = () => {};
    watchPointers(canvas, this);
  }

  /** Show these runners: each in a world of its own, or the second as a ghost in the first's. */
  setRunners(replays, mode) {
    this.worlds.forEach((world) => world.dispose());
    const ghostly = mode === "ghost" && replays.length > 1;
    const alone = mode === "single" || ghostly ? replays.slice(0, 1) : replays;
    this.worlds = alone.map((replay) => new World(replay, this.palette));
    if (ghostly) this.worlds[0].addGhost(replays[1]);
    this.#light();
    Object.entries(this.revealed).forEach(([what, visible]) => this.reveal(what, visible));
  }

  setPalette(palette, replays, mode) {
    this.palette = palette;
    this.setRunners(replays, mode);
  }

  reveal(what, visible) {
    this.revealed[what] = visible;
    this.worlds.forEach((world) => world.figures.forEach((figure) => figure.reveal(what, visible)));
  }

  look(name) {
    Object.assign(this.view, CAMERAS[name], { distance: DISTANCE });
    this.shift.set(0, 0, 0);
    this.onOrbit(name);
  }

  /** Turn the view by angles, rad. */
  orbit(azimuth, elevation) {
    this.view.azimuth += azimuth;
    this.view.elevation = Math.min(Math.max(this.view.elevation + elevation, -0.02), 1.5);
    this.onOrbit(null);
  }

  zoom(factor) {
    this.view.distance = Math.min(Math.max(this.view.distance * factor, NEAREST), FARTHEST);
  }

  /** Slide the view by shares of the picture's height. */
  pan(right, up) {
    const scale = this.view.distance * 0.57;
    const { azimuth } = this.view;
    this.shift.x -= right * scale * Math.cos(azimuth);
    this.shift.z += right * scale * Math.sin(azimuth);
    this.shift.y = Math.min(Math.max(this.shift.y + up * scale, -0.9), 5);
  }

  /** Fit the drawing to the size of its canvas on the page. */
  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, this.quality > 0 ? 1 : 2));
    this.renderer.setSize(clientWidth, clientHeight, false);
  }

  /** Draw fewer pixels, then no shadows. False if nothing is left to give up. */
  giveUp() {
    if (this.quality === 2) return false;
    this.quality += 1;
    this.#light();
    this.resize();
    return true;
  }

  #light() {
    this.worlds.forEach((world) => (world.scenery.light.castShadow = this.quality < 2));
  }

  /** Whether two runners are side by side, rather than one above the other. */
  get across() {
    return this.canvas.clientWidth >= this.canvas.clientHeight;
  }

  /** Draw all runners at a time, s. */
  draw(time) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.renderer.setScissorTest(this.worlds.length > 1);
    this.worlds.forEach((world, i) => {
      const share = 1 / this.worlds.length;
      const box = this.across ? [i * share * width, 0, share * width, height] : [0, (1 - (i + 1) * share) * height, width, share * height];
      this.renderer.setViewport(...box);
      this.renderer.setScissor(...box);
      this.#drawWorld(world, time, box[2] / box[3]);
    });
  }

  #drawWorld(world, time, aspect) {
    world.show(time);
    const center = this.#centerOf(world, time);
    const { azimuth, elevation, distance } = this.view;
    const room = this.worlds.length > 1 ? 1.12 : 1; // for the read-outs
    const back = distance * Math.max(room, 0.78 / aspect);
    this.camera.aspect = aspect;
    this.camera.position.set(
      center.x + back * Math.sin(azimuth) * Math.cos(elevation),
      Math.max(center.y + back * Math.sin(elevation), 0.05),
      center.z + back * Math.cos(azimuth) * Math.cos(elevation),
    );
    this.camera.lookAt(center);
    this.camera.updateProjectionMatrix();
    world.scenery.follow(world.root.x, this.camera.position);
    this.renderer.clear();
    this.renderer.render(world.scene, this.camera);
  }

  #centerOf(world, time) {
    if (this.follow) world.center.copy(world.followed(time));
    return world.center.clone().add(this.shift);
  }
}

/** One runner's surroundings. */
class World {
  constructor(replay, palette) {
    this.replay = replay;
    this.palette = palette;
    this.scene = new Scene();
    this.scenery = new Scenery(replay.scene, palette);
    this.scene.fog = this.scenery.fog;
    this.center = new Vector3();
    this.figures = [];
    this.#add(new Figure(replay, palette));
    this.scene.add(this.scenery.group);
  }

  addGhost(replay) {
    this.#add(new Figure(replay, this.palette, { ghost: true }));
  }

  #add(figure) {
    this.figures.push(figure);
    this.scene.add(figure.group);
  }

  show(time) {
    this.figures.forEach((figure) => figure.show(time));
    this.root = rootAt(this.replay, time);
  }

  /** What the camera looks at: the pelvis averaged over a while, so that it glides. */
  followed(time) {
    const [start, end] = span(this.replay);
    let [x, y] = [0, 0];
    for (let k = -4; k <= 4; k++) {
      const root = rootAt(this.replay, Math.min(Math.max(time + (k / 4) * SMOOTH, start), end));
      x += root.x / 9;
      y += root.y / 9;
    }
    return new Vector3(x + 0.05, y < -0.3 || y > 1.5 ? y : EYE_LEVEL, 0);
  }

  dispose() {
    this.figures.forEach((figure) => figure.dispose());
    this.scenery.dispose();
  }
}

/** One finger or the left button turns, two fingers or the right button slide, wheel and pinch zoom. */
function watchPointers(canvas, stage) {
  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y) || 1;
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const before = fingers.size === 2 ? spread() : 0;
    const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const slide = fingers.size > 1 || event.buttons === 2 || event.shiftKey;
    if (slide) stage.pan(dx / canvas.clientHeight / fingers.size, dy / canvas.clientHeight / fingers.size);
    else stage.orbit(-0.008 * dx, 0.006 * dy);
    if (before) stage.zoom(before / spread());
  });
  const lift = (event) => fingers.delete(event.pointerId);
  ["pointerup", "pointercancel", "lostpointercapture"].forEach((name) => canvas.addEventListener(name, lift));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      stage.zoom(Math.exp(0.0012 * event.deltaY));
    },
    { passive: false },
  );
}
