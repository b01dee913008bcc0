// From the solids of a replay (tubes, balls, lofts, boxes) to triangles.

import { BoxGeometry, BufferAttribute, BufferGeometry, CatmullRomCurve3, Matrix4, SphereGeometry, Vector3 } from "./vendor/three.min.js";

const THIN = 0.007; // m, radius of a thin tube
const ROUND = [7, 11]; // corners around a thin tube and a stout one
const ROUND_LOFT = 20;
const PER_SPAN = 4; // rings between two points of a tube
const DENSE = 20; // rings of a loft from which on none are added between
const PER_RING = 3; // rings between two given rings of a sparser loft
const CAP = [
  [0.5, 0.866],
  [0.866, 0.5],
  [0.985, 0.17],
]; // forward and radius of the rings that close a tube, in radii

/** The geometry of one solid. A kind that this page does not know gives null. */
export function solidGeometry(solid) {
  const make = { tube, ball, loft, box }[solid.kind];
  return make ? make(solid) : null;
}

/** Several geometries as one. */
export function merge(geometries) {
  const count = (name) => geometries.reduce((sum, g) => sum + g.getAttribute(name).array.length, 0);
  const positions = new Float32Array(count("position"));
  const normals = new Float32Array(count("normal"));
  const indices = [];
  let at = 0;
  for (const geometry of geometries) {
    positions.set(geometry.getAttribute("position").array, at);
    normals.set(geometry.getAttribute("normal").array, at);
    for (const index of geometry.index.array) indices.push(index + at / 3);
    at += geometry.getAttribute("position").array.length;
    geometry.dispose();
  }
  return surface(positions, normals, indices);
}

function surface(positions, normals, indices) {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  if (normals) geometry.setAttribute("normal", new BufferAttribute(normals, 3));
  geometry.setIndex(indices);
  if (!normals) geometry.computeVertexNormals();
  return geometry;
}

/** Triangles between rings of `around` points each, wrapped round. */
export function ringIndices(rings, around) {
  const indices = [];
  for (let i = 0; i + 1 < rings; i++) {
    for (let k = 0; k < around; k++) {
      const [a, b] = [i * around + k, i * around + ((k + 1) % around)];
      indices.push(a, b, a + around, b, b + around, a + around);
    }
  }
  return indices;
}

function joined(rings, around) {
  const indices = ringIndices(rings.length, around);
  const points = rings.flat();
  for (const [ring, forward] of [[0, false], [rings.length - 1, true]]) {
    const middle = new Vector3();
    rings[ring].forEach((p) => middle.addScaledVector(p, 1 / around));
    points.push(middle);
    for (let k = 0; k < around; k++) {
      const pair = [ring * around + k, ring * around + ((k + 1) % around)];
      if (!forward) pair.reverse();
      indices.push(...pair, points.length - 1);
    }
  }
  const positions = new Float32Array(points.flatMap((p) => [p.x, p.y, p.z]));
  return surface(positions, null, indices);
}

function tube({ points }) {
  const curve = new CatmullRomCurve3(points.map(([x, y, z]) => new Vector3(x, y, z)), false, "centripetal");
  const count = (points.length - 1) * PER_SPAN;
  const centers = [];
  for (let i = 0; i <= count; i++) centers.push(curve.getPoint(i / count));
  const radii = centers.map((_, i) => {
    const at = Math.min(Math.floor(i / PER_SPAN), points.length - 2);
    return points[at][3] + (points[at + 1][3] - points[at][3]) * (i / PER_SPAN - at);
  });
  const rings = [];
  const around = ROUND[Math.max(...radii) > THIN ? 1 : 0];
  const normal = new Vector3();
  centers.forEach((center, i) => {
    const tangent = direction(centers, i);
    transport(normal, tangent);
    const side = new Vector3().crossVectors(tangent, normal);
    const ring = (radius, shift) => circle(center.clone().addScaledVector(tangent, shift), normal, side, radius, around);
    if (i === 0) for (const [f, r] of [...CAP].reverse()) rings.push(ring(r * radii[i], -f * radii[i]));
    rings.push(ring(radii[i], 0));
    if (i === count) for (const [f, r] of CAP) rings.push(ring(r * radii[i], f * radii[i]));
  });
  return joined(rings, around);
}

