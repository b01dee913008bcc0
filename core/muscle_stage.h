// All muscles: activation, force and fibre velocity, a pack at a time.
#pragma once

#include "activation.h"
#include "muscle.h"
#include "path.h"

namespace myorun {
inline namespace MYORUN_ISA {

// What a fibre with its relaxation limited to 8/h, which the integrator bears, does instead of dl/dt:
//   pace * dl/dt + lead * (the drift that path and activation cause in dl/dt)
// Where the fibre is not that stiff the change is of order (h J / 8)^4 (docs/physics.md, Integration).
template <class P> struct FiberCap {
  P pace;
  P lead;  // [s]
};

template <class P> MYORUN_INLINE FiberCap<P> cap_fiber(const MuscleResult<P>& r, P h) {
  using S = ScalarOf<P>;
  const P reach = h * S(1. / 8);
  const P w = clamp<P>(-(reach * r.velocity_by_length), S(0), S(1e6));
  const P w3 = w * w * w;
  const P gamma = w3 / (S(1) + w3 + w3 * w);
  return {S(1) - gamma * w, reach * gamma};
}

// Writes the rates of activations and fiber lengths, and the forces; with `implicit`, the slopes of fibre
// velocities. capped: for a step of length h.
template <class T, bool implicit, bool capped>
MYORUN_STAGE void calc_muscles(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& s,
                               const T* excitations, T h, Evaluation<T>& e, Rate<T>& rate, Implicit<T>& out) {
  using P = PackOf<T>;
  const auto& parameters = m.muscles;
  const P rise = spread<T>(course.body[activation_factor]), fall = spread<T>(course.body[deactivation_factor]);
  for (int i = 0; i < m.n_muscles; i += pack_size<T>) {
    const P min_activation = load_parameters<T>(parameters.min_activation + i);
    const P raw = load_pack<T>(s.a + i);
    const P a = clamp_activation<P>(raw, min_activation);
    const P da =
        activation_rate<P>(load_pack<T>(excitations + i), a, rise * load_parameters<T>(parameters.activation_time + i),
                           fall * load_parameters<T>(parameters.deactivation_time + i));
    const MuscleResult<P> r = calc_muscle<P>(load_thelen<T>(parameters, i), load_pack<T>(s.l + i),
                                             load_pack<T>(e.length + i), a, load_pack<T>(course.strength + i));
    store_pack<T>(rate.a + i, da);
    const P by_activation = select<P>(raw == a, r.velocity_by_activation, splat<P>(0));  // a clamped one has no effect
    FiberCap<P> cap{splat<P>(1), splat<P>(0)};
    if constexpr (capped) cap = cap_fiber<P>(r, spread<T>(h));
    const P drift = r.velocity_by_path * load_pack<T>(e.lengthening + i) + by_activation * da;
    store_pack<T>(rate.l + i, capped ? cap.pace * r.velocity + cap.lead * drift : r.velocity);
    if constexpr (implicit) {
      store_pack<T>(out.fiber_by_length + i, cap.pace * min<P>(r.velocity_by_length, splat<P>(0)));
      store_pack<T>(out.fiber_by_path + i, cap.pace * r.velocity_by_path);
      store_pack<T>(out.fiber_by_activation + i, cap.pace * by_activation);
    }
    store_pack<T>(e.tendon_force + i, r.tendon_force);
    store_pack<T>(e.fiber_force + i, r.fiber_force);
    store_pack<T>(e.passive_force + i, r.passive_force);
    store_pack<T>(e.fiber_along + i, r.along);
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
