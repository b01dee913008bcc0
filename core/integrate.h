// One substep of the integrator: a three-stage W-Rosenbrock method of third order.
//
// Contacts, ligaments and fibres enter linearly implicitly, through any matrix A that resembles the slopes of
// the derivative f: the order does not depend on it. With g = (1 - 1/sqrt(3)) / 2 and D the difference to k1:
//   k1 = f(y)
//   (1 - g h A) D2 = f(y + h k1) - k1
//   (1 - g h A) D3 = f(y + h (2/3 k1 + 2/9 D2)) - k1 - 2/3 g h A D2
//   y += h (k1 + 3/4 D3)                  of second order: y += h (k1 + 1/2 D2)
// (Order conditions of Hairer and Wanner 1996, Solving Ordinary Differential Equations II, section IV.7, for
// W-methods, solved with an explicit first stage; this g leaves the amplification of stiff parts bounded.)
//
// Speeds, with C (damping) and K (stiffness) resembling -d force/du and -d force/dq, W = M + g h C + (g h)^2 K and
// d = what the forces at a stage leave over by the udot it is given:
//   M k1u = f(y)                                      k1q = u
//   W D2u = d2 - g h K r2,         r2 = h k1u         D2q = r2 + g h D2u    d2: given k1u
//   W D3u = d3 + 2/3 d2 - g h K r3                    D3q = r3 + g h D3u    d3: given k1u + 2/3 D2u
//                                  r3 = h (2/3 k1u + (2/9 - 2/3 g) D2u)
// The later stages need no mass matrix of their own: M M3^-1 d3 = d3 + O(h^3), as d3 = O(h^2) and M - M3 = O(h), and
// the same error in D2 does no harm, as D2 takes no part in the sum.
//
// Fibres: A is the slope of their velocity by length, path and activation. Activations: A = 0.
#pragma once

#include "derivative.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> struct Step {
  Evaluation<T> evaluation;
  Implicit<T> implicit;
  Matrix<T> mass, w;
  State<T> middle;
  Rate<T> k1, d2, d3;
  T left[max_coordinates];   // by the forces of the second stage
  T udot[max_coordinates];   // that a stage is given
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

// to = from + a k1 + b k2
template <class T, class Shape>
MYORUN_INLINE void advance_state(const Model<ScalarOf<T>>& m, const State<T>& from, T a, const Rate<T>& k1, T b,
                                 const Rate<T>& k2, State<T>& to) {
  advance_coordinates<T, Shape>(m, from, a, k1, b, k2, to);
  advance_array<T>(from.a, a, k1.a, b, k2.a, m.n_muscles, to.a);
  advance_array<T>(from.l, a, k1.l, b, k2.l, m.n_muscles, to.l);
}

template <class T, class Shape>
MYORUN_INLINE void first_stage(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& y,
                               const T* excitations, T h, T gh, Step<T>& step) {
  calc_forces<T, Shape, true, true>(m, course, y, GivenAcceleration<T>{step.still}, excitations, h, step.evaluation,
                                    step.k1, step.implicit);
  step.implicit.taut = predict_limits<T>(m, y, h, step.implicit);
  calc_mass_matrix<T, Shape>(m, course, step.evaluation, step.mass);
  copy_matrix<T, Shape>(m, step.mass, step.w);
  add_implicit<T, Shape>(m, step.implicit, gh, step.w);
  factor<T, Shape>(m, step.mass);
  factor<T, Shape>(m, step.w);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA {
    step.k1.q[i] = y.u[i];
    step.k1.u[i] = step.evaluation.force[i];
  });
  solve<T, Shape>(m, step.mass, step.k1.u);
}

// Activations and fibres of d, which holds their rates: (1 - gh A) d = rates - k1 - share gh A d2, where d.q is known.
template <class T>
MYORUN_STAGE void solve_muscles(const Model<ScalarOf<T>>& m, const Step<T>& step, T gh, ScalarOf<T> share,
                                const Rate<T>& d2, Rate<T>& d) {
  using P = PackOf<T>;
  using S = ScalarOf<T>;
  T path[max_muscles];  // what A makes of the coordinates [m/s^2]
  for (int i = 0; i < m.n_muscles; ++i) path[i] = splat<T>(0);
  for (int k = 0; k < m.n_spans; ++k) {
    const int c = m.spans[k].coordinate;
    path[m.spans[k].muscle] += step.evaluation.length_slope[k] * (d.q[c] - share * d2.q[c]);
  }
  const auto load = [](const T* p) MYORUN_LAMBDA { return load_pack<T>(p); };
  for (int i = 0; i < m.n_muscles; i += pack_size<T>) {
    const P da = load(d.a + i) - load(step.k1.a + i);
    const P by_length = spread<T>(gh) * load(step.implicit.fiber_by_length + i);
    const P drift = load(step.implicit.fiber_by_path + i) * load(path + i) +
                    load(step.implicit.fiber_by_activation + i) * (da - share * load(d2.a + i));
    const P rest = load(d.l + i) - load(step.k1.l + i) + spread<T>(gh) * drift - share * by_length * load(d2.l + i);
    store_pack<T>(d.a + i, da);
    store_pack<T>(d.l + i, rest / (S(1) - by_length));
  }
}

