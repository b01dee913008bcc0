// Humans as rows of numbers, and how a row gets into a lane.
#pragma once

#include "kinematics.h"

namespace myorun {

// What humans are and have: row after row, one a human.
template <class S> struct Batch {
  S* states;             // coordinates, speeds, activations, fiber lengths
  const S* excitations;  // held, one a muscle                      [0..1]
  const S* strengths;    // factors of the maximum isometric forces, one a muscle
  const S* obstacles;    // x, y, radius of each slot; radius 0: empty [m]
  int n_slots;
};

template <class S> MYORUN_DEVICE int state_size(const Model<S>& m) { return 2 * (m.n_coordinates + m.n_muscles); }

inline namespace MYORUN_ISA {

// Humans side by side.
template <class T> struct Lanes {
  State<T> state;
  Course<T> course;
  T excitation[max_muscles];
  int n_near[lanes_of<T>];  // obstacles of each lane
};

// Muscles in whole packs: the spare ones of a lone environment's last pack repeat the last muscle.
template <class T> MYORUN_INLINE int padded_muscles(const Model<ScalarOf<T>>& m) {
  return (m.n_muscles + pack_size<T> - 1) / pack_size<T> * pack_size<T>;
}

template <class T>
MYORUN_DEVICE void load_state(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int human, int lane,
                              State<T>& s) {
  const ScalarOf<T>* row = batch.states + std::ptrdiff_t(human) * state_size(m);
  const int nq = m.n_coordinates, nm = m.n_muscles;
  for (int i = 0; i < nq; ++i) {
    set_lane<T>(s.q[i], lane, row[i]);
    set_lane<T>(s.u[i], lane, row[nq + i]);
  }
  for (int i = 0; i < padded_muscles<T>(m); ++i) {
    const int k = i < nm ? i : nm - 1;
    set_lane<T>(s.a[i], lane, row[2 * nq + k]);
    set_lane<T>(s.l[i], lane, row[2 * nq + nm + k]);
  }
}

template <class T>
MYORUN_DEVICE void store_state(const Model<ScalarOf<T>>& m, const State<T>& s, int lane, int human,
                               const Batch<ScalarOf<T>>& batch) {
  ScalarOf<T>* row = batch.states + std::ptrdiff_t(human) * state_size(m);
  const int nq = m.n_coordinates, nm = m.n_muscles;
  for (int i = 0; i < nq; ++i) {
    row[i] = get_lane<T>(s.q[i], lane);
    row[nq + i] = get_lane<T>(s.u[i], lane);
  }
  for (int i = 0; i < nm; ++i) {
    row[2 * nq + i] = get_lane<T>(s.a[i], lane);
    row[2 * nq + nm + i] = get_lane<T>(s.l[i], lane);
  }
}

template <class T>
MYORUN_DEVICE void load_muscles(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int human, int lane,
                                Lanes<T>& lanes) {
  const ScalarOf<T>* excitations = batch.excitations + std::ptrdiff_t(human) * m.n_muscles;
  const ScalarOf<T>* strengths = batch.strengths + std::ptrdiff_t(human) * m.n_muscles;
  for (int i = 0; i < padded_muscles<T>(m); ++i) {
    const int k = i < m.n_muscles ? i : m.n_muscles - 1;
    set_lane<T>(lanes.excitation[i], lane, excitations[k]);
    set_lane<T>(lanes.course.strength[i], lane, strengths[k]);
  }
}

// Where the root is along the world's x, and how fast, as far as its joint moves in straight lines.
template <class S> struct RootMotion {
  S x, speed;
  bool known;
};

template <class T>
MYORUN_DEVICE RootMotion<ScalarOf<T>> root_motion(const Model<ScalarOf<T>>& m, const State<T>& s, int lane) {
  using S = ScalarOf<T>;
  const Segment<S>& root = m.segments[0];
  RootMotion<S> motion{root.joint_x, S(0), true};
  const auto add = [&](const MotionShape& shape, const Motion<S>& along, S axis) {
    const bool moves = shape.coordinate != none;
    const S q = moves ? get_lane<T>(s.q[shape.coordinate], lane) : S(0);
    const S u = moves ? get_lane<T>(s.u[shape.coordinate], lane) : S(0);
    motion.x += axis * (along.slope * q + along.intercept);
    motion.speed += abs<S>(axis * along.slope * u);
    motion.known = motion.known && shape.function == none;
  };
  add(root.shape.x, root.x_motion, root.x_axis_x);
  add(root.shape.y, root.y_motion, root.y_axis_x);
  return motion;
}

// Puts the obstacles in reach within `duration` [s] into the lane: those that the root, at twice its speed and
// 100 m/s more, could bring near a foot. All that others would add is zero.
template <class T>
MYORUN_DEVICE void load_obstacles(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int human,
                                  ScalarOf<T> duration, int lane, Lanes<T>& lanes) {
  using S = ScalarOf<T>;
  Course<T>& course = lanes.course;
  const RootMotion<S> root = root_motion<T>(m, lanes.state, lane);
  const S margin = m.reach + duration * (S(100) + S(2) * root.speed);
  const S* ball = batch.obstacles + std::ptrdiff_t(human) * batch.n_slots * 3;
  int n = 0;
  for (int k = 0; k < batch.n_slots; ++k, ball += 3) {
    if (!(ball[2] > S(0))) continue;
    if (root.known && abs<S>(ball[0] - root.x) > margin + ball[2]) continue;
    set_lane<T>(course.obstacle_x[n], lane, ball[0]);
    set_lane<T>(course.obstacle_y[n], lane, ball[1]);
    set_lane<T>(course.obstacle_r[n], lane, ball[2]);
    ++n;
  }
  lanes.n_near[lane] = n;
  int most = 0;
  for (int other = 0; other < lanes_of<T>; ++other) most = lanes.n_near[other] > most ? lanes.n_near[other] : most;
  for (int other = 0; other < lanes_of<T>; ++other) {
    for (int k = lanes.n_near[other]; k < most; ++k) {
      set_lane<T>(course.obstacle_x[k], other, S(0));
      set_lane<T>(course.obstacle_y[k], other, S(-1e6));
      set_lane<T>(course.obstacle_r[k], other, S(1e-3));
    }
  }
  course.n_obstacles = most;
}

// Everything of a human for `duration` [s] to come.
template <class T>
MYORUN_DEVICE void load_human(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int human,
                              ScalarOf<T> duration, int lane, Lanes<T>& lanes) {
  load_state<T>(m, batch, human, lane, lanes.state);
  load_muscles<T>(m, batch, human, lane, lanes);
  load_obstacles<T>(m, batch, human, duration, lane, lanes);
}

// Fills all lanes with `n` humans; lanes beyond repeat the last.
template <class T>
MYORUN_DEVICE void load_humans(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, const int* humans, int n,
                               ScalarOf<T> duration, Lanes<T>& lanes) {
  for (int lane = 0; lane < lanes_of<T>; ++lane) lanes.n_near[lane] = 0;
  for (int lane = 0; lane < lanes_of<T>; ++lane) {
    load_human<T>(m, batch, humans[lane < n ? lane : n - 1], duration, lane, lanes);
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
