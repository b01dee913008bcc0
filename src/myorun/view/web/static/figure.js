// A human in 3-D: bones and skin that move with the bodies, muscles that bulge and glow, arrows of the ground's forces.

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  ConeGeometry,
  CylinderGeometry,
  DynamicDrawUsage,
  Group,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  ShaderMaterial,
  SphereGeometry,
  Vector3,
} from "./vendor/three.min.js";
import { footForces, placeBodies, placePath } from "./kinematics.js";
import { channels, ramp } from "./palette.js";
import { locate, sample } from "./replay.js";
import { direction, merge, ringIndices, solidGeometry, transport } from "./solids.js";

const RINGS = 26; // along a muscle
const AROUND = 10; // around a muscle
const TENDON = 0.0042; // m, radius
const REFERENCE_FORCE = 5000; // N, of a muscle ...
const REFERENCE_RADIUS = 0.026; // m, ... drawn with this radius at rest
const ARROW = 0.55; // m for one body weight
const WEAKEST = 0.03; // body weights; weaker forces have no arrow
const UP = new Vector3(0, 1, 0);

/** A runner to be put in a scene; `ghost` draws it in one translucent colour. */
export class Figure {
  constructor(replay, palette, { ghost = false } = {}) {
    this.replay = replay;
    this.group = new Group();
    this.ghost = ghost;
    this.#dress(palette);
    this.bodies = replay.figure.bodies.map((body) => this.#buildBody(body));
    this.kneecaps = this.#buildKneecaps();
    this.muscles = replay.figure.muscles.map((muscle) => new Muscle(muscle, this.materials.muscle, palette));
    this.muscleGroup = new Group();
    this.muscleGroup.add(...this.muscles.map((muscle) => muscle.mesh));
    this.arrows = replay.figure.feet.map(() => buildArrow(this.materials.force));
    this.arrowGroup = new Group();
    this.arrowGroup.add(...this.arrows.map((arrow) => arrow.group));
    this.group.add(this.muscleGroup, this.arrowGroup);
  }

  /** Take the pose of a time, s. */
  show(time) {
    const at = locate(this.replay, time);
    const q = sample(this.replay, "coordinates", at);
    const placed = placeBodies(this.replay.figure, q);
    placed.forEach(({ x, y, z, angle }, i) => {
      this.bodies[i].position.set(x, y, z);
      this.bodies[i].rotation.z = angle;
    });
    this.kneecaps.forEach(({ mesh, point }) => {
      const slide = placePath({ path: [point] }, q, placed)[0];
      mesh.position.set(...slide);
      mesh.rotation.z = placed[point.body].angle;
    });
    const [activations, fibers] = [sample(this.replay, "activations", at), sample(this.replay, "fiber_lengths", at)];
    this.muscles.forEach((muscle, i) => {
      muscle.show(placePath(this.replay.figure.muscles[i], q, placed), activations[i] ?? 0, fibers[i] ?? muscle.rest);
    });
    this.#point(footForces(this.replay.figure, placed, contactForces(this.replay, at)));
  }

  /** Show or hide skin, muscles or forces. */
  reveal(what, visible) {
    if (what === "muscles") this.muscleGroup.visible = visible;
    if (what === "forces") this.arrowGroup.visible = visible;
    if (what === "skin") this.skins.forEach((mesh) => (mesh.visible = visible));
  }

  dispose() {
    this.group.traverse((node) => node.geometry?.dispose());
    Object.values(this.materials).forEach((material) => material.dispose());
  }

  #dress(palette) {
    const solid = (color, roughness) =>
      new MeshStandardMaterial({ color: this.ghost ? palette.ghost : color, roughness, ...(this.ghost ? GHOSTLY : {}) });
    this.materials = {
      bone: solid(palette.bone, 0.62),
      hollow: solid(palette.hollow, 0.9),
      load: solid(palette.load, 0.85),
      muscle: new MeshStandardMaterial({ vertexColors: true, roughness: 0.42, ...(this.ghost ? GHOSTLY : {}) }),
      skin: skinMaterial(this.ghost ? palette.ghost : palette.skin, this.ghost ? 0.3 : palette.skinOpacity),
      mask: new MeshBasicMaterial({ colorWrite: false, transparent: true }),
      force: new MeshStandardMaterial({
        color: palette.force,
        emissive: palette.force,
        emissiveIntensity: 0.35,
        roughness: 0.4,
        ...(this.ghost ? { ...GHOSTLY, opacity: 0.55 } : {}),
      }),
    };
    this.skins = [];
  }

