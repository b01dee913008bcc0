// All muscles: activation, force and fibre velocity, a pack at a time.
#pragma once

#include "activation.h"
#include "muscle.h"
#include "path.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Fibre velocity with its relaxation limited to 1.5/h, so that an explicit step stays stable: where
// the fibre is not stiff the change is of order (h J)^4 (docs/physics.md, Integration).
template <class P> MYORUN_INLINE P cap_fiber_velocity(const MuscleResult<P>& r, P lengthening, P activation_rate, P h) {
  using S = ScalarOf<P>;
  const P reach = h / S(1.5);
  const P w = clamp<P>(-(reach * r.velocity_by_length), S(0), S(1e6));
  const P w3 = w * w * w;
  const P gamma = w3 / (S(1) + w3 + w3 * w);
  const P drift = r.velocity_by_path * lengthening + r.velocity_by_activation * activation_rate;
  return r.velocity - gamma * (w * r.velocity - reach * drift);
}

// Writes the rates of activations and fiber lengths, and the forces. capped: for a step of length h.
template <class T, bool capped>
MYORUN_STAGE void calc_muscles(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& s,
                               const T* excitations, T h, Evaluation<T>& e, Rate<T>& rate) {
  using P = PackOf<T>;
  const auto& parameters = m.muscles;
  for (int i = 0; i < m.n_muscles; i += pack_size<T>) {
    const P min_activation = load_parameters<T>(parameters.min_activation + i);
    const P raw = load_pack<T>(s.a + i);
    const P a = clamp_activation<P>(raw, min_activation);
    const P da =
        activation_rate<P>(load_pack<T>(excitations + i), a, load_parameters<T>(parameters.activation_time + i),
                           load_parameters<T>(parameters.deactivation_time + i));
    const MuscleResult<P> r = calc_muscle<P>(load_thelen<T>(parameters, i), load_pack<T>(s.l + i),
                                             load_pack<T>(e.length + i), a, load_pack<T>(course.strength + i));
    store_pack<T>(rate.a + i, da);
    if constexpr (capped) {
      const P moving = select<P>(raw == a, da, splat<P>(0));  // a clamped activation has no effect
      store_pack<T>(rate.l + i, cap_fiber_velocity<P>(r, load_pack<T>(e.lengthening + i), moving, spread<T>(h)));
    } else {
      store_pack<T>(rate.l + i, r.velocity);
    }
    store_pack<T>(e.tendon_force + i, r.tendon_force);
    store_pack<T>(e.fiber_force + i, r.fiber_force);
    store_pack<T>(e.passive_force + i, r.passive_force);
    store_pack<T>(e.fiber_along + i, r.along);
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
