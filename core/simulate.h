// One control interval for many humans: excitations held, substeps chosen, and a guard.
//
// Every lane goes its own pace through its human's interval and takes on the next human when it is
// through, so that none waits for another; a lane's arithmetic does not depend on its neighbours.
#pragma once

#include "batch.h"
#include "integrate.h"

namespace myorun {

// How an interval is divided into substeps: equally, or, where tolerance > 0, by the estimated error of
// each, starting from the length that equal ones would have.
template <class S> struct Division {
  int substeps;
  S tolerance;  // [rad or m] in a substep
};

template <class S> struct Interval {
  S duration;  // [s]
  Division<S> division;
};

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
  } else {
    for (int i = 0; i < m.n_coordinates; ++i) {
      no.q[i] = select<T>(mask, yes.q[i], no.q[i]);
      no.u[i] = select<T>(mask, yes.u[i], no.u[i]);
    }
    for (int i = 0; i < m.n_muscles; ++i) {
      no.a[i] = select<T>(mask, yes.a[i], no.a[i]);
      no.l[i] = select<T>(mask, yes.l[i], no.l[i]);
    }
  }
}

// The length to try after a substep of length h with `error` in tolerances, which goes with the fourth power of h.
// Aiming at .8 refuses fewer substeps than it makes shorter.
template <class T> MYORUN_INLINE T next_length(T h, T error) {
  using S = ScalarOf<T>;
  const T root = sqrt(sqrt(S(1) / max<T>(error, splat<T>(S(1e-6)))));
  return h * clamp<T>(S(.8) * root, S(.2), S(2));
}

// How far the lanes are. An interval goes in parts of a dozen first substeps: a clock that counts for
// long loses the digits of a short substep, and each part looks for obstacles anew.
template <class T> struct Pace {
  T time;               // since the part began        [s]
  T end;                // of the part; -1: no human here
  T length;             // of the next substep         [s]
  T first, least, most; // lengths of substeps: of the first, the shortest and the longest [s]
  T inverse_tolerance;  // 0: equal substeps
  int substeps_left[lanes_of<T>];  // first substeps after this part
  int attempt[lanes_of<T>];
  int human[lanes_of<T>];
};

constexpr int substeps_a_part = 12;