function circle(center, normal, side, radius, around) {
  return Array.from({ length: around }, (_, k) => {
    const angle = (2 * Math.PI * k) / around;
    return center.clone().addScaledVector(normal, radius * Math.cos(angle)).addScaledVector(side, radius * Math.sin(angle));
  });
}

/** The unit direction of travel at point i of a line. */
export function direction(points, i) {
  const [a, b] = [points[Math.max(i - 1, 0)], points[Math.min(i + 1, points.length - 1)]];
  const tangent = new Vector3().subVectors(b, a);
  return tangent.lengthSq() > 1e-16 ? tangent.normalize() : tangent.set(0, 1, 0);
}

/** Turn `normal` as little as possible so that it is across `tangent`; a zero one is chosen. */
export function transport(normal, tangent) {
  normal.addScaledVector(tangent, -normal.dot(tangent));
  if (normal.lengthSq() < 1e-8) {
    normal.set(0, 0, 1).addScaledVector(tangent, -tangent.z);
    if (normal.lengthSq() < 1e-4) normal.set(1, 0, 0).addScaledVector(tangent, -tangent.x);
  }
  normal.normalize();
}

function loft({ rings }) {
  const dense = [];
  const between = rings.length < DENSE ? PER_RING : 1;
  for (let i = 0; i + 1 < rings.length; i++) {
    const [p0, p1, p2, p3] = [rings[Math.max(i - 1, 0)], rings[i], rings[i + 1], rings[Math.min(i + 2, rings.length - 1)]];
    for (let k = 0; k < between; k++) dense.push(p1.map((_, j) => catmullRom(p0[j], p1[j], p2[j], p3[j], k / between)));
  }
  dense.push(rings[rings.length - 1]);
  return joined(turnedAlike(dense).map(ellipse), ROUND_LOFT);
}

function catmullRom(a, b, c, d, t) {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** Flip second axes where needed so that the faces look outwards. */
function turnedAlike(rings) {
  const travel = new Vector3(...rings[rings.length - 1].slice(0, 3)).sub(new Vector3(...rings[0].slice(0, 3)));
  const [a, b] = [new Vector3(...rings[0].slice(3, 6)), new Vector3(...rings[0].slice(6, 9))];
  const outwards = a.cross(b).dot(travel) > 0;
  return outwards ? rings : rings.map((r) => [...r.slice(0, 6), ...r.slice(6).map((v) => -v)]);
}

function ellipse([x, y, z, ax, ay, az, bx, by, bz]) {
  return Array.from({ length: ROUND_LOFT }, (_, k) => {
    const [c, s] = [Math.cos((2 * Math.PI * k) / ROUND_LOFT), Math.sin((2 * Math.PI * k) / ROUND_LOFT)];
    return new Vector3(x + c * ax + s * bx, y + c * ay + s * by, z + c * az + s * bz);
  });
}

function ball({ center, radii, turn = 0 }) {
  const [around, across] = Math.max(...radii) > 0.04 ? [32, 22] : [14, 10];
  const geometry = new SphereGeometry(1, around, across);
  geometry.applyMatrix4(new Matrix4().makeScale(...radii));
  return placed(geometry, center, turn);
}

function box({ center, size, turn = 0 }) {
  return placed(new BoxGeometry(...size), center, turn);
}

function placed(geometry, center, turn) {
  geometry.deleteAttribute("uv");
  geometry.applyMatrix4(new Matrix4().makeRotationZ(turn).setPosition(...center));
  return geometry;
}
