// What stands around a runner: sky and hills, meadow, track with distance marks, obstacles, light.

import {
  BackSide,
  BufferAttribute,
  BufferGeometry,
  CanvasTexture,
  Color,
  DirectionalLight,
  Fog,
  Group,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  PlaneGeometry,
  RepeatWrapping,
  ShaderMaterial,
  SphereGeometry,
  SRGBColorSpace,
  Vector3,
} from "./vendor/three.min.js";
import { solidGeometry } from "./solids.js";

const TILE = 5; // m of track in its texture
const TRACK = [-1.1, 1.1]; // m, far and near edge
const FAR = 120; // m of ground to either side
const ENDLESS = 2000; // m of ground before and behind a course
const NUMBERS = [-9, 16]; // m around the runner within which marks carry numbers
const SUN = new Vector3(-0.45, 1, 0.62).normalize();

export class Scenery {
  constructor(solids, palette) {
    this.group = new Group();
    this.palette = palette;
    this.fog = new Fog(horizon(palette), ...palette.fog);
    this.sky = buildSky(palette);
    this.floor = floorOf(solids);
    this.numbers = new Map();
    this.light = buildLight(palette);
    const ambient = new HemisphereLight(...palette.ambient);
    this.group.add(this.sky, this.light, this.light.target, ambient);
    this.group.add(buildMeadow(palette, this.floor), buildTrack(palette, this.floor));
    for (const solid of solids) this.#put(solid);
  }

  /** Let everything endless stand around `x`. */
  follow(x, eye) {
    this.sky.position.copy(eye);
    this.light.target.position.set(x, 0.7, 0);
    this.light.position.set(x, 0.7, 0).addScaledVector(SUN, 6);
    this.#number(Math.round(x));
  }

  dispose() {
    this.group.traverse((node) => {
      node.geometry?.dispose();
      node.material?.map?.dispose();
      node.material?.dispose();
    });
    this.light.dispose();
  }

  #put(solid) {
    if (solid.kind === "patch") {
      this.group.add(...buildPatch(solid, this.floor, this.palette));
      return;
    }
    const geometry = solidGeometry(solid);
    if (!geometry) return;
    const color = this.palette[solid.material] ?? this.palette.ground;
    const mesh = new Mesh(geometry, new MeshStandardMaterial({ color, roughness: 0.36, metalness: 0.05 }));
    mesh.castShadow = mesh.receiveShadow = true;
    this.group.add(mesh);
  }

  /** Numbers on the ground, made when they first come near. */
  #number(center) {
    for (const [metre, mesh] of this.numbers) mesh.visible = metre >= center + NUMBERS[0] && metre <= center + NUMBERS[1];
    for (let metre = center + NUMBERS[0]; metre <= center + NUMBERS[1]; metre++) {
      if (this.numbers.has(metre)) continue;
      const mesh = buildNumber(metre, this.floor, this.palette);
      this.numbers.set(metre, mesh);
      this.group.add(mesh);
    }
  }
}

/** The colour in which ground and hills meet. */
function horizon(palette) {
  return new Color(palette.hills[2]).lerp(new Color(palette.meadow), 0.5);
}

function buildLight(palette) {
  const [color, strength] = palette.light;
  const light = new DirectionalLight(color, strength);
  light.castShadow = true;
  light.shadow.mapSize.set(1024, 1024);
  light.shadow.bias = -0.0004;
  light.shadow.normalBias = 0.006;
  light.shadow.radius = 3;
  Object.assign(light.shadow.camera, { left: -2.4, right: 2.4, top: 2.4, bottom: -2.4, near: 1, far: 12 });
  return light;
}

// ---------------------------------------------------------------- ground

function buildMeadow(palette, floor) {
  const texture = painted(512, 512, (context) => {
    context.fillStyle = palette.meadow;
    context.fillRect(0, 0, 512, 512);
    speckle(context, 512, 512, 2600, 0.05);
  });
  texture.wrapS = texture.wrapT = RepeatWrapping;
  const mesh = strip(floor, -FAR, FAR, TILE, new MeshStandardMaterial({ map: texture, roughness: 1 }));
  mesh.position.y = -0.004;
  return mesh;
}

