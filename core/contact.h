// Hunt-Crossley contact: a sphere pressed into the ground, and into a ball.
//
// Hunt & Crossley (1975), J. Appl. Mech. 42(2):440-445; friction after Hollars, as Simbody's
// HuntCrossleyForce combines them.
#pragma once

#include "number.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Hertz force of two bodies with effective stiffness k^(3/2) and relative radius R:
//   f_H = 4/3 k^1.5 sqrt(R) d^1.5.   Returns 4/3 k^1.5 sqrt(R) [N/m^1.5].
template <class T> MYORUN_INLINE T hertz_factor(T k_to_three_halves, T relative_radius) {
  using S = ScalarOf<T>;
  return S(4.0 / 3.0) * k_to_three_halves * sqrt(relative_radius);
}

// Normal force [N] of a Hertz contact with depth [m] and closing speed [m/s]; 0 if it would pull.
template <class T> MYORUN_INLINE T hunt_crossley(T hertz, T depth, T closing, ScalarOf<T> dissipation) {
  using S = ScalarOf<T>;
  const T d = max<T>(depth, splat<T>(0));
  const T force = hertz * d * sqrt(d) * (S(1) + S(1.5) * dissipation * closing);
  return max<T>(force, splat<T>(0));
}

// Friction force per newton of normal force and per slip speed [s/m]; against the slip.
//   mu = mu_d + 2 (mu_s - mu_d) / (1 + (v/v_t)^2), reached linearly at the transition speed v_t
template <class T>
MYORUN_INLINE T friction_drag(T slip, ScalarOf<T> mu_static, ScalarOf<T> mu_dynamic, ScalarOf<T> mu_viscous,
                              ScalarOf<T> transition) {
  using S = ScalarOf<T>;
  const T speed = abs<T>(slip);
  const T ratio = speed / transition;
  const T mu = mu_dynamic + S(2) * (mu_static - mu_dynamic) / (S(1) + ratio * ratio);
  return mu / max<T>(speed, splat<T>(transition)) + mu_viscous;
}

}  // namespace MYORUN_ISA
}  // namespace myorun
