// The derivative of the state, as a table of contents.
#pragma once

#include "dynamics.h"
#include "ground_stage.h"
#include "limit_stage.h"
#include "muscle_stage.h"
#include "path.h"

namespace myorun {
inline namespace MYORUN_ISA {

// e.force = forces - M udot, with everything it depends on; rates of muscles. With `implicit`, stiff springs,
// dampers and fibres are listed for the integrator; with `capped`, fibre velocities are limited, both for a
// step of length h.
template <class T, class Shape, bool implicit, bool capped, class A>
MYORUN_INLINE void calc_forces(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& s, const A& udot,
                               const T* excitations, T h, Evaluation<T>& e, Rate<T>& rate, Implicit<T>& out) {
  calc_functions<T>(m, s, e);
  calc_kinematics<T, Shape>(m, s, udot, e);
  calc_paths<T>(m, s, e);
  calc_muscles<T, implicit, capped>(m, course, s, excitations, h, e, rate, out);
  calc_contacts<T, implicit>(m, course, h, e, out);
  calc_limits<T>(m, s, e);
  calc_force<T, Shape>(m, course, e);
}

// The true derivative at a state: rate.q = u, rate.u = M^-1 force, rate.a, rate.l.
template <class T, class Shape>
MYORUN_DEVICE void calc_derivative(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& s,
                                   const T* excitations, Evaluation<T>& e, Rate<T>& rate) {
  Implicit<T> unused;
  Matrix<T> mass;
  calc_forces<T, Shape, false, false>(m, course, s, ZeroAcceleration{}, excitations, splat<T>(0), e, rate, unused);
  calc_mass_matrix<T, Shape>(m, course, e, mass);
  factor<T, Shape>(m, mass);
  for (int i = 0; i < m.n_coordinates; ++i) {
    rate.q[i] = s.u[i];
    rate.u[i] = e.force[i];
  }
  solve<T, Shape>(m, mass, rate.u);
}

}  // namespace MYORUN_ISA
}  // namespace myorun
