// Where every segment is, how it moves, and how it accelerates at given udot.
//
// A joint translates the child in the parent's joint frame and then rotates it. For a segment with
// parent p, joint offset r = R_p (joint + t(q)) and rotation f(q):
//   origin = origin_p + r,          angle = angle_p + f
//   v      = v_p + w_p perp(r) + R_p t' qdot
//   a      = a_p + alpha_p perp(r) - w_p^2 r + 2 w_p perp(R_p t' qdot) + R_p (t'' qdot^2 + t' udot)
// with perp(x, y) = (-y, x).
#pragma once

#include "elementary.h"
#include "functions.h"
#include "shape.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> struct MotionValue {
  T value, slope, curvature;
};

template <class T>
MYORUN_INLINE MotionValue<T> calc_motion(const MotionShape& shape, const Motion<ScalarOf<T>>& motion, const State<T>& s,
                                         const Evaluation<T>& e) {
  const T zero = splat<T>(0);
  if (shape.coordinate == none) return {splat<T>(motion.intercept), zero, zero};
  if (shape.function != none) {
    const int f = shape.function;
    return {e.function_value[f], e.function_slope[f], e.function_curvature[f]};
  }
  return {motion.slope * s.q[shape.coordinate] + motion.intercept, splat<T>(motion.slope), zero};
}

// The frame a segment hangs on: its parent's, or the ground's.
template <class T> struct ParentFrame {
  T cos, sin, x, y, omega, vx, vy, alpha, ax, ay;
};

template <class T> MYORUN_INLINE ParentFrame<T> parent_frame(int p, const Evaluation<T>& e) {
  const T zero = splat<T>(0);
  if (p == none) return {splat<T>(1), zero, -e.root_x, -e.root_y, zero, zero, zero, zero, zero, zero};
  return {e.cos[p],        e.sin[p],        e.origin_x[p], e.origin_y[p],       e.omega[p],
          e.velocity_x[p], e.velocity_y[p], e.alpha[p],    e.acceleration_x[p], e.acceleration_y[p]};
}

// The udot at which accelerations are wanted: given, or all zero.
template <class T> struct GivenAcceleration {
  const T* udot;
  MYORUN_INLINE T add(T acceleration, T slope, int k) const { return acceleration + slope * udot[k]; }
};
struct ZeroAcceleration {
  template <class T> MYORUN_INLINE T add(T acceleration, T, int) const { return acceleration; }
};

// What the translations of a joint add up to, in world axes.
template <class T> struct Slide {
  T x, y;    // offset [m]
  T vx, vy;  // [m/s]
  T ax, ay;  // [m/s^2]
};

template <class T, class A>
MYORUN_INLINE void add_translation(const MotionShape& shape, const Motion<ScalarOf<T>>& motion, ScalarOf<T> axis_x,
                                   ScalarOf<T> axis_y, const ParentFrame<T>& p, const State<T>& s, const A& udot,
                                   Evaluation<T>& e, Slide<T>& slide) {
  using S = ScalarOf<T>;
  const MotionValue<T> t = calc_motion<T>(shape, motion, s, e);
  const T dir_x = p.cos * axis_x - p.sin * axis_y;
  const T dir_y = p.sin * axis_x + p.cos * axis_y;
  slide.x += dir_x * t.value;
  slide.y += dir_y * t.value;
  if (shape.coordinate == none) return;
  const T u = s.u[shape.coordinate];
  const T wx = dir_x * t.slope;
  const T wy = dir_y * t.slope;
  e.axis_x[shape.coordinate] += wx;
  e.axis_y[shape.coordinate] += wy;
  slide.vx += wx * u;
  slide.vy += wy * u;
  const T coriolis = S(2) * p.omega * u;
  const T bend = udot.add(t.curvature * u * u, t.slope, shape.coordinate);
  slide.ax += dir_x * bend - coriolis * wy;
  slide.ay += dir_y * bend + coriolis * wx;
}

// The joint offset and its motion.
template <class T, class A>
MYORUN_INLINE Slide<T> calc_slide(const SegmentShape& shape, const Segment<ScalarOf<T>>& segment,
                                  const ParentFrame<T>& p, const State<T>& s, const A& udot, Evaluation<T>& e) {
  const T zero = splat<T>(0);
  Slide<T> slide{p.cos * segment.joint_x - p.sin * segment.joint_y,
                 p.sin * segment.joint_x + p.cos * segment.joint_y,
                 zero,
                 zero,
                 zero,
                 zero};
  add_translation<T>(shape.x, segment.x_motion, segment.x_axis_x, segment.x_axis_y, p, s, udot, e, slide);
  add_translation<T>(shape.y, segment.y_motion, segment.y_axis_x, segment.y_axis_y, p, s, udot, e, slide);
  return slide;
}

template <class T, class A>
MYORUN_INLINE void calc_rotation(const SegmentShape& shape, const Segment<ScalarOf<T>>& segment, int i,
                                 const ParentFrame<T>& p, const State<T>& s, const A& udot, Evaluation<T>& e) {
  e.omega[i] = p.omega;
  e.alpha[i] = p.alpha;
  if (shape.rotation.coordinate == none) return;
  const int k = shape.rotation.coordinate;
  const MotionValue<T> turn = calc_motion<T>(shape.rotation, segment.rotation, s, e);
  e.axis_rotation[k] = turn.slope;
  e.omega[i] += turn.slope * s.u[k];
  e.alpha[i] += udot.add(turn.curvature * s.u[k] * s.u[k], turn.slope, k);
}

