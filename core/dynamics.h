// Equations of motion of the tree: M(q) udot = force, and the solution of such systems.
//
// The mass matrix comes from composite inertias about the root (Featherstone 2008, Rigid Body Dynamics
// Algorithms, section 6.2); it has entries only between a coordinate and those on its way to the
// ground, and so has its factor L^T D L (section 6.5).
#pragma once

#include "kinematics.h"

namespace myorun {
inline namespace MYORUN_ISA {

// A load is a point mass on the trunk: its weight and inertia join the trunk's wrench.
template <class T>
MYORUN_INLINE void add_load_wrench(const Model<ScalarOf<T>>& m, const Course<T>& course, Evaluation<T>& e) {
  const int i = m.frames[m.trunk].segment;
  const T mass = course.body[load_mass];
  const T rx = e.cos[i] * course.body[load_x] - e.sin[i] * course.body[load_y];
  const T ry = e.sin[i] * course.body[load_x] + e.cos[i] * course.body[load_y];
  const T omega2 = e.omega[i] * e.omega[i];
  const T fx = mass * (m.gravity_x - (e.acceleration_x[i] - e.alpha[i] * ry - omega2 * rx));
  const T fy = mass * (m.gravity_y - (e.acceleration_y[i] + e.alpha[i] * rx - omega2 * ry));
  e.load_x = e.origin_x[i] + rx;
  e.load_y = e.origin_y[i] + ry;
  e.wrench_x[i] += fx;
  e.wrench_y[i] += fy;
  e.wrench_moment[i] += e.load_x * fy - e.load_y * fx;
}

// Gravity, inertia and contact forces of each segment as wrenches about the root.
template <class T, class Shape>
MYORUN_INLINE void calc_wrenches(const Model<ScalarOf<T>>& m, const Course<T>& course, Evaluation<T>& e) {
  Shape::for_segments(m, [&](auto i) MYORUN_LAMBDA {
    const auto& segment = m.segments[i];
    const T rx = e.cos[i] * segment.com_x - e.sin[i] * segment.com_y;
    const T ry = e.sin[i] * segment.com_x + e.cos[i] * segment.com_y;
    const T omega2 = e.omega[i] * e.omega[i];
    const T fx = segment.mass * (m.gravity_x - (e.acceleration_x[i] - e.alpha[i] * ry - omega2 * rx));
    const T fy = segment.mass * (m.gravity_y - (e.acceleration_y[i] + e.alpha[i] * rx - omega2 * ry));
    e.com_x[i] = e.origin_x[i] + rx;
    e.com_y[i] = e.origin_y[i] + ry;
    e.wrench_x[i] = fx;
    e.wrench_y[i] = fy;
    e.wrench_moment[i] = e.com_x[i] * fy - e.com_y[i] * fx - segment.inertia * e.alpha[i];
  });
  for (int k = 0; k < m.n_spheres; ++k) {
    const int i = m.spheres[k].segment;
    if (i == none) continue;
    e.wrench_x[i] += e.contact_force_x[k] + e.obstacle_force_x[k];
    e.wrench_y[i] += e.contact_force_y[k] + e.obstacle_force_y[k];
    e.wrench_moment[i] += e.sphere_x[k] * (e.contact_force_y[k] + e.obstacle_force_y[k]) -
                          (e.contact_y[k] * e.contact_force_x[k] + e.sphere_y[k] * e.obstacle_force_x[k]);
    if (course.uneven) e.wrench_moment[i] += e.contact_moment[k];
  }
  if (course.loaded) add_load_wrench<T>(m, course, e);
}

// All generalized forces less M udot, for the udot that kinematics was given (Newton and Euler's way:
// the wrenches of all that a coordinate carries), with muscles and ligaments.
template <class T, class Shape>
MYORUN_STAGE void calc_force(const Model<ScalarOf<T>>& m, const Course<T>& course, Evaluation<T>& e) {
  calc_wrenches<T, Shape>(m, course, e);
  Shape::for_segments_from_tips(m, [&](auto i) MYORUN_LAMBDA {
    const int p = Shape::segment(m, i).parent;
    if (p == none) return;
    e.wrench_x[p] += e.wrench_x[i];
    e.wrench_y[p] += e.wrench_y[i];
    e.wrench_moment[p] += e.wrench_moment[i];
  });
  Shape::for_coordinates(m, [&](auto k) MYORUN_LAMBDA {
    const int i = Shape::segment_of(m, k);
    e.force[k] = e.axis_rotation[k] * e.wrench_moment[i] + e.axis_x[k] * e.wrench_x[i] + e.axis_y[k] * e.wrench_y[i];
  });
  for (int k = 0; k < m.n_spans; ++k) {
    e.force[m.spans[k].coordinate] -= e.tendon_force[m.spans[k].muscle] * e.length_slope[k];
  }
  for (int k = 0; k < m.n_limits; ++k) {
    if (m.limits[k].coordinate != none) e.force[m.limits[k].coordinate] += e.limit_torque[k];
  }
}

// Needs calc_force before it.
template <class T, class Shape>
MYORUN_STAGE void calc_mass_matrix(const Model<ScalarOf<T>>& m, const Course<T>& course, const Evaluation<T>& e,
                                   Matrix<T>& mass) {
  T composite_mass[max_segments];
  T moment_x[max_segments], moment_y[max_segments];  // mass times position relative to the root
  T inertia[max_segments];                           // about the root
  Shape::for_segments(m, [&](auto i) MYORUN_LAMBDA {
    const auto& segment = m.segments[i];
    composite_mass[i] = splat<T>(segment.mass);
    moment_x[i] = segment.mass * e.com_x[i];
    moment_y[i] = segment.mass * e.com_y[i];
    inertia[i] = segment.inertia + (moment_x[i] * e.com_x[i] + moment_y[i] * e.com_y[i]);
  });
  if (course.loaded) {
    const int i = m.frames[m.trunk].segment;
    const T load = course.body[load_mass];
    composite_mass[i] += load;
    moment_x[i] += load * e.load_x;
    moment_y[i] += load * e.load_y;
    inertia[i] += load * (e.load_x * e.load_x + e.load_y * e.load_y);
  }
  Shape::for_segments_from_tips(m, [&](auto i) MYORUN_LAMBDA {
    const int p = Shape::segment(m, i).parent;
    if (p == none) return;
    composite_mass[p] += composite_mass[i];
    moment_x[p] += moment_x[i];
    moment_y[p] += moment_y[i];
    inertia[p] += inertia[i];
  });
  Shape::for_coordinates(m, [&](auto k) MYORUN_LAMBDA {
    const int i = Shape::segment_of(m, k);
    const T turn = e.axis_rotation[k];
    const T px = composite_mass[i] * e.axis_x[k] - turn * moment_y[i];  // momentum of a unit speed
    const T py = composite_mass[i] * e.axis_y[k] + turn * moment_x[i];
    const T spin = turn * inertia[i] + moment_x[i] * e.axis_y[k] - moment_y[i] * e.axis_x[k];
    Shape::for_chain(m, k, [&](auto j) MYORUN_LAMBDA {
      mass.at[k][j] = e.axis_rotation[j] * spin + e.axis_x[j] * px + e.axis_y[j] * py;
    });
  });
}

// Factors A = L^T D L in place: D on the diagonal (inverted), L below.
template <class T, class Shape> MYORUN_STAGE void factor(const Model<ScalarOf<T>>& m, Matrix<T>& a) {
  using S = ScalarOf<T>;
  Shape::for_coordinates_from_tips(m, [&](auto k) MYORUN_LAMBDA {
    const T inverse = S(1) / a.at[k][k];
    a.at[k][k] = inverse;
    Shape::for_ancestors(m, k, [&](auto i) MYORUN_LAMBDA {
      const T ratio = a.at[k][i] * inverse;
      Shape::for_chain(m, i, [&](auto j) MYORUN_LAMBDA { a.at[i][j] -= ratio * a.at[k][j]; });
      a.at[k][i] = ratio;
    });
  });
}

// Solves A x = b in place, A factored.
template <class T, class Shape> MYORUN_STAGE void solve(const Model<ScalarOf<T>>& m, const Matrix<T>& a, T* x) {
  Shape::for_coordinates_from_tips(m, [&](auto k) MYORUN_LAMBDA {
    Shape::for_ancestors(m, k, [&](auto j) MYORUN_LAMBDA { x[j] -= a.at[k][j] * x[k]; });
  });
  Shape::for_coordinates(m, [&](auto k) MYORUN_LAMBDA {
    x[k] *= a.at[k][k];
    Shape::for_ancestors(m, k, [&](auto j) MYORUN_LAMBDA { x[k] -= a.at[k][j] * x[j]; });
  });
}

}  // namespace MYORUN_ISA
}  // namespace myorun
