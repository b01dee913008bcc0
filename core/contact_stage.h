// All contacts of the feet: with the ground, one force element at a time, and with the obstacles.
#pragma once

#include "contact.h"
#include "kinematics.h"

namespace myorun {
inline namespace MYORUN_ISA {

// A spring and damper along `direction` at a point of a segment, for the integrator.
template <class T>
MYORUN_INLINE void add_direction(const Model<ScalarOf<T>>& m, int segment, Vec<T> point, Vec<T> direction, T stiffness,
                                 T damping, const Evaluation<T>& e, Implicit<T>& implicit) {
  const int tip = m.segments[segment].shape.last_coordinate - 1;
  const int d = implicit.n_directions++;
  implicit.last_coordinate[d] = tip;
  implicit.stiffness[d] = stiffness;
  implicit.damping[d] = damping;
  AnyShape::for_chain(m, tip, [&](int k) MYORUN_LAMBDA {
    const Vec<T> column = column_at<T>(k, point, e);
    implicit.jacobian[d][k] = direction.x * column.x + direction.y * column.y;
  });
}

// How one sphere meets the ground.
template <class T> struct Touch {
  T depth;         // > 0: in contact [m]
  T hertz;         // [N/m^1.5]
  Vec<T> point;    // of contact, relative to the root [m]
  Vec<T> velocity; // of the foot's material there [m/s]
};

template <class T>
MYORUN_INLINE Touch<T> touch_ground(const Model<ScalarOf<T>>& m, int sphere, T sunken, const Evaluation<T>& e) {
  using S = ScalarOf<T>;
  const auto& s = m.spheres[sphere];
  const auto& contact = m.contacts[s.contact];
  const T depth = s.radius - (e.root_y + e.sphere_y[sphere]) - sunken;
  const Vec<T> point{e.sphere_x[sphere], S(-.5) * depth - e.root_y};
  // sphere and plane are equally stiff: k = k_0^(2/3) / 2
  const S k = contact.stiffness * S(0.35355339059327378);
  return {depth, hertz_factor<T>(splat<T>(k), splat<T>(s.radius)), point, velocity_at<T>(s.segment, point, e)};
}

// Stiffness and damping a contact will show at the depth it reaches within h.
template <class T>
MYORUN_INLINE void predict_contact(T hertz, T depth, T opening, ScalarOf<T> dissipation, T h, T& stiffness,
                                   T& damping) {
  using S = ScalarOf<T>;
  const T zero = splat<T>(0);
  const T predicted = max<T>(depth + h * max<T>(-opening, zero), zero);
  const T root = sqrt(predicted);
  const S factor = S(1.5) * dissipation;
  damping = factor * hertz * predicted * root;
  stiffness = S(1.5) * hertz * root * max<T>(S(1) - factor * opening, zero);
}

// Quirk of the reference: a force element goes through its contacts in the order of a sweep along
// one axis and stops at the first that pulls, so that later ones give no force (docs/physics.md).
template <class T> struct Sweep {
  T key[max_spheres];
};

template <class T>
MYORUN_INLINE Sweep<T> sweep_order(const Model<ScalarOf<T>>& m, const GroundContact<ScalarOf<T>>& contact,
                                   const Evaluation<T>& e) {
  using S = ScalarOf<T>;
  const S count = S(contact.n_members + 1);  // with the ground, at the world's origin
  T mean_x = splat<T>(0), mean_y = mean_x;
  S mean_z = 0;
  for (int k = 0; k < contact.n_members; ++k) {
    const int i = m.contact_members[contact.first_member + k];
    mean_x += e.root_x + e.sphere_x[i];
    mean_y += e.root_y + e.sphere_y[i];
    mean_z += m.spheres[i].z;
  }
  mean_x = mean_x / count;
  mean_y = mean_y / count;
  mean_z = mean_z / count;
  T spread_x = abs<T>(mean_x), spread_y = abs<T>(mean_y);
  S spread_z = mean_z < 0 ? -mean_z : mean_z;
  for (int k = 0; k < contact.n_members; ++k) {
    const int i = m.contact_members[contact.first_member + k];
    spread_x += abs<T>(e.root_x + e.sphere_x[i] - mean_x);
    spread_y += abs<T>(e.root_y + e.sphere_y[i] - mean_y);
    const S dz = m.spheres[i].z - mean_z;
    spread_z += dz < 0 ? -dz : dz;
  }
  const auto along_x = spread_x > spread_y;
  const auto along_z = splat<T>(spread_z) > select<T>(along_x, spread_x, spread_y);
  Sweep<T> sweep;
  for (int k = 0; k < contact.n_members; ++k) {
    const int i = m.contact_members[contact.first_member + k];
    const T planar = select<T>(along_x, e.root_x + e.sphere_x[i], e.root_y + e.sphere_y[i]);
    sweep.key[k] = select<T>(along_z, splat<T>(m.spheres[i].z), planar);
  }
  return sweep;
}

template <class T, bool implicit>
MYORUN_INLINE void calc_ground_contact(const Model<ScalarOf<T>>& m, const GroundContact<ScalarOf<T>>& contact,
                                       const Course<T>& course, T h, Evaluation<T>& e, Implicit<T>& out) {
  using S = ScalarOf<T>;
  const T zero = splat<T>(0);
  Touch<T> touch[max_spheres];
  MaskOf<T> pulls[max_spheres];
  bool pulling = false;
  for (int k = 0; k < contact.n_members; ++k) {
    touch[k] = touch_ground<T>(m, m.contact_members[contact.first_member + k], course.sunken, e);
    const T gain = S(1) - S(1.5) * contact.dissipation * touch[k].velocity.y;
    pulls[k] = (touch[k].depth > zero) & (gain <= zero);
    pulling = pulling || any(pulls[k]);
  }
  Sweep<T> sweep;
  if (pulling) sweep = sweep_order<T>(m, contact, e);

  for (int k = 0; k < contact.n_members; ++k) {
    const int i = m.contact_members[contact.first_member + k];
    const Touch<T>& t = touch[k];
    e.contact_y[i] = t.point.y;
    const T approach = implicit ? h * max<T>(-t.velocity.y, zero) : zero;
    if (!any(t.depth + approach > zero)) continue;

    T normal = hunt_crossley<T>(t.hertz, t.depth, -t.velocity.y, contact.dissipation);
    if (pulling) {
      for (int j = 0; j < contact.n_members; ++j) {
        if (j == k) continue;
        const auto earlier = sweep.key[j] < sweep.key[k];
        normal = select<T>(pulls[j] & earlier, zero, normal);
      }
    }
    const T drag = normal * friction_drag<T>(t.velocity.x, contact.static_friction, contact.dynamic_friction,
                                             contact.viscous_friction, contact.transition_velocity);
    e.contact_force_x[i] = select<T>(normal > zero, -drag * t.velocity.x, zero);  // no -0 beside a lane in contact
    e.contact_force_y[i] = normal;
    if constexpr (implicit) {
      T stiffness, damping;
      predict_contact<T>(t.hertz, t.depth, t.velocity.y, contact.dissipation, h, stiffness, damping);
      const int segment = m.spheres[i].segment;
      const T one = splat<T>(1);
      add_direction<T>(m, segment, t.point, {zero, one}, stiffness, damping, e, out);
      add_direction<T>(m, segment, t.point, {one, zero}, zero, drag, e, out);
    }
  }
}

// One ball against one sphere: pushes along the planar part of the line of centres, no friction.
template <class T, bool implicit>
MYORUN_INLINE void add_ball(const Model<ScalarOf<T>>& m, int i, T ball_x, T ball_y, T ball_r, T h, Evaluation<T>& e,
                            Implicit<T>& out) {
  using S = ScalarOf<T>;
  constexpr S dissipation = S(1e-5);
  const auto& sphere = m.spheres[i];
  const T dx = e.sphere_x[i] - ball_x;
  const T dy = e.sphere_y[i] - ball_y;
  const T distance2 = dx * dx + dy * dy + sphere.z * sphere.z;
  const T reach = ball_r + sphere.radius;
  // within one step nothing closes faster than 100 m/s
  const T margin = implicit ? reach + S(100) * h : reach;
  if (!any(distance2 < margin * margin)) return;

  const T distance = sqrt(distance2);
  const T depth = reach - distance;
  const T inverse = S(1) / max<T>(distance, splat<T>(S(1e-9)));
  const Vec<T> normal{dx * inverse, dy * inverse};
  const Vec<T> centre{e.sphere_x[i], e.sphere_y[i]};
  const Vec<T> velocity = velocity_at<T>(sphere.segment, centre, e);
  const T opening = velocity.x * normal.x + velocity.y * normal.y;
  if constexpr (implicit) {
    if (!any(depth + h * max<T>(-opening, splat<T>(0)) > splat<T>(0))) return;
  } else {
    if (!any(depth > splat<T>(0))) return;
  }
  // both as stiff as 10^6/r: k = (10^6/r)^(2/3) / 2
  const T k = S(1e6 * 0.35355339059327378) / ball_r;
  const T hertz = hertz_factor<T>(k, ball_r * sphere.radius / reach);
  const T force = hunt_crossley<T>(hertz, depth, -opening, dissipation);
  e.obstacle_force_x[i] += force * normal.x;
  e.obstacle_force_y[i] += force * normal.y;
  if constexpr (implicit) {
    if (out.n_directions == Implicit<T>::max_directions) return;
    T stiffness, damping;
    predict_contact<T>(hertz, depth, opening, dissipation, h, stiffness, damping);
    add_direction<T>(m, sphere.segment, centre, normal, stiffness, damping, e, out);
  }
}

template <class T, bool implicit>
MYORUN_INLINE void calc_obstacles(const Model<ScalarOf<T>>& m, const Course<T>& course, T h, Evaluation<T>& e,
                                  Implicit<T>& out) {
  for (int j = 0; j < course.n_obstacles; ++j) {
    const T x = course.obstacle_x[j] - e.root_x;
    const T y = course.obstacle_y[j] - e.root_y;
    const T r = course.obstacle_r[j];
    const T near = abs<T>(x) - r;
    if (!any(near < splat<T>(m.reach))) continue;
    for (int i = 0; i < m.n_spheres; ++i) add_ball<T, implicit>(m, i, x, y, r, h, e, out);
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
