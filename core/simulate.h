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

// Only what the model uses: the capacity of a State is several times that.
template <class T> MYORUN_INLINE void copy_state(const Model<ScalarOf<T>>& m, const State<T>& from, State<T>& to) {
  for (int i = 0; i < m.n_coordinates; ++i) {
    to.q[i] = from.q[i];
    to.u[i] = from.u[i];
  }
  for (int i = 0; i < m.n_muscles; i += pack_size<T>) {
    store_pack<T>(to.a + i, load_pack<T>(from.a + i));
    store_pack<T>(to.l + i, load_pack<T>(from.l + i));
  }
}

template <class T>
MYORUN_INLINE void choose(const Model<ScalarOf<T>>& m, MaskOf<T> mask, const State<T>& yes, State<T>& no) {
  if constexpr (lanes_of<T> == 1) {
    if (mask) copy_state<T>(m, yes, no);
    return;
  }
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
void run_equal(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, ScalarOf<T> duration,
               int substeps, State<T>& s, Step<T>& step) {
  const T h = splat<T>(duration / ScalarOf<T>(substeps));
  for (int k = 0; k < substeps; ++k) substep<T, Shape>(m, course, excitations, h, s, step);
}

// The length to try after a substep of length h with `error` in tolerances: the error goes with the
// third power of h, and a fourth root stays a little shy of the third.
template <class T> MYORUN_INLINE T next_length(T h, T error) {
  using S = ScalarOf<T>;
  const T root = sqrt(sqrt(S(1) / max<T>(error, splat<T>(S(1e-6)))));
  return h * clamp<T>(S(.9) * root, S(.2), S(2));
}

// Substeps are never longer than the first. Every lane goes its own pace: one that has arrived, or whose substep is
// refused, keeps its state.
template <class T, class Shape>
void run_controlled(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, ScalarOf<T> duration,
                    const Division<ScalarOf<T>>& division, State<T>& s, Step<T>& step) {
  using S = ScalarOf<T>;
  const T start = splat<T>(duration / S(division.substeps));
  const T least = start * S(1. / 1024);
  const T end = splat<T>(duration * S(1 - 1e-6));  // what is left then is below rounding
  T t = splat<T>(0), h = start;
  State<T> trial = s;
  while (any(t < end)) {
    const T length = min<T>(h, splat<T>(duration) - t);
    copy_state<T>(m, s, trial);
    substep<T, Shape>(m, course, excitations, length, trial, step);
    const T relative = step.error * (S(1) / division.tolerance);
    const T error = select<T>(relative >= splat<T>(0), relative, splat<T>(S(1e30)));  // not a number: far too large
    const auto accepted = ((error <= splat<T>(1)) | (length <= least)) & (t < end);
    choose<T>(m, accepted, trial, s);
    t = select<T>(accepted, t + length, t);
    h = min<T>(max<T>(next_length<T>(length, error), least), start);
  }
}

template <class T, class Shape>
void run_interval(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, ScalarOf<T> duration,
                  const Division<ScalarOf<T>>& division, State<T>& s, Step<T>& step) {
  if (division.tolerance > 0) {
    // a dozen first substeps at a time: a clock that counts for long loses the digits of a short substep
    const int parts = division.substeps > 12 ? division.substeps / 12 : 1;
    const Division<ScalarOf<T>> part{division.substeps / parts, division.tolerance};
    for (int k = 0; k < parts; ++k) {
      run_controlled<T, Shape>(m, course, excitations, duration / ScalarOf<T>(parts), part, s, step);
    }
  } else {
    run_equal<T, Shape>(m, course, excitations, duration, division.substeps, s, step);
  }
}

// Advances by `duration` [s]. A lane that gets lost repeats the interval with substeps 8 and 64 times
// finer; one that is lost even then stays where it was, and its bit is set in the result.
template <class T, class Shape>
unsigned simulate(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, ScalarOf<T> duration,
                  Division<ScalarOf<T>> division, State<T>& s) {
  Step<T> step;
  for (int i = 0; i < m.n_coordinates; ++i) step.still[i] = splat<T>(0);
  const State<T> start = s;
  run_interval<T, Shape>(m, course, excitations, duration, division, s, step);
  MaskOf<T> failed = lost<T>(m, s);
  for (int attempt = 0; attempt < 2 && any(failed); ++attempt) {
    division.substeps *= 8;
    division.tolerance *= ScalarOf<T>(1. / 64);
    State<T> again = start;
    run_interval<T, Shape>(m, course, excitations, duration, division, again, step);
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
