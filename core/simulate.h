// One control interval: excitations held, several substeps, and a guard.
#pragma once

#include "integrate.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Lanes whose state holds something infinite or not a number, moves faster than anything alive, or has
// a torn fibre.
template <class T> MYORUN_INLINE MaskOf<T> lost(const Model<ScalarOf<T>>& m, const State<T>& s) {
  using S = ScalarOf<T>;
  T sum = splat<T>(0);
  T fastest = sum;
  for (int i = 0; i < m.n_coordinates; ++i) {
    sum += s.q[i] + s.u[i];
    fastest = max<T>(abs<T>(s.u[i]), fastest);
  }
  T longest = splat<T>(0);  // in optimal fiber lengths
  for (int i = 0; i < m.n_muscles; ++i) {
    sum += s.a[i] + s.l[i];
    longest = max<T>(abs<T>(s.l[i] * m.muscles.inverse_optimal[i]), longest);
  }
  const auto finite = (sum - sum) == splat<T>(0);
  const auto sane = (fastest < splat<T>(S(1e4))) & (longest < splat<T>(S(4)));
  return (finite & sane) == (splat<T>(0) != splat<T>(0));
}

template <class T>
MYORUN_INLINE void choose(const Model<ScalarOf<T>>& m, MaskOf<T> mask, const State<T>& yes, State<T>& no) {
  for (int i = 0; i < m.n_coordinates; ++i) {
    no.q[i] = select<T>(mask, yes.q[i], no.q[i]);
    no.u[i] = select<T>(mask, yes.u[i], no.u[i]);
  }
  for (int i = 0; i < m.n_muscles; ++i) {
    no.a[i] = select<T>(mask, yes.a[i], no.a[i]);
    no.l[i] = select<T>(mask, yes.l[i], no.l[i]);
  }
}

template <class T, class Shape>
void run_substeps(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, ScalarOf<T> duration,
                  int substeps, State<T>& s, Step<T>& step) {
  const ScalarOf<T> h = duration / ScalarOf<T>(substeps);
  for (int k = 0; k < substeps; ++k) substep<T, Shape>(m, course, excitations, h, s, step);
}

// Advances by `duration` [s]. A lane that gets lost repeats the interval with 8 and 64 times finer
// substeps; one that is lost even then stays where it was, and its bit is set in the result.
template <class T, class Shape>
unsigned simulate(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, ScalarOf<T> duration,
                  int substeps, State<T>& s) {
  Step<T> step;
  for (int i = 0; i < m.n_coordinates; ++i) step.still[i] = splat<T>(0);
  const State<T> start = s;
  run_substeps<T, Shape>(m, course, excitations, duration, substeps, s, step);
  MaskOf<T> failed = lost<T>(m, s);
  for (int refinement = 8; refinement <= 64 && any(failed); refinement *= 8) {
    State<T> again = start;
    run_substeps<T, Shape>(m, course, excitations, duration, substeps * refinement, again, step);
    choose<T>(m, failed, again, s);
    failed = lost<T>(m, s);
  }
  if (!any(failed)) return 0;
  choose<T>(m, failed, start, s);
  const T flags = select<T>(failed, splat<T>(1), splat<T>(0));
  unsigned bits = 0;
  for (int lane = 0; lane < lanes_of<T>; ++lane) bits |= (get_lane<T>(flags, lane) != 0 ? 1u : 0u) << lane;
  return bits;
}

}  // namespace MYORUN_ISA
}  // namespace myorun
