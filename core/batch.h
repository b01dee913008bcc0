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
  const S* bodies;       // rows of BodyNumber
  const S* pieces;       // numbers of GroundPiece in each slot; from > to: empty. None: flat ground
  int n_pieces;
  const S* patches;      // start, end, friction, stiffness of each slot; end <= start: empty
  int n_patches;
};

template <class S> MYORUN_DEVICE int state_size(const Model<S>& m) { return 2 * (m.n_coordinates + m.n_muscles); }

inline namespace MYORUN_ISA {

// Humans side by side.
template <class T> struct Lanes {
  State<T> state;
  Course<T> course;
  T excitation[max_muscles];
  int n_near[lanes_of<T>];     // obstacles of each lane
  int n_pieces[lanes_of<T>];   // of its ground in reach; 0: flat
  int n_patches[lanes_of<T>];  // in reach
  bool loads[lanes_of<T>];     // whether it carries a load
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

template <class T> MYORUN_DEVICE void load_body(const Batch<ScalarOf<T>>& batch, int human, int lane, Lanes<T>& lanes) {
  const ScalarOf<T>* row = batch.bodies + std::ptrdiff_t(human) * n_body_numbers;
  for (int k = 0; k < n_body_numbers; ++k) set_lane<T>(lanes.course.body[k], lane, row[k]);
  lanes.loads[lane] = row[load_mass] > 0;
  lanes.course.loaded = false;
  for (int other = 0; other < lanes_of<T>; ++other) lanes.course.loaded = lanes.course.loaded || lanes.loads[other];
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

// Neither balls nor ground nor loads yet.
template <class T> MYORUN_DEVICE void clear_courses(Lanes<T>& lanes) {
  lanes.course.n_obstacles = lanes.course.n_pieces = lanes.course.n_patches = 0;
  lanes.course.uneven = lanes.course.loaded = false;
  lanes.course.sunken = splat<T>(0);
  for (int lane = 0; lane < lanes_of<T>; ++lane) {
    lanes.n_near[lane] = lanes.n_pieces[lane] = lanes.n_patches[lane] = 0;
    lanes.loads[lane] = false;
  }
}

// What lies in reach of the root.
template <class S> struct Reach {
  S low, high;  // [m]
  bool known;
  MYORUN_INLINE bool holds(S from, S to) const { return !known || (from <= high && to >= low); }
};

template <class S> MYORUN_INLINE bool is_piece(const S* row) { return row[6] <= row[7]; }  // from <= to

template <class T> MYORUN_DEVICE void set_piece(GroundPiece<T>& piece, int lane, const ScalarOf<T>* row) {
  T* numbers[n_piece_numbers] = {&piece.x,          &piece.y,        &piece.along_x,     &piece.along_y,
                                 &piece.before_x,   &piece.before_y, &piece.from,        &piece.to,
                                 &piece.corner,     &piece.low,      &piece.high,        &piece.low_y,
                                 &piece.low_beyond, &piece.high_y,   &piece.high_beyond, &piece.inverse_along_x};
  for (int k = 0; k < n_piece_numbers; ++k) set_lane<T>(*numbers[k], lane, row[k]);
}

// The most of any lane; lanes with fewer are filled up by `fill(k, lane)`.
template <class T, class F> MYORUN_DEVICE int level(const int* counts, F fill) {
  int most = 0;
  for (int lane = 0; lane < lanes_of<T>; ++lane) most = counts[lane] > most ? counts[lane] : most;
  for (int lane = 0; lane < lanes_of<T>; ++lane) {
    for (int k = counts[lane]; k < most; ++k) fill(k, lane);
  }
  return most;
}

template <class T>
MYORUN_DEVICE void load_patches(const Batch<ScalarOf<T>>& batch, int human, Reach<ScalarOf<T>> reach, int lane,
                                Lanes<T>& lanes) {
  using S = ScalarOf<T>;
  Course<T>& course = lanes.course;
  const auto set = [&](int k, int l, const S* row) {
    T* numbers[n_patch_numbers] = {course.patch_start, course.patch_end, course.patch_friction, course.patch_stiffness};
    for (int j = 0; j < n_patch_numbers; ++j) set_lane<T>(numbers[j][k], l, row[j]);
  };
  const S* row = batch.patches + std::ptrdiff_t(human) * batch.n_patches * n_patch_numbers;
  int& n = lanes.n_patches[lane] = 0;
  for (int k = 0; k < batch.n_patches; ++k, row += n_patch_numbers) {
    if (row[0] < row[1] && reach.holds(row[0], row[1])) set(n++, lane, row);
  }
  constexpr S nothing[n_patch_numbers] = {S(-2e6), S(-1e6), S(1), S(1)};
  course.n_patches = level<T>(lanes.n_patches, [&](int k, int l) { set(k, l, nothing); });
}

// Puts the ground in reach within `duration` [s] into the lane, by the rule of load_obstacles.
template <class T>
MYORUN_DEVICE void load_ground(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int human,
                               ScalarOf<T> duration, int lane, Lanes<T>& lanes) {
  using S = ScalarOf<T>;
  if (batch.n_pieces == 0) return;
  Course<T>& course = lanes.course;
  const RootMotion<S> root = root_motion<T>(m, lanes.state, lane);
  const S margin = m.reach + duration * (S(100) + S(2) * root.speed);
  const Reach<S> reach{root.x - margin, root.x + margin, root.known};
  const S* row = batch.pieces + std::ptrdiff_t(human) * batch.n_pieces * n_piece_numbers;
  set_lane<T>(course.sunken, lane, is_piece(row) ? S(1e6) : S(0));
  int& n = lanes.n_pieces[lane] = 0;
  for (int k = 0; k < batch.n_pieces; ++k, row += n_piece_numbers) {
    if (is_piece(row) && reach.holds(row[9], row[10])) set_piece<T>(course.pieces[n++], lane, row);
  }
  constexpr S deep = S(-1e6);  // below where no foot comes
  constexpr S nothing[n_piece_numbers] = {0, deep, 1, 0, 1, 0, 0, 0, 0, deep, deep, deep, deep, deep, deep, 1};
  course.n_pieces = level<T>(lanes.n_pieces, [&](int k, int l) { set_piece<T>(course.pieces[k], l, nothing); });
  course.uneven = any(course.sunken > splat<T>(0));
  load_patches<T>(batch, human, reach, lane, lanes);
}

// Everything of a human for `duration` [s] to come.
template <class T>
MYORUN_DEVICE void load_human(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int human,
                              ScalarOf<T> duration, int lane, Lanes<T>& lanes) {
  load_state<T>(m, batch, human, lane, lanes.state);
  load_muscles<T>(m, batch, human, lane, lanes);
  load_body<T>(batch, human, lane, lanes);
  load_obstacles<T>(m, batch, human, duration, lane, lanes);
  load_ground<T>(m, batch, human, duration, lane, lanes);
}

// Fills all lanes with `n` humans; lanes beyond repeat the last.
template <class T>
MYORUN_DEVICE void load_humans(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, const int* humans, int n,
                               ScalarOf<T> duration, Lanes<T>& lanes) {
  clear_courses(lanes);
  for (int lane = 0; lane < lanes_of<T>; ++lane) {
    load_human<T>(m, batch, humans[lane < n ? lane : n - 1], duration, lane, lanes);
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
