// All ligaments.
#pragma once

#include "limit.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Where a coordinate is outside its range.
template <class T> MYORUN_INLINE MaskOf<T> beyond(const Limit<ScalarOf<T>>& limit, T q) {
  return (q > splat<T>(limit.upper)) | (q < splat<T>(limit.lower));
}

template <class T> MYORUN_INLINE void calc_limits(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  for (int k = 0; k < m.n_limits; ++k) {
    const auto& limit = m.limits[k];
    e.limit_torque[k] = splat<T>(0);
    if (limit.coordinate == none) continue;
    const T q = s.q[limit.coordinate];
    const auto outside = beyond<T>(limit, q);
    if (!any(outside)) continue;
    e.limit_torque[k] = select<T>(outside, calc_limit<T>(limit, q, s.u[limit.coordinate]).torque, splat<T>(0));
  }
}

// Stiffness and damping of the ligaments where the coordinates will be after h. Returns whether any
// ligament is taut.
template <class T>
MYORUN_INLINE bool predict_limits(const Model<ScalarOf<T>>& m, const State<T>& s, T h, Implicit<T>& implicit) {
  bool taut = false;
  for (int k = 0; k < m.n_limits; ++k) {
    const int i = m.limits[k].coordinate;
    if (i == none) continue;
    const T q = s.q[i] + h * s.u[i];
    if (!any(beyond<T>(m.limits[k], q))) continue;
    if (!taut) {
      for (int j = 0; j < m.n_coordinates; ++j) implicit.limit_stiffness[j] = implicit.limit_damping[j] = splat<T>(0);
      taut = true;
    }
    const LimitResult<T> r = calc_limit<T>(m.limits[k], q, s.u[i]);
    implicit.limit_stiffness[i] += r.stiffness;
    implicit.limit_damping[i] += r.damping;
  }
  return taut;
}

}  // namespace MYORUN_ISA
}  // namespace myorun
