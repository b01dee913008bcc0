// One substep of the integrator: a two-stage W-Rosenbrock method of second order.
//
// Contacts and ligaments enter linearly implicitly, through any C (damping) and K (stiffness) that
// resemble -d force/du and -d force/dq: the order does not depend on them. With g = 1 - 1/sqrt(2):
//   W = M + g h C + (g h)^2 K
//   k1u = W^-1 (f - g h K u)                     k1q = u + g h k1u
//   r   = (u + h k1u) - 2 k1q
//   k2u = W^-1 (M (udot(y + h k1) - 2 k1u) - g h K r)   k2q = r + g h k2u
//   y  += h (3/2 k1 + 1/2 k2)
// and for activations and fibres, with W = 1, y += h (k1 + k2') / 2 where k2' = k2 + 2 k1 is the rate
// at y + h k1. (ROS2 of Verwer et al. 1999, SIAM J. Sci.
// Comput. 20(4):1456-1480, section 3, in second-order form.)
//
// The second stage needs no mass matrix of its own: with d = f2 - M2 k1u, what the forces there leave
// over by k1u, M udot2 = M k1u + M M2^-1 d = M k1u + d + O(h^2), as both d and M - M2 are O(h).
#pragma once

#include "derivative.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> struct Step {
  Evaluation<T> evaluation;
  Implicit<T> implicit;
  Matrix<T> mass, w;
  State<T> middle;
  Rate<T> k1, k2;
  T still[max_coordinates];  // zero accelerations
  T error;                   // estimated error of the latest substep [rad or m]
};

// w = M + gh C + (gh)^2 K
template <class T, class Shape>
MYORUN_INLINE void add_implicit(const Model<ScalarOf<T>>& m, const Implicit<T>& implicit, T gh, Matrix<T>& w) {
  for (int i = 0; implicit.taut && i < m.n_coordinates; ++i) {
    w.at[i][i] += gh * (implicit.limit_damping[i] + gh * implicit.limit_stiffness[i]);
  }
  for (int d = 0; d < implicit.n_directions; ++d) {
    const T* jacobian = implicit.jacobian[d];
    const T weight = gh * (implicit.damping[d] + gh * implicit.stiffness[d]);
    Shape::at_coordinate(m, implicit.last_coordinate[d], [&](auto tip) MYORUN_LAMBDA {
      Shape::for_chain(m, tip, [&](auto i) MYORUN_LAMBDA {
        const T scaled = weight * jacobian[i];
        Shape::for_chain(m, i, [&](auto j) MYORUN_LAMBDA { w.at[i][j] += scaled * jacobian[j]; });
      });
    });
  }
}

// b -= gh K x
template <class T, class Shape>
MYORUN_STAGE void subtract_stiffness(const Model<ScalarOf<T>>& m, const Implicit<T>& implicit, T gh, const T* x, T* b) {
  for (int i = 0; implicit.taut && i < m.n_coordinates; ++i) b[i] -= gh * implicit.limit_stiffness[i] * x[i];
  for (int d = 0; d < implicit.n_directions; ++d) {
    const T* jacobian = implicit.jacobian[d];
    Shape::at_coordinate(m, implicit.last_coordinate[d], [&](auto tip) MYORUN_LAMBDA {
      T along = splat<T>(0);
      Shape::for_chain(m, tip, [&](auto i) MYORUN_LAMBDA { along += jacobian[i] * x[i]; });
      const T force = gh * implicit.stiffness[d] * along;
      Shape::for_chain(m, tip, [&](auto i) MYORUN_LAMBDA { b[i] -= force * jacobian[i]; });
    });
  }
}

template <class T, class Shape>
MYORUN_INLINE void copy_matrix(const Model<ScalarOf<T>>& m, const Matrix<T>& from, Matrix<T>& to) {
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA {
    Shape::for_chain(m, i, [&](auto j) MYORUN_LAMBDA { to.at[i][j] = from.at[i][j]; });
  });
}

template <class T, class Shape>
MYORUN_INLINE void first_stage(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& y,
                               const T* excitations, T h, T gh, Step<T>& step) {
  calc_forces<T, Shape, true, true>(m, course, y, GivenAcceleration<T>{step.still}, excitations, h, step.evaluation,
                                    step.k1, step.implicit);
  step.implicit.taut = predict_limits<T>(m, y, h, step.implicit);
  calc_mass_matrix<T, Shape>(m, step.evaluation, step.mass);
  copy_matrix<T, Shape>(m, step.mass, step.w);
  add_implicit<T, Shape>(m, step.implicit, gh, step.w);
  factor<T, Shape>(m, step.w);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA { step.k1.u[i] = step.evaluation.force[i]; });
  subtract_stiffness<T, Shape>(m, step.implicit, gh, y.u, step.k1.u);
  solve<T, Shape>(m, step.w, step.k1.u);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA { step.k1.q[i] = y.u[i] + gh * step.k1.u[i]; });
}

