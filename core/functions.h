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

// Writes value, slope and curvature from function k on, c their coefficients and d the distance from the piece's base.
template <class T> MYORUN_INLINE void store_functions(int k, PackOf<T> d, const PackOf<T>* c, Evaluation<T>& e) {
  using S = ScalarOf<T>;
  store_pack<T>(e.function_value + k, c[0] + d * (c[1] + d * (c[2] + d * c[3])));
  store_pack<T>(e.function_slope + k, c[4] + d * (c[5] + d * c[6]));
  store_pack<T>(e.function_curvature + k, c[5] + d * (S(2) * c[6]));
}

// One environment: all coefficients of its piece lie side by side, so that functions go in packs. A pack may
// write beyond the group; the next group, or nobody, reads there.
template <class T>
MYORUN_INLINE void calc_group_alone(const FunctionGroup<ScalarOf<T>>& group, const State<T>& state, Evaluation<T>& e) {
  constexpr int n = n_spline_coefficients;
  const T q = state.q[group.coordinate];
  const int piece = find_piece<T>(group, q);
  const T* row = group.coefficients + piece * n * group.padded_functions;
  const PackOf<T> d = spread<T>(q - group.bases[piece]);
  for (int k = 0; k < group.n_functions; k += pack_size<T>) {
    PackOf<T> c[n];
    for (int j = 0; j < n; ++j) c[j] = load_pack<T>(row + j * group.padded_functions + k);
    store_functions<T>(group.first_function + k, d, c, e);
  }
}

// Environments side by side: each lane looks its coefficients up in columns, one a coefficient, over the pieces.
template <class T>
MYORUN_INLINE void calc_group(const FunctionGroup<ScalarOf<T>>& group, const State<T>& state, Evaluation<T>& e) {
  constexpr int n = n_spline_coefficients;
  const T q = state.q[group.coordinate];
  IntegerOf<T> piece{};
  for (int k = 0; k < group.n_pieces - 1; ++k) piece -= q >= splat<T>(group.knots[k]);  // a true lane is -1
  const T d = q - lookup<T>(group.base_column, group.padded_pieces, piece);
  const ScalarOf<T>* column = group.columns;
  for (int k = 0; k < group.n_functions; ++k) {
    T c[n];
    for (int j = 0; j < n; ++j, column += group.padded_pieces) c[j] = lookup<T>(column, group.padded_pieces, piece);
    store_functions<T>(group.first_function + k, d, c, e);
  }
}

template <class T> MYORUN_STAGE void calc_functions(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  for (int g = 0; g < m.n_groups; ++g) {
    if constexpr (lanes_of<T> == 1) {
      calc_group_alone<T>(m.groups[g], s, e);
    } else {
      calc_group<T>(m.groups[g], s, e);
    }
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
