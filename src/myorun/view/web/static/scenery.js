// What stands around a runner: sky and hills, meadow, track with distance marks, obstacles, light.

import {
  BackSide,
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
const FAR = 120; // m of ground around the runner
const NUMBERS = [-9, 16]; // m around the runner within which marks carry numbers
const SUN = new Vector3(-0.45, 1, 0.62).normalize();

export class Scenery {
  constructor(solids, palette) {
    this.group = new Group();
    this.palette = palette;
    this.fog = new Fog(palette.sky[2], ...palette.fog);
    this.sky = buildSky(palette);
    this.ground = [buildMeadow(palette), buildTrack(palette)];
    this.numbers = new Map();
    this.light = buildLight(palette);
    const ambient = new HemisphereLight(...palette.ambient);
    this.group.add(this.sky, ...this.ground, this.light, this.light.target, ambient);
    for (const solid of solids) this.#put(solid);
  }

  /** Let everything endless stand around `x`. */
  follow(x, eye) {
    this.sky.position.copy(eye);
    const snapped = TILE * Math.round(x / TILE);
    for (const mesh of this.ground) mesh.position.x = snapped;
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
      const mesh = buildNumber(metre, this.palette);
      this.numbers.set(metre, mesh);
      this.group.add(mesh);
    }
  }
}

function buildLight(palette) {
  const [color, strength] = palette.light;
  const light = new DirectionalLight(color, strength);
  light.castShadow = true;
  light.shadow.mapSize.set(2048, 2048);
  light.shadow.bias = -0.0004;
  light.shadow.normalBias = 0.006;
  light.shadow.radius = 5;
  Object.assign(light.shadow.camera, { left: -2.4, right: 2.4, top: 2.4, bottom: -2.4, near: 1, far: 12 });
  return light;
}

// ---------------------------------------------------------------- ground

function buildMeadow(palette) {
  const texture = painted(512, 512, (context) => {
    context.fillStyle = palette.meadow;
    context.fillRect(0, 0, 512, 512);
    speckle(context, 512, 512, 2600, 0.05);
  });
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.repeat.set((2 * FAR) / TILE, (2 * FAR) / TILE);
  const mesh = flat(2 * FAR, 2 * FAR, new MeshStandardMaterial({ map: texture, roughness: 1 }));
  mesh.position.y = -0.004;
  return mesh;
}

function buildTrack(palette) {
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
    for (let metre = 0; metre < TILE; metre++) context.fillRect(((metre + 0.5) / TILE) * width - 3, row(0.72), 6, row(1.05) - row(0.72));
    context.fillRect(0.5 * width - 7, row(-1.05), 14, row(1.05) - row(-1.05));
  });
  texture.wrapS = RepeatWrapping;
  texture.repeat.set((2 * FAR) / TILE, 1);
  const mesh = flat(2 * FAR, TRACK[1] - TRACK[0], new MeshStandardMaterial({ map: texture, roughness: 0.95 }));
  mesh.position.z = 0.5 * (TRACK[0] + TRACK[1]);
  return mesh;
}

function flat(width, depth, material) {
  const mesh = new Mesh(new PlaneGeometry(width, depth).rotateX(-0.5 * Math.PI), material);
  mesh.receiveShadow = true;
  return mesh;
}

function buildNumber(metre, palette) {
  const big = metre % 5 === 0;
  const text = big ? `${metre} m` : `${metre}`;
  const texture = painted(256, 128, (context) => {
    context.fillStyle = palette.line;
    context.font = "600 92px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, 128, 68);
  });
  const height = big ? 0.26 : 0.15;
  const material = new MeshBasicMaterial({ map: texture, transparent: true, opacity: big ? 0.95 : 0.75, depthWrite: false });
  const mesh = new Mesh(new PlaneGeometry(2 * height, height).rotateX(-0.5 * Math.PI), material);
  mesh.position.set(metre, 0.003, TRACK[1] + 0.04 + 0.5 * height);
  return mesh;
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
      meadow: color(palette.meadow),
    },
    vertexShader: `
      varying vec3 vWay;
      void main() { vWay = position; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
    fragmentShader: `
      uniform vec3 top; uniform vec3 middle; uniform vec3 low; uniform vec3 sun;
      uniform vec3 far; uniform vec3 mid; uniform vec3 near; uniform vec3 meadow;
      varying vec3 vWay;
      float ridge(float a, float n, float p) {
        return 0.5 * sin(n * a + p) + 0.28 * sin(floor(2.3 * n) * a + 1.7 * p) + 0.14 * sin(floor(5.1 * n) * a + 0.6 * p);
      }
      void hill(inout vec3 c, vec3 paint, float up, float crest) {
        c = mix(c, mix(paint, low, 0.30 * clamp(1.0 - up / crest, 0.0, 1.0)), smoothstep(-0.0012, 0.0012, crest - up));
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
        hill(c, far, up, 0.110 + 0.045 * ridge(a, 4.0, 1.0));
        hill(c, mid, up, 0.066 + 0.028 * ridge(a, 7.0, 2.0));
        float trees = 0.004 * abs(sin(61.0 * a)) + 0.003 * abs(sin(143.0 * a + 1.0));
        hill(c, near, up, 0.028 + 0.012 * ridge(a, 11.0, 4.0) + trees);
        c = mix(c, mix(near, meadow, 0.35), smoothstep(0.004, -0.004, up));
        gl_FragColor = vec4(c, 1.0);
        #include <colorspace_fragment>
      }`,
  });
  const mesh = new Mesh(new SphereGeometry(200, 48, 24), material);
  mesh.frustumCulled = false;
  mesh.renderOrder = -1;
  return mesh;
}
