// All ligaments.
#pragma once

#include "limit.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> MYORUN_INLINE void calc_limits(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  for (int k = 0; k < m.n_limits; ++k) {
    const auto& limit = m.limits[k];
    e.limit_torque[k] = calc_limit<T>(limit, s.q[limit.coordinate], s.u[limit.coordinate]).torque;
  }
}

// Stiffness and damping of the ligaments where the coordinates will be after h.
template <class T>
MYORUN_INLINE void predict_limits(const Model<ScalarOf<T>>& m, const State<T>& s, T h, Implicit<T>& implicit) {
  for (int i = 0; i < m.n_coordinates; ++i) {
    implicit.limit_stiffness[i] = splat<T>(0);
    implicit.limit_damping[i] = splat<T>(0);
  }
  for (int k = 0; k < m.n_limits; ++k) {
    const int i = m.limits[k].coordinate;
    const LimitResult<T> r = calc_limit<T>(m.limits[k], s.q[i] + h * s.u[i], s.u[i]);
    implicit.limit_stiffness[i] += r.stiffness;
    implicit.limit_damping[i] += r.damping;
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