// Solves a stage for d, which holds r in q, the forces on the right-hand side in u, and the rates of muscles.
template <class T, class Shape>
MYORUN_INLINE void solve_stage(const Model<ScalarOf<T>>& m, const Step<T>& step, T gh, ScalarOf<T> share,
                               const Rate<T>& d2, Rate<T>& d) {
  subtract_stiffness<T, Shape>(m, step.implicit, gh, d.q, d.u);
  solve<T, Shape>(m, step.w, d.u);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA { d.q[i] += gh * d.u[i]; });
  solve_muscles<T>(m, step, gh, share, d2, d);
}

template <class T, class Shape>
MYORUN_INLINE void second_stage(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& y,
                                const T* excitations, T h, T gh, Step<T>& step) {
  Implicit<T> unused;
  advance_state<T, Shape>(m, y, h, step.k1, splat<T>(0), step.k1, step.middle);
  calc_forces<T, Shape, false, true>(m, course, step.middle, GivenAcceleration<T>{step.k1.u}, excitations, h,
                                     step.evaluation, step.d2, unused);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA {
    step.left[i] = step.d2.u[i] = step.evaluation.force[i];
    step.d2.q[i] = h * step.k1.u[i];
  });
  solve_stage<T, Shape>(m, step, gh, 0, step.k1, step.d2);
}

template <class T, class Shape>
MYORUN_INLINE void third_stage(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& y,
                               const T* excitations, T h, T gh, Step<T>& step) {
  using S = ScalarOf<T>;
  constexpr S third = S(1. / 3);
  Implicit<T> unused;
  advance_state<T, Shape>(m, y, S(2) * third * h, step.k1, S(2. / 9) * h, step.d2, step.middle);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA { step.udot[i] = step.k1.u[i] + S(2) * third * step.d2.u[i]; });
  calc_forces<T, Shape, false, true>(m, course, step.middle, GivenAcceleration<T>{step.udot}, excitations, h,
                                     step.evaluation, step.d3, unused);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA {
    step.d3.u[i] = step.evaluation.force[i] + S(2) * third * step.left[i];
    step.d3.q[i] = S(2) * third * (h * (step.k1.u[i] + third * step.d2.u[i]) - gh * step.d2.u[i]);
  });
  solve_stage<T, Shape>(m, step, gh, S(2) * third, step.d2, step.d3);
}

// A fibre that would pass its shortest length within a step stops there: its rate there is not negative.
template <class T>
MYORUN_INLINE void advance_fibers(const Model<ScalarOf<T>>& m, T a, const T* k1, T b, const T* k2, T* l) {
  using P = PackOf<T>;
  for (int i = 0; i < m.n_muscles; i += pack_size<T>) {
    const P before = load_pack<T>(l + i);
    const P after = before + (spread<T>(a) * load_pack<T>(k1 + i) + spread<T>(b) * load_pack<T>(k2 + i));
    store_pack<T>(l + i, max<P>(after, min<P>(before, load_parameters<T>(m.muscles.min_length + i))));
  }
}

// What third order adds to second: 3/4 D3 - 1/2 D2.
template <class P> MYORUN_INLINE P added(P d2, P d3) {
  using S = ScalarOf<P>;
  return abs<P>(S(.75) * d3 - S(.5) * d2);
}

// The largest of what third order adds in speeds, activations and fibre lengths (in optimal lengths); times h, it
// stands for the error of a substep.
template <class T, class Shape> MYORUN_STAGE T estimate_error(const Model<ScalarOf<T>>& m, T h, const Step<T>& step) {
  const Rate<T>&d2 = step.d2, &d3 = step.d3;
  T largest = splat<T>(0);
  Shape::for_coordinates(m, [&](auto i) MYORUN_LAMBDA { largest = max<T>(added<T>(d2.u[i], d3.u[i]), largest); });
  for (int i = 0; i < m.n_muscles; ++i) {
    largest = max<T>(added<T>(d2.a[i], d3.a[i]), largest);
    largest = max<T>(added<T>(d2.l[i], d3.l[i]) * m.muscles.inverse_optimal[i], largest);
  }
  return h * h * largest;
}

template <class T, class Shape>
MYORUN_INLINE void substep(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, T h, State<T>& y,
                           Step<T>& step) {
  using S = ScalarOf<T>;
  const T gh = S(0.21132486540518713) * h;
  first_stage<T, Shape>(m, course, y, excitations, h, gh, step);
  second_stage<T, Shape>(m, course, y, excitations, h, gh, step);
  third_stage<T, Shape>(m, course, y, excitations, h, gh, step);
  step.error = estimate_error<T, Shape>(m, h, step);
  advance_coordinates<T, Shape>(m, y, h, step.k1, S(.75) * h, step.d3, y);
  advance_array<T>(y.a, h, step.k1.a, S(.75) * h, step.d3.a, m.n_muscles, y.a);
  advance_fibers<T>(m, h, step.k1.l, S(.75) * h, step.d3.l, y.l);
}

}  // namespace MYORUN_ISA
}  // namespace myorun