// A source hands out humans: take() is the next or none, arrived(i) and gave_up(i) take them back.
template <class T, class Shape, class Source> class Run {
 public:
  using S = ScalarOf<T>;
  MYORUN_DEVICE Run(const Model<S>& m, const Batch<S>& batch, const Interval<S>& interval, Source& source)
      : m_(m), batch_(batch), interval_(interval), source_(source) {}

  MYORUN_DEVICE void all() {
    for (int i = 0; i < m_.n_coordinates; ++i) step_.still[i] = splat<T>(0);
    fill();
    while (n_busy_ > 0) {
      try_substep();
      const auto through = (pace_.time >= pace_.end * S(1 - 1e-6)) & (pace_.end > splat<T>(0));
      if (any(through)) receive(select<T>(through, splat<T>(1), splat<T>(0)));
    }
  }

 private:
  // Lanes without a human repeat the first one's state and stand still.
  MYORUN_DEVICE void fill() {
    pace_.time = pace_.end = pace_.length = pace_.first = pace_.least = pace_.most = pace_.inverse_tolerance =
        splat<T>(0);
    clear_courses(lanes_);
    for (int lane = 0; lane < lanes_of<T>; ++lane) {
      begin_next(lane);
      if (n_busy_ == 0) return;
      if (pace_.human[lane] == none) load_human<T>(m_, batch_, pace_.human[0], S(0), lane, lanes_);
    }
    trial_ = lanes_.state;
  }

  MYORUN_DEVICE void begin_next(int lane) {
    const int human = source_.take();
    pace_.human[lane] = human;
    if (human == none) {
      set_lane<T>(pace_.end, lane, S(-1));
      return;
    }
    ++n_busy_;
    load_muscles<T>(m_, batch_, human, lane, lanes_);
    load_body<T>(batch_, human, lane, lanes_);
    begin_attempt(lane, 0);
  }

  // Each attempt has substeps 8 times finer than the one before.
  MYORUN_DEVICE void begin_attempt(int lane, int attempt) {
    const Division<S>& division = interval_.division;
    const int substeps = division.substeps << (3 * attempt);
    const S first = interval_.duration / S(substeps);
    const bool controlled = division.tolerance > S(0);
    const S tolerance = division.tolerance * (attempt == 0 ? S(1) : attempt == 1 ? S(1. / 64) : S(1. / 4096));
    pace_.attempt[lane] = attempt;
    pace_.substeps_left[lane] = substeps;
    set_lane<T>(pace_.first, lane, first);
    // as fine as the tolerance asks for where forces are smooth: where they jump, finer gains nothing
    set_lane<T>(pace_.least, lane, controlled ? first * (S(.45) * sqrt(sqrt(tolerance))) : first);
    set_lane<T>(pace_.most, lane, controlled ? first * S(3) : first);
    set_lane<T>(pace_.inverse_tolerance, lane, controlled ? S(1) / tolerance : S(0));
    load_state<T>(m_, batch_, pace_.human[lane], lane, lanes_.state);
    begin_part(lane);
  }

  MYORUN_DEVICE void begin_part(int lane) {
    int& left = pace_.substeps_left[lane];
    const int substeps = left < substeps_a_part ? left : substeps_a_part;
    left -= substeps;
    const S first = get_lane<T>(pace_.first, lane);
    const S duration = S(substeps) * first;
    set_lane<T>(pace_.time, lane, S(0));
    set_lane<T>(pace_.end, lane, duration);
    set_lane<T>(pace_.length, lane, first);
    load_obstacles<T>(m_, batch_, pace_.human[lane], duration, lane, lanes_);
    load_ground<T>(m_, batch_, pace_.human[lane], duration, lane, lanes_);
  }

  // A lane whose substep is refused, or that stands still, keeps its state.
  MYORUN_INLINE void try_substep() {
    const T zero = splat<T>(0);
    const T length = max<T>(min<T>(pace_.length, pace_.end - pace_.time), zero);
    copy_state<T>(m_, lanes_.state, trial_);
    substep<T, Shape>(m_, lanes_.course, lanes_.excitation, length, trial_, step_);
    const T relative = step_.error * pace_.inverse_tolerance;
    const T error = select<T>(relative >= zero, relative, splat<T>(S(1e30)));  // not a number: far too large
    const auto accepted = ((error <= splat<T>(1)) | (length <= pace_.least)) & (pace_.time < pace_.end);
    choose<T>(m_, accepted, trial_, lanes_.state);
    pace_.time = select<T>(accepted, pace_.time + length, pace_.time);
    pace_.length = min<T>(max<T>(next_length<T>(length, error), pace_.least), pace_.most);
  }

  MYORUN_DEVICE void receive(T through) {
    const T astray = select<T>(lost<T>(m_, lanes_.state), splat<T>(1), splat<T>(0));
    for (int lane = 0; lane < lanes_of<T>; ++lane) {
      if (get_lane<T>(through, lane) != S(0)) receive_lane(lane, get_lane<T>(astray, lane) != S(0));
    }
  }

  MYORUN_DEVICE void receive_lane(int lane, bool astray) {
    const int human = pace_.human[lane];
    if (pace_.substeps_left[lane] > 0 && !astray) {
      begin_part(lane);
    } else if (astray && pace_.attempt[lane] < 2) {
      begin_attempt(lane, pace_.attempt[lane] + 1);
    } else {
      if (astray) {
        load_state<T>(m_, batch_, human, lane, lanes_.state);
        source_.gave_up(human);
      } else {
        store_state<T>(m_, lanes_.state, lane, human, batch_);
        source_.arrived(human);
      }
      --n_busy_;
      begin_next(lane);
    }
  }

  const Model<S>& m_;
  const Batch<S>& batch_;
  const Interval<S>& interval_;
  Source& source_;
  int n_busy_ = 0;
  Pace<T> pace_;
  Lanes<T> lanes_;
  State<T> trial_;
  Step<T> step_;
};

// Advances the source's humans by an interval. One that gets lost repeats it with substeps 8 and 64 times
// finer; one that is lost even then stays where it was and is given up.
template <class T, class Shape, class Source>
MYORUN_DEVICE void simulate(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch,
                            const Interval<ScalarOf<T>>& interval, Source& source) {
  Run<T, Shape, Source> run(m, batch, interval, source);
  run.all();
}

}  // namespace MYORUN_ISA
}  // namespace myorun
