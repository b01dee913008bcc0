// Activation dynamics: how muscle tissue follows the nervous system's excitation.
//
//   e > a:  da/dt = (e - a) / (t_act (.5 + 1.5 a))
//   else:   da/dt = (e - a) (.5 + 1.5 a) / t_deact
// with a clamped to [a_min, 1]. Thelen (2003), J. Biomech. Eng. 125(1):70-77, eqs 1-2.
#pragma once

#include "number.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> MYORUN_INLINE T clamp_activation(T a, T min_activation) {
  return min<T>(max<T>(a, min_activation), splat<T>(1));
}

// excitation and clamped activation [0..1], time constants [s] -> da/dt [1/s]
template <class T> MYORUN_INLINE T activation_rate(T excitation, T activation, T activation_time, T deactivation_time) {
  using S = ScalarOf<T>;
  const T speed = S(.5) + S(1.5) * activation;
  const T difference = excitation - activation;
  const auto rising = excitation > activation;
  const T numerator = select<T>(rising, difference, difference * speed);
  const T denominator = select<T>(rising, activation_time * speed, deactivation_time);
  return numerator / denominator;
}

}  // namespace MYORUN_ISA
}  // namespace myorun
