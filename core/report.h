// The named quantities, in one flat array: the only list of their names, shapes and order. What follows
// from posture and motion alone comes first; the rest needs the forces too.
#pragma once

#include "derivative.h"

namespace myorun {
inline namespace MYORUN_ISA {

// A sink gets begin(name, rows, columns) and then rows x columns values by put(value).

template <class T, class Sink>
MYORUN_DEVICE void report_state(const Model<ScalarOf<T>>& m, const State<T>& s, Sink& out) {
  const int nq = m.n_coordinates, nm = m.n_muscles;
  out.begin("coordinates", nq, 1);
  for (int i = 0; i < nq; ++i) out.put(s.q[i]);
  out.begin("speeds", nq, 1);
  for (int i = 0; i < nq; ++i) out.put(s.u[i]);
  out.begin("activations", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(s.a[i]);
  out.begin("fiber_lengths", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(s.l[i]);
}

template <class T, class Sink>
MYORUN_DEVICE void report_rates(const Model<ScalarOf<T>>& m, const Rate<T>& rate, Sink& out) {
  const int nq = m.n_coordinates, nm = m.n_muscles;
  out.begin("accelerations", nq, 1);
  for (int i = 0; i < nq; ++i) out.put(rate.u[i]);
  out.begin("activation_rates", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(rate.a[i]);
  out.begin("fiber_velocities", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(rate.l[i]);
}

// Moment arms, and what all tendons together do about each coordinate.
template <class T, class Sink>
MYORUN_DEVICE void report_moments(const Model<ScalarOf<T>>& m, const Evaluation<T>& e, Sink& out) {
  T torque[max_coordinates];
  for (int j = 0; j < m.n_coordinates; ++j) torque[j] = splat<T>(0);
  out.begin("moment_arms", m.n_muscles, m.n_coordinates);
  int k = 0;  // spans are sorted by muscle
  for (int i = 0; i < m.n_muscles; ++i) {
    T row[max_coordinates];
    for (int j = 0; j < m.n_coordinates; ++j) row[j] = splat<T>(0);
    for (; k < m.n_spans && m.spans[k].muscle == i; ++k) {
      const int j = m.spans[k].coordinate;
      row[j] = -e.length_slope[k];
      torque[j] += row[j] * e.tendon_force[i];
    }
    for (int j = 0; j < m.n_coordinates; ++j) out.put(row[j]);
  }
  out.begin("muscle_torques", m.n_coordinates, 1);
  for (int j = 0; j < m.n_coordinates; ++j) out.put(torque[j]);
}

template <class T, class Sink>
MYORUN_DEVICE void report_muscles(const Model<ScalarOf<T>>& m, const Evaluation<T>& e, const Rate<T>& rate, Sink& out) {
  const int nm = m.n_muscles;
  out.begin("musculotendon_lengths", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(e.length[i]);
  out.begin("musculotendon_velocities", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(e.lengthening[i]);
  report_moments<T>(m, e, out);
  out.begin("fiber_lengths_along_tendon", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(e.fiber_along[i]);
  out.begin("tendon_forces", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(e.tendon_force[i]);
  out.begin("active_fiber_forces", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(e.fiber_force[i] - e.passive_force[i]);
  out.begin("passive_fiber_forces", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(e.passive_force[i]);
  out.begin("fiber_powers", nm, 1);
  for (int i = 0; i < nm; ++i) out.put(-e.fiber_force[i] * rate.l[i]);
}

template <class T, class Sink>
MYORUN_DEVICE void report_contacts(const Model<ScalarOf<T>>& m, const Evaluation<T>& e, Sink& out) {
  T x = splat<T>(0), y = splat<T>(0);
  out.begin("contact_forces", m.n_spheres, 2);
  for (int i = 0; i < m.n_spheres; ++i) {
    out.put(e.contact_force_x[i]);
    out.put(e.contact_force_y[i]);
    x += e.contact_force_x[i];
    y += e.contact_force_y[i];
  }
  out.begin("obstacle_forces", m.n_spheres, 2);
  for (int i = 0; i < m.n_spheres; ++i) {
    out.put(e.obstacle_force_x[i]);
    out.put(e.obstacle_force_y[i]);
  }
  out.begin("ground_reaction", 2, 1);
  out.put(x);
  out.put(y);
}

template <class T, class Sink>
MYORUN_DEVICE void report_limits(const Model<ScalarOf<T>>& m, const Evaluation<T>& e, Sink& out) {
  out.begin("limit_torques", m.n_limits, 1);
  for (int i = 0; i < m.n_limits; ++i) out.put(e.limit_torque[i]);
}

template <class T, class Sink>
MYORUN_DEVICE void report_frames(const Model<ScalarOf<T>>& m, const Evaluation<T>& e, Sink& out) {
  Vec<T> position[64], velocity[64];
  for (int i = 0; i < m.n_frames; ++i) {
    const auto& f = m.frames[i];
    position[i] = place<T>(f.segment, splat<T>(f.x), splat<T>(f.y), e);
    velocity[i] = f.segment == none ? Vec<T>{splat<T>(0), splat<T>(0)} : velocity_at<T>(f.segment, position[i], e);
  }
  out.begin("body_positions", m.n_frames, 2);
  for (int i = 0; i < m.n_frames; ++i) {
    out.put(e.root_x + position[i].x);
    out.put(e.root_y + position[i].y);
  }
  out.begin("body_velocities", m.n_frames, 2);
  for (int i = 0; i < m.n_frames; ++i) {
    out.put(velocity[i].x);
    out.put(velocity[i].y);
  }
  out.begin("body_angles", m.n_frames, 1);
  for (int i = 0; i < m.n_frames; ++i) {
    const auto& f = m.frames[i];
    out.put(f.segment == none ? splat<T>(f.angle) : e.angle[f.segment] + f.angle);
  }
}

template <class T, class Sink>
MYORUN_DEVICE void report_mass(const Model<ScalarOf<T>>& m, const Course<T>& course, const Evaluation<T>& e,
                               Sink& out) {
  using S = ScalarOf<T>;
  T x = splat<T>(0), y = x, vx = x, vy = x, kinetic = x;
  for (int i = 0; i < m.n_segments; ++i) {
    const auto& segment = m.segments[i];
    const Vec<T> com = place<T>(i, splat<T>(segment.com_x), splat<T>(segment.com_y), e);
    const Vec<T> v = velocity_at<T>(i, com, e);
    x += segment.mass * com.x;
    y += segment.mass * com.y;
    vx += segment.mass * v.x;
    vy += segment.mass * v.y;
    kinetic += S(.5) * (segment.mass * (v.x * v.x + v.y * v.y) + segment.inertia * e.omega[i] * e.omega[i]);
  }
  T total = splat<T>(m.total_mass);
  if (course.loaded) {
    const T load = course.body[load_mass];
    const int trunk = m.frames[m.trunk].segment;
    const Vec<T> at = place<T>(trunk, course.body[load_x], course.body[load_y], e);
    const Vec<T> v = velocity_at<T>(trunk, at, e);
    total += load;
    x += load * at.x;
    y += load * at.y;
    vx += load * v.x;
    vy += load * v.y;
    kinetic += S(.5) * load * (v.x * v.x + v.y * v.y);
  }
  const T share = S(1) / total;
  const T com_x = e.root_x + x * share, com_y = e.root_y + y * share;
  out.begin("center_of_mass", 2, 1);
  out.put(com_x);
  out.put(com_y);
  out.begin("center_of_mass_velocity", 2, 1);
  out.put(vx * share);
  out.put(vy * share);
  out.begin("kinetic_energy", 1, 1);
  out.put(kinetic);
  out.begin("potential_energy", 1, 1);
  out.put(-total * (m.gravity_x * com_x + m.gravity_y * com_y));
}

template <class T, class Sink>
MYORUN_DEVICE void report_motion(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& s,
                                 const Evaluation<T>& e, Sink& out) {
  report_state<T>(m, s, out);
  report_frames<T>(m, e, out);
  report_mass<T>(m, course, e, out);
  report_limits<T>(m, e, out);
}

// How deep a report goes.
enum class Depth { motion, forces };

template <class T, class Shape, class Sink>
MYORUN_DEVICE void report(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& s, const T* excitations,
                          Depth depth, Sink& out) {
  Evaluation<T> e;
  if (depth == Depth::motion) {
    calc_functions<T>(m, s, e);
    calc_kinematics<T, Shape>(m, s, ZeroAcceleration{}, e);
    calc_limits<T>(m, s, e);
    report_motion<T>(m, course, s, e, out);
    return;
  }
  Rate<T> rate;
  calc_derivative<T, Shape>(m, course, s, excitations, e, rate);
  report_motion<T>(m, course, s, e, out);
  report_rates<T>(m, rate, out);
  report_muscles<T>(m, e, rate, out);
  report_contacts<T>(m, e, out);
}

}  // namespace MYORUN_ISA
}  // namespace myorun
