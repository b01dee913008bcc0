// Fibre lengths at which tendon and fibre pull alike while nothing moves.
#pragma once

#include "muscle_stage.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Bisects on the sign of the fibre velocity: a tendon that outpulls its fibre lengthens it. Sixty
// halvings reach the last bit. A muscle shorter than its slack tendon ends at its shortest fibre.
template <class T> MYORUN_DEVICE void calc_equilibrium(const Model<ScalarOf<T>>& m, State<T>& s) {
  using S = ScalarOf<T>;
  using P = PackOf<T>;
  Evaluation<T> e;
  calc_functions<T>(m, s, e);
  calc_kinematics<T, AnyShape>(m, s, ZeroAcceleration{}, e);
  calc_paths<T>(m, s, e);
  for (int i = 0; i < m.n_muscles; i += pack_size<T>) {
    const Thelen<P> muscle = load_thelen<T>(m.muscles, i);
    const P path = load_pack<T>(e.length + i);
    const P a = clamp_activation<P>(load_pack<T>(s.a + i), load_parameters<T>(m.muscles.min_activation + i));
    const P one = splat<P>(1);
    const P stretched = max<P>(path - muscle.tendon_slack, splat<P>(0));
    P low = max<P>(muscle.min_length, muscle.optimal_length * S(1e-6));
    P high = max<P>(sqrt(stretched * stretched + muscle.height * muscle.height), low);
    for (int halving = 0; halving < 60; ++halving) {
      const P middle = S(.5) * (low + high);
      const auto too_short = calc_muscle<P>(muscle, middle, path, a, one).velocity > splat<P>(0);
      low = select<P>(too_short, middle, low);
      high = select<P>(too_short, high, middle);
    }
    store_pack<T>(s.l + i, S(.5) * (low + high));
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