function buildTrack(palette, floor) {
  const [width, height] = [1024, 512];
  const row = (z) => ((z - TRACK[0]) / (TRACK[1] - TRACK[0])) * height;
  const texture = painted(width, height, (context) => {
    context.fillStyle = palette.track;
    context.fillRect(0, 0, width, height);
    speckle(context, width, height, 5200, 0.07);
    context.fillStyle = palette.line;
    for (const z of [TRACK[0] + 0.05, TRACK[1] - 0.05]) context.fillRect(0, row(z) - 7, width, 14);
    context.globalAlpha = 0.3;
    for (const z of [-0.45, 0.45]) context.fillRect(0, row(z) - 3, width, 6);
    context.globalAlpha = 0.75;
    const column = (metre) => (((metre + TILE / 2) % TILE) / TILE) * width;
    for (let metre = 1; metre < TILE; metre++) context.fillRect(column(metre) - 3, row(0.72), 6, row(1.05) - row(0.72));
    context.fillRect(column(0) - 7, row(-1.05), 14, row(1.05) - row(-1.05));
  });
  texture.wrapS = RepeatWrapping;
  texture.offset.x = 0.5;
  return strip(floor, ...TRACK, TRACK[1] - TRACK[0], new MeshStandardMaterial({ map: texture, roughness: 0.95 }));
}

/** The floor's corners, rows x, y, continued level to either side. */
function floorOf(solids) {
  const points = solids.find(({ kind }) => kind === "floor")?.points ?? [[0, 0]];
  const [first, last] = [points[0], points[points.length - 1]];
  return [[first[0] - ENDLESS, first[1]], ...points, [last[0] + ENDLESS, last[1]]];
}

/** How high a floor is at x. */
function heightAt(floor, x) {
  const next = floor.findIndex((point) => point[0] > x);
  if (next <= 0) return floor[next < 0 ? floor.length - 1 : 0][1];
  const [[x1, y1], [x2, y2]] = [floor[next - 1], floor[next]];
  return y1 + ((y2 - y1) * (x - x1)) / (x2 - x1);
}

/** The part of a floor between two places. */
function cut(floor, start, end) {
  const inner = floor.filter(([x]) => x > start && x < end);
  return [[start, heightAt(floor, start)], ...inner, [end, heightAt(floor, end)]];
}

/** A floor between two depths; its texture repeats every TILE m along and every `across` m to the side. */
function strip(floor, far, near, across, material) {
  const [positions, normals, places, indices] = [[], [], [], []];
  for (let i = 0; i + 1 < floor.length; i++) {
    const [[x1, y1], [x2, y2]] = [floor[i], floor[i + 1]];
    const length = Math.hypot(x2 - x1, y2 - y1);
    if (length < 1e-9) continue;
    const at = positions.length / 3;
    for (const [x, y] of [floor[i], floor[i + 1]]) {
      for (const z of [far, near]) {
        positions.push(x, y, z);
        normals.push((y1 - y2) / length, (x2 - x1) / length, 0);
        places.push((x + (x2 - x1 < 1e-9 ? y : 0)) / TILE, (near - z) / across);
      }
    }
    indices.push(at, at + 1, at + 2, at + 2, at + 1, at + 3);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(positions), 3));
  geometry.setAttribute("normal", new BufferAttribute(new Float32Array(normals), 3));
  geometry.setAttribute("uv", new BufferAttribute(new Float32Array(places), 2));
  geometry.setIndex(indices);
  const mesh = new Mesh(geometry, material);
  mesh.receiveShadow = true;
  mesh.frustumCulled = false;
  return mesh;
}

/** A stretch of floor with a surface of its own, and its name beside it. */
function buildPatch({ start, end, material, label }, floor, palette) {
  const look = { color: palette[material] ?? palette.ground, ...(material === "ice" ? GLOSSY : { roughness: 0.9 }) };
  const mesh = strip(cut(floor, start, end), ...TRACK, 1, new MeshStandardMaterial(look));
  mesh.position.y = 0.003;
  if (!label) return [mesh];
  const text = written(label, 0.13, 0.9, palette);
  text.position.set(0.5 * (start + end), heightAt(floor, 0.5 * (start + end)) + 0.004, TRACK[1] + 0.42);
  return [mesh, text];
}

const GLOSSY = { roughness: 0.12, metalness: 0.1 };

