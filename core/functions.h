// Splines of coordinates: knee translation and moving path points (docs/physics.md, SimmSpline).
#pragma once

#include "state.h"

namespace myorun {
inline namespace MYORUN_ISA {

// The piece that holds q: the first whose upper boundary lies above it.
template <class S> MYORUN_INLINE int find_piece(const FunctionGroup<S>& group, S q) {
  const int last = group.n_pieces - 1;
  if (last == 0) return 0;
  if (!(q >= group.knots[0])) return 0;
  if (q >= group.knots[last - 1]) return last;
  int piece = group.buckets[static_cast<int>((q - group.bucket_start) * group.bucket_scale)];
  while (q >= group.knots[piece]) ++piece;
  return piece;
}

// Writes value, slope and curvature of every function of the group.
template <class T>
MYORUN_INLINE void calc_group(const FunctionGroup<ScalarOf<T>>& group, const State<T>& state, Evaluation<T>& e) {
  using S = ScalarOf<T>;
  constexpr int width = 7;
  const T q = state.q[group.coordinate];
  const S* row[lanes_of<T>];
  T d{};
  for (int lane = 0; lane < lanes_of<T>; ++lane) {
    const int piece = find_piece<S>(group, get_lane<T>(q, lane));
    row[lane] = group.coefficients + piece * group.n_functions * width;
    set_lane<T>(d, lane, get_lane<T>(q, lane) - group.bases[piece]);
  }
  for (int k = 0; k < group.n_functions; ++k) {
    T c[width];
    for (int j = 0; j < width; ++j) {
      T gathered{};
      for (int lane = 0; lane < lanes_of<T>; ++lane) set_lane<T>(gathered, lane, row[lane][k * width + j]);
      c[j] = gathered;
    }
    const int f = group.first_function + k;
    e.function_value[f] = c[0] + d * (c[1] + d * (c[2] + d * c[3]));
    e.function_slope[f] = c[4] + d * (c[5] + d * c[6]);
    e.function_curvature[f] = c[5] + d * (S(2) * c[6]);
  }
}

template <class T> MYORUN_STAGE void calc_functions(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  for (int g = 0; g < m.n_groups; ++g) calc_group<T>(m.groups[g], s, e);
}

}  // namespace MYORUN_ISA
}  // namespace myorun
