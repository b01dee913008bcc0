// Where bodies and muscle paths lie: the planar tree of a replay's figure at some coordinates. SI units, radians.

/** A function of one coordinate: a number, or cubic pieces between knots. */
export function evaluate(f, q) {
  if (typeof f === "number") return f;
  const x = q[f.coordinate];
  let piece = 0;
  while (piece < f.knots.length && x >= f.knots[piece]) piece++;
  const [base, c0, c1, c2, c3] = f.pieces[piece];
  const d = x - base;
  return c0 + d * (c1 + d * (c2 + d * c3));
}

const GROUND = { x: 0, y: 0, z: 0, angle: 0, cos: 1, sin: 0 };

/** Pose { x, y, z, angle, cos, sin } of every body, parents first. */
export function placeBodies(figure, q) {
  const placed = [];
  for (const body of figure.bodies) {
    const parent = body.parent < 0 ? GROUND : placed[body.parent];
    const joint = moved(moved(parent, body.at, body.turn), body.translation.map((f) => evaluate(f, q)), 0);
    const turned = moved(joint, [0, 0, 0], evaluate(body.rotation, q) - body.turn_back);
    placed.push(moved(turned, body.back.map((v) => -v), 0));
  }
  return placed;
}

function moved(pose, [x, y, z], turn) {
  const [px, py, pz] = toWorld(pose, [x, y, z]);
  const angle = pose.angle + turn;
  return { x: px, y: py, z: pz, angle, cos: Math.cos(angle), sin: Math.sin(angle) };
}

/** A point of a body in the world. */
export function toWorld(pose, [x, y, z]) {
  return [pose.x + pose.cos * x - pose.sin * y, pose.y + pose.sin * x + pose.cos * y, pose.z + z];
}

/** The world points of a muscle's path, only those that are on it at coordinates q. */
export function placePath(muscle, q, bodies) {
  const points = [];
  for (const point of muscle.path) {
    if (point.while) {
      const [coordinate, low, high] = point.while;
      if (q[coordinate] < low || q[coordinate] > high) continue;
    }
    const local = point.slides ? point.slides.map((f) => evaluate(f, q)) : point.at;
    points.push(toWorld(point.body < 0 ? GROUND : bodies[point.body], local));
  }
  return points;
}

/**
 * For each foot { name, at: centre of pressure, force: [x, y] N, side: -1 left, 0, 1 right }; `forces` are x and y of
 * every contact sphere, or nothing.
 */
export function footForces(figure, bodies, forces) {
  return figure.feet.map((foot) => {
    const rows = foot.spheres.map((name) => figure.spheres.findIndex((sphere) => sphere.name === name));
    const force = [0, 0];
    const at = [0, 0, 0];
    let total = 0;
    for (const row of rows) {
      const [fx, fy] = [forces[2 * row] ?? 0, forces[2 * row + 1] ?? 0];
      const center = toWorld(bodies[figure.spheres[row].body], figure.spheres[row].at);
      const share = Math.max(fy, 0) + 1e-9;
      force[0] += fx;
      force[1] += fy;
      total += share;
      for (let k = 0; k < 3; k++) at[k] += share * center[k];
      at[1] -= share * figure.spheres[row].radius;
    }
    return { name: foot.name, at: at.map((v) => v / total), force, side: Math.sign(Math.round(100 * at[2] / total)) };
  });
}