function buildNumber(metre, floor, palette) {
  const big = metre % 5 === 0;
  const height = big ? 0.26 : 0.15;
  const mesh = written(big ? `${metre} m` : `${metre}`, height, big ? 0.95 : 0.75, palette);
  mesh.position.set(metre, heightAt(floor, metre) + 0.004, TRACK[1] + 0.04 + 0.5 * height);
  return mesh;
}

/** Words that lie on the ground. */
function written(text, height, opacity, palette) {
  const width = 96 * Math.max(2, text.length);
  const texture = painted(width, 128, (context) => {
    context.fillStyle = palette.line;
    context.font = "600 92px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, width / 2, 68, width - 8);
  });
  const material = new MeshBasicMaterial({ map: texture, transparent: true, opacity, depthWrite: false });
  return new Mesh(new PlaneGeometry((height * width) / 128, height).rotateX(-0.5 * Math.PI), material);
}

function painted(width, height, paint) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  paint(canvas.getContext("2d"));
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.anisotropy = 8;
  return texture;
}

/** Light and dark grains, the same on every visit. */
function speckle(context, width, height, count, strength) {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < count; i++) {
    context.fillStyle = random() < 0.5 ? `rgba(0,0,0,${strength * random()})` : `rgba(255,255,255,${strength * random()})`;
    const size = 2 + 9 * random() ** 3;
    context.fillRect(random() * width, random() * height, size, size);
  }
}

// ---------------------------------------------------------------- sky

/** A dome: a gradient, a sun, and three rows of hills around the horizon. */
function buildSky(palette) {
  const color = (value) => ({ value: new Color(value) });
  const material = new ShaderMaterial({
    side: BackSide,
    depthWrite: false,
    fog: false,
    uniforms: {
      top: color(palette.sky[0]),
      middle: color(palette.sky[1]),
      low: color(palette.sky[2]),
      sun: color(palette.sun),
      far: color(palette.hills[0]),
      mid: color(palette.hills[1]),
      near: color(palette.hills[2]),
      horizon: { value: horizon(palette) },
    },
    vertexShader: `
      varying vec3 vWay;
      void main() { vWay = position; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
    fragmentShader: `
      uniform vec3 top; uniform vec3 middle; uniform vec3 low; uniform vec3 sun;
      uniform vec3 far; uniform vec3 mid; uniform vec3 near; uniform vec3 horizon;
      varying vec3 vWay;
      float ridge(float a, float n, float p) {
        return 0.5 * sin(n * a + p) + 0.28 * sin(floor(2.3 * n) * a + 1.7 * p) + 0.14 * sin(floor(5.1 * n) * a + 0.6 * p);
      }
      void hill(inout vec3 c, vec3 paint, vec3 mist, float up, float crest) {
        vec3 body = mix(paint, mist, 0.5 * clamp(1.0 - up / crest, 0.0, 1.0));
        c = mix(c, body, smoothstep(-0.0012, 0.0012, crest - up));
      }
      void main() {
        vec3 way = normalize(vWay);
        float up = way.y;
        vec3 c = mix(low, middle, smoothstep(0.0, 0.26, up));
        c = mix(c, top, smoothstep(0.2, 0.9, up));
        vec3 to = normalize(vec3(0.34, 0.20, -0.9));
        float away = acos(clamp(dot(way, to), -1.0, 1.0));
        float glow = 0.55 * exp(-away * away / 0.12) + 0.9 * smoothstep(0.058, 0.052, away);
        c = mix(c, sun, clamp(glow, 0.0, 1.0));
        float a = atan(way.z, way.x);
        hill(c, far, low, up, 0.110 + 0.045 * ridge(a, 4.0, 1.0));
        hill(c, mid, low, up, 0.066 + 0.028 * ridge(a, 7.0, 2.0));
        float trees = 0.004 * abs(sin(61.0 * a)) + 0.003 * abs(sin(143.0 * a + 1.0));
        hill(c, near, horizon, up, 0.028 + 0.012 * ridge(a, 11.0, 4.0) + trees);
        c = mix(c, horizon, smoothstep(0.006, -0.002, up));
        gl_FragColor = vec4(c, 1.0);
        #include <colorspace_fragment>
      }`,
  });
  const mesh = new Mesh(new SphereGeometry(200, 48, 24), material);
  mesh.frustumCulled = false;
  mesh.renderOrder = -1;
  return mesh;
}