template <class T, class Shape>
MYORUN_INLINE void second_stage(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& y,
                                const T* excitations, T h, T gh, Step<T>& step) {
  using S = ScalarOf<T>;
  T inertia[max_coordinates], r[max_coordinates];
  Implicit<T> unused;
  calc_forces<T, Shape, false, true>(m, course, step.middle, GivenAcceleration<T>{step.k1.u}, excitations, h,
                                     step.evaluation, step.k2, unused);
  multiply<T, Shape>(m, step.mass, step.k1.u, inertia);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA {
    step.k2.u[i] = step.evaluation.force[i] - inertia[i];
    r[i] = (y.u[i] + h * step.k1.u[i]) - S(2) * step.k1.q[i];
  });
  subtract_stiffness<T, Shape>(m, step.implicit, gh, r, step.k2.u);
  solve<T, Shape>(m, step.w, step.k2.u);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA { step.k2.q[i] = r[i] + gh * step.k2.u[i]; });
}

// to = from + a k1 + b k2, one entry a muscle
template <class T> MYORUN_INLINE void advance_array(const T* from, T a, const T* k1, T b, const T* k2, int n, T* to) {
  using P = PackOf<T>;
  for (int i = 0; i < n; i += pack_size<T>) {
    const P change = spread<T>(a) * load_pack<T>(k1 + i) + spread<T>(b) * load_pack<T>(k2 + i);
    store_pack<T>(to + i, load_pack<T>(from + i) + change);
  }
}

// to = from + a k1 + b k2
template <class T, class Shape>
MYORUN_INLINE void advance_coordinates(const Model<ScalarOf<T>>& m, const State<T>& from, T a, const Rate<T>& k1, T b,
                                       const Rate<T>& k2, State<T>& to) {
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA {
    to.q[i] = from.q[i] + (a * k1.q[i] + b * k2.q[i]);
    to.u[i] = from.u[i] + (a * k1.u[i] + b * k2.u[i]);
  });
}

// A fibre that would pass its shortest length within a step stops there: its rate there is not negative.
template <class T>
MYORUN_INLINE void advance_fibers(const Model<ScalarOf<T>>& m, const T* k1, const T* k2, T half, T* l) {
  using P = PackOf<T>;
  for (int i = 0; i < m.n_muscles; i += pack_size<T>) {
    const P before = load_pack<T>(l + i);
    const P after = before + spread<T>(half) * (load_pack<T>(k1 + i) + load_pack<T>(k2 + i));
    store_pack<T>(l + i, max<P>(after, min<P>(before, load_parameters<T>(m.muscles.min_length + i))));
  }
}

// The largest difference that second order makes to first, y + h k1, in speeds, activations and fibre
// lengths (in optimal lengths); times h, as if each were a speed, it stands for the error of a substep.
template <class T, class Shape> MYORUN_STAGE T estimate_error(const Model<ScalarOf<T>>& m, T h, const Step<T>& step) {
  using S = ScalarOf<T>;
  T largest = splat<T>(0);
  Shape::for_coordinates(m,
                         [&](auto i) MYORUN_LAMBDA { largest = max<T>(abs<T>(step.k1.u[i] + step.k2.u[i]), largest); });
  for (int i = 0; i < m.n_muscles; ++i) {
    const T da = abs<T>(step.k2.a[i] - step.k1.a[i]);
    const T dl = abs<T>(step.k2.l[i] - step.k1.l[i]) * m.muscles.inverse_optimal[i];
    largest = max<T>(max<T>(da, dl), largest);
  }
  return S(.5) * h * h * largest;
}

template <class T, class Shape>
MYORUN_INLINE void substep(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, T h, State<T>& y,
                           Step<T>& step) {
  using S = ScalarOf<T>;
  const T gh = S(0.29289321881345248) * h;
  first_stage<T, Shape>(m, course, y, excitations, h, gh, step);
  advance_coordinates<T, Shape>(m, y, h, step.k1, splat<T>(0), step.k1, step.middle);
  advance_array<T>(y.a, h, step.k1.a, splat<T>(0), step.k1.a, m.n_muscles, step.middle.a);
  advance_array<T>(y.l, h, step.k1.l, splat<T>(0), step.k1.l, m.n_muscles, step.middle.l);
  second_stage<T, Shape>(m, course, y, excitations, h, gh, step);
  step.error = estimate_error<T, Shape>(m, h, step);
  advance_coordinates<T, Shape>(m, y, S(1.5) * h, step.k1, S(.5) * h, step.k2, y);
  advance_array<T>(y.a, S(.5) * h, step.k1.a, S(.5) * h, step.k2.a, m.n_muscles, y.a);
  advance_fibers<T>(m, step.k1.l, step.k2.l, S(.5) * h, y.l);
}

}  // namespace MYORUN_ISA
}  // namespace myorun