  #buildBody(body) {
    const group = new Group();
    for (const name of ["bone", "hollow", "load", "skin"]) {
      const geometries = body.solids.filter((s) => s.material === name).map(solidGeometry).filter(Boolean);
      if (geometries.length === 0) continue;
      const mesh = new Mesh(merge(geometries), this.materials[name]);
      mesh.castShadow = !this.ghost && name !== "hollow";
      group.add(mesh);
      if (name === "skin") this.#layer(mesh, group);
    }
    this.group.add(group);
    return group;
  }

  /** Skin is drawn after everything else, and first into the depth only: so its inner faces do not show through. */
  #layer(mesh, group) {
    const mask = new Mesh(mesh.geometry, this.materials.mask);
    [mask.renderOrder, mesh.renderOrder] = [2, 3];
    group.add(mask);
    this.skins.push(mesh, mask);
  }

  /** A kneecap for every body along which a muscle's path slides. */
  #buildKneecaps() {
    const sliding = new Map();
    for (const muscle of this.replay.figure.muscles) {
      for (const point of muscle.path) if (point.slides) sliding.set(point.body, point);
    }
    return [...sliding.values()].map((point) => {
      const geometry = new SphereGeometry(1, 16, 12).scale(0.0105, 0.021, 0.019);
      const mesh = new Mesh(geometry, this.materials.bone);
      mesh.castShadow = !this.ghost;
      this.group.add(mesh);
      return { mesh, point };
    });
  }

  #point(forces) {
    forces.forEach(({ at, force }, i) => {
      const share = Math.hypot(...force) / this.replay.figure.weight;
      this.arrows[i].group.visible = share > WEAKEST;
      if (share > WEAKEST) pointArrow(this.arrows[i], at, force, ARROW * share);
    });
  }
}

const GHOSTLY = { transparent: true, opacity: 0.32, depthWrite: false };

/** Glass that is seen at its rim. */
function skinMaterial(color, opacity) {
  return new ShaderMaterial({
    uniforms: { color: { value: new Color(color) }, opacity: { value: opacity } },
    transparent: true,
    depthWrite: false,
    vertexShader: `
      varying vec3 vNormal; varying vec3 vEye;
      void main() {
        vec4 eye = modelViewMatrix * vec4(position, 1.0);
        vEye = -eye.xyz; vNormal = normalMatrix * normal;
        gl_Position = projectionMatrix * eye;
      }`,
    fragmentShader: `
      uniform vec3 color; uniform float opacity;
      varying vec3 vNormal; varying vec3 vEye;
      void main() {
        float facing = abs(dot(normalize(vNormal), normalize(vEye)));
        float rim = pow(1.0 - facing, 1.8);
        float light = 0.72 + 0.38 * normalize(vNormal).y;
        gl_FragColor = vec4(color * light + 0.35 * rim, opacity * (0.30 + 1.9 * rim));
        #include <colorspace_fragment>
      }`,
  });
}

// ---------------------------------------------------------------- muscles

class Muscle {
  constructor(muscle, material, palette) {
    this.rest = muscle.fiber;
    this.share = muscle.fiber / (muscle.fiber + muscle.tendon);
    const radius = REFERENCE_RADIUS * Math.min(Math.max((muscle.force / REFERENCE_FORCE) ** 0.4, 0.5), 1.25);
    this.radius = Math.min(radius, 0.09 * (muscle.fiber + muscle.tendon));
    this.scale = palette.activation;
    this.tendonColor = channels(palette.tendon);
    this.mesh = new Mesh(muscleGeometry(), material);
    this.mesh.frustumCulled = false;
    this.mesh.castShadow = !material.transparent;
    this.line = Array.from({ length: RINGS }, () => new Vector3());
  }

  /** Lie along world points, with this activation and fiber length (m). */
  show(path, activation, fiber) {
    this.mesh.visible = path.length > 1;
    if (!this.mesh.visible) return;
    layAlong(path, this.line);
    for (let round = 0; round < 3; round++) ease(this.line);
    const bulge = Math.min(Math.max(Math.sqrt(this.rest / Math.max(fiber, 1e-3)), 0.75), 1.4) * (1 + 0.14 * activation);
    this.#sweep(this.radius * bulge, ramp(this.scale, activation));
  }