// Angles need no other part of kinematics, so that their sines and cosines are found in packs.
template <class T, class Shape>
MYORUN_INLINE void calc_angles(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  Shape::for_segments(m, [&](auto i) MYORUN_LAMBDA {
    const SegmentShape shape = Shape::segment(m, i);
    const T turn = calc_motion<T>(shape.rotation, m.segments[i].rotation, s, e).value;
    e.angle[i] = shape.parent == none ? turn : e.angle[shape.parent] + turn;
  });
  for (int i = m.n_segments; i % pack_size<T> != 0; ++i) e.angle[i] = splat<T>(0);
  for (int i = 0; i < m.n_segments; i += pack_size<T>) {
    const SinCos<PackOf<T>> sc = sincos<PackOf<T>>(load_pack<T>(e.angle + i));
    store_pack<T>(e.sin + i, sc.sin);
    store_pack<T>(e.cos + i, sc.cos);
  }
}

template <class T, class Shape, class I, class A>
MYORUN_INLINE void calc_segment(const Model<ScalarOf<T>>& m, I i, const State<T>& s, const A& udot, Evaluation<T>& e) {
  const auto& segment = m.segments[i];
  const SegmentShape shape = Shape::segment(m, i);
  const ParentFrame<T> p = parent_frame<T>(shape.parent, e);
  const T zero = splat<T>(0);
  Shape::for_joint(m, i, [&](auto k) MYORUN_LAMBDA { e.axis_rotation[k] = e.axis_x[k] = e.axis_y[k] = zero; });

  const Slide<T> r = calc_slide<T>(shape, segment, p, s, udot, e);
  const T omega2 = p.omega * p.omega;
  e.origin_x[i] = p.x + r.x;
  e.origin_y[i] = p.y + r.y;
  e.velocity_x[i] = p.vx - p.omega * r.y + r.vx;
  e.velocity_y[i] = p.vy + p.omega * r.x + r.vy;
  e.acceleration_x[i] = p.ax - p.alpha * r.y - omega2 * r.x + r.ax;
  e.acceleration_y[i] = p.ay + p.alpha * r.x - omega2 * r.y + r.ay;
  calc_rotation<T>(shape, segment, i, p, s, udot, e);

  // twist about the root: a rotation about the joint moves the point at the root by -s perp(origin)
  Shape::for_joint(m, i, [&](auto k) MYORUN_LAMBDA {
    e.axis_x[k] += e.axis_rotation[k] * e.origin_y[i];
    e.axis_y[k] -= e.axis_rotation[k] * e.origin_x[i];
  });
}

// The root: the origin of the first segment in the world.
template <class T> MYORUN_INLINE void calc_root(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  const auto& root = m.segments[0];
  const T x = calc_motion<T>(root.shape.x, root.x_motion, s, e).value;
  const T y = calc_motion<T>(root.shape.y, root.y_motion, s, e).value;
  e.root_x = root.joint_x + (x * root.x_axis_x + y * root.y_axis_x);
  e.root_y = root.joint_y + (x * root.x_axis_y + y * root.y_axis_y);
}

template <class T, class Shape, class A>
MYORUN_STAGE void calc_kinematics(const Model<ScalarOf<T>>& m, const State<T>& s, const A& udot, Evaluation<T>& e) {
  calc_root<T>(m, s, e);
  calc_angles<T, Shape>(m, s, e);
  Shape::for_segments(m, [&](auto i) MYORUN_LAMBDA { calc_segment<T, Shape>(m, i, s, udot, e); });
}

// A point fixed in a segment (or the ground), relative to the root.
template <class T> struct Vec {
  T x, y;
};

template <class T> MYORUN_INLINE Vec<T> place(int segment, T x, T y, const Evaluation<T>& e) {
  if (segment == none) return {x - e.root_x, y - e.root_y};
  return {e.origin_x[segment] + (e.cos[segment] * x - e.sin[segment] * y),
          e.origin_y[segment] + (e.sin[segment] * x + e.cos[segment] * y)};
}

// The velocity of the segment's material at a point given relative to the root.
template <class T> MYORUN_INLINE Vec<T> velocity_at(int segment, Vec<T> point, const Evaluation<T>& e) {
  const T rx = point.x - e.origin_x[segment];
  const T ry = point.y - e.origin_y[segment];
  return {e.velocity_x[segment] - e.omega[segment] * ry, e.velocity_y[segment] + e.omega[segment] * rx};
}

// The velocity that a unit speed of a coordinate gives the point, if the coordinate moves it.
template <class T> MYORUN_INLINE Vec<T> column_at(int coordinate, Vec<T> point, const Evaluation<T>& e) {
  const T turn = e.axis_rotation[coordinate];
  return {e.axis_x[coordinate] - turn * point.y, e.axis_y[coordinate] + turn * point.x};
}

}  // namespace MYORUN_ISA
}  // namespace myorun
