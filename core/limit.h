// Ligaments: a torque that grows smoothly once a coordinate leaves its range.
//
//   S(t) = t^3 (10 - 15 t + 6 t^2), t clamped to 0..1
//   tau  = -K_u S_u (q - q_u) + K_l S_l (q_l - q) - B (S_u + S_l) u
// (OpenSim's CoordinateLimitForce.)
#pragma once

#include "kinematics.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> struct SmoothStep {
  T value, slope;
};

// The quintic step and its derivative; t in units of the transition.
template <class T> MYORUN_INLINE SmoothStep<T> smooth_step(T t) {
  using S = ScalarOf<T>;
  t = clamp<T>(t, S(0), S(1));
  const T t2 = t * t;
  const T gap = S(1) - t;
  return {t * t2 * (S(10) + t * (S(6) * t - S(15))), S(30) * t2 * gap * gap};
}

template <class T> struct LimitResult {
  T torque;     // [N m]
  T stiffness;  // -d torque / dq, never negative [N m/rad]
  T damping;    // -d torque / du [N m s/rad]
};

// coordinate q [rad] and speed u [rad/s] -> LimitResult
template <class T> MYORUN_INLINE LimitResult<T> calc_limit(const Limit<ScalarOf<T>>& limit, T q, T u) {
  const T above = q - limit.upper;
  const T below = limit.lower - q;
  const SmoothStep<T> up = smooth_step<T>(above * limit.inverse_transition);
  const SmoothStep<T> down = smooth_step<T>(below * limit.inverse_transition);
  const T damping = limit.damping * (up.value + down.value);
  const T torque = limit.lower_stiffness * down.value * below - limit.upper_stiffness * up.value * above - damping * u;
  const T stiffness = limit.upper_stiffness * (up.value + up.slope * above * limit.inverse_transition) +
                      limit.lower_stiffness * (down.value + down.slope * below * limit.inverse_transition);
  return {torque, stiffness, damping};
}

}  // namespace MYORUN_ISA
}  // namespace myorun