  #sweep(radius, color) {
    const { position, normal, color: paint } = this.mesh.geometry.attributes;
    const [across, side, out] = [new Vector3(0, 0, 0), new Vector3(), new Vector3()];
    this.line.forEach((center, i) => {
      const tangent = direction(this.line, i);
      transport(across, tangent);
      side.crossVectors(tangent, across);
      const belly = this.#belly(i / (RINGS - 1));
      const width = i === 0 || i === RINGS - 1 ? 0.0005 : Math.max(radius * belly, TENDON);
      const flesh = Math.min(belly * 3.2, 1);
      for (let k = 0; k < AROUND; k++) {
        const angle = (2 * Math.PI * k) / AROUND;
        out.copy(across).multiplyScalar(Math.cos(angle)).addScaledVector(side, Math.sin(angle));
        const at = i * AROUND + k;
        normal.setXYZ(at, out.x, out.y, out.z);
        position.setXYZ(at, center.x + width * out.x, center.y + width * out.y, center.z + width * out.z);
        const [r, g, b] = color.map((v, j) => this.tendonColor[j] + flesh * (v - this.tendonColor[j]));
        paint.setXYZ(at, r * r, g * g, b * b); // about linear
      }
    });
    position.needsUpdate = normal.needsUpdate = paint.needsUpdate = true;
  }

  /** Relative radius along the path: a spindle near the origin, tendon at both ends. */
  #belly(along) {
    const inside = Math.min(Math.max((along - 0.04) / (0.48 + 0.42 * this.share), 0), 1);
    return Math.sin(Math.PI * inside ** 0.85) ** 0.8 || 0;
  }
}

function muscleGeometry() {
  const geometry = new BufferGeometry();
  for (const name of ["position", "normal", "color"]) {
    const attribute = new BufferAttribute(new Float32Array(3 * RINGS * AROUND), 3);
    attribute.setUsage(DynamicDrawUsage);
    geometry.setAttribute(name, attribute);
  }
  geometry.setIndex(ringIndices(RINGS, AROUND));
  return geometry;
}

/** Points evenly spaced along a line through world points. */
function layAlong(path, line) {
  const along = [0];
  for (let i = 1; i < path.length; i++) {
    along.push(along[i - 1] + Math.hypot(...path[i].map((v, k) => v - path[i - 1][k])));
  }
  const total = along[along.length - 1];
  let piece = 0;
  line.forEach((point, i) => {
    const at = (total * i) / (line.length - 1);
    while (piece < path.length - 2 && along[piece + 1] < at) piece++;
    const share = Math.min((at - along[piece]) / (along[piece + 1] - along[piece] || 1), 1);
    point.set(...path[piece].map((v, k) => v + share * (path[piece + 1][k] - v)));
  });
}

/** Round the corners of a line; its ends stay. */
function ease(line) {
  const before = line[0].clone();
  const here = new Vector3();
  for (let i = 1; i + 1 < line.length; i++) {
    here.copy(line[i]);
    line[i].multiplyScalar(0.5).addScaledVector(before, 0.25).addScaledVector(line[i + 1], 0.25);
    before.copy(here);
  }
}

// ---------------------------------------------------------------- arrows

function buildArrow(material) {
  const shaft = new Mesh(new CylinderGeometry(0.009, 0.009, 1, 14).translate(0, 0.5, 0), material);
  const head = new Mesh(new ConeGeometry(0.028, 0.075, 20).translate(0, 0.0375, 0), material);
  const group = new Group();
  group.add(shaft, head);
  return { group, shaft, head };
}

function pointArrow({ group, shaft, head }, at, force, length) {
  const headLength = Math.min(0.075, 0.5 * length);
  group.position.set(...at);
  group.quaternion.setFromUnitVectors(UP, new Vector3(force[0], force[1], 0).normalize());
  shaft.scale.y = Math.max(length - headLength, 1e-3);
  head.position.y = length - headLength;
  head.scale.setScalar(headLength / 0.075);
}

/** The forces on all contact spheres, of the ground and of obstacles together. */
function contactForces(replay, at) {
  const touched = sample(replay, "obstacle_forces", at);
  return sample(replay, "contact_forces", at).map((force, i) => force + (touched[i] ?? 0));
}

/** Where the pelvis is at a time, for cameras and read-outs: { x, y }. */
export function rootAt(replay, time) {
  const q = sample(replay, "coordinates", locate(replay, time));
  const [{ x, y }] = placeBodies({ bodies: replay.figure.bodies.slice(0, 1) }, q);
  return { x, y };
}
