// Musculotendon paths: length, lengthening speed, and the slope of length in each coordinate.
//
// A path runs straight from point to point. Pieces within one segment have constant length; a piece
// from a to b on different segments, along the unit vector n from a to b, changes with coordinate i by
//   dL/dq_i = n . (column_i(b) - column_i(a)),
// and a coordinate that moves only one end, with twist (s, v) about the root, gives
//   n . column_i = n . v_i + s_i (p x n),   p x n being the same all along the line.
// Conditional points switch whole pieces on and off, which makes the length jump as in the reference.
#pragma once

#include "kinematics.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> MYORUN_INLINE void calc_points(const Model<ScalarOf<T>>& m, Evaluation<T>& e) {
  using P = PackOf<T>;
  for (int g = 0; g < m.n_point_groups; ++g) {
    const PointGroup& group = m.point_groups[g];
    const bool grounded = group.segment == none;
    const P x0 = spread<T>(grounded ? -e.root_x : e.origin_x[group.segment]);
    const P y0 = spread<T>(grounded ? -e.root_y : e.origin_y[group.segment]);
    const P c = spread<T>(grounded ? splat<T>(1) : e.cos[group.segment]);
    const P s = spread<T>(grounded ? splat<T>(0) : e.sin[group.segment]);
    for (int i = group.first; i < group.last; i += pack_size<T>) {
      const P x = load_parameters<T>(m.point_x + i);
      const P y = load_parameters<T>(m.point_y + i);
      store_pack<T>(e.point_x + i, x0 + (c * x - s * y));
      store_pack<T>(e.point_y + i, y0 + (s * x + c * y));
    }
    for (int k = group.first_sliding; k < group.last_sliding; ++k) {
      const SlidingPoint& sliding = m.sliding_points[k];
      const int i = sliding.point;
      const T x = sliding.function_x == none ? splat<T>(m.point_x[i]) : e.function_value[sliding.function_x];
      const T y = sliding.function_y == none ? splat<T>(m.point_y[i]) : e.function_value[sliding.function_y];
      const Vec<T> p = place<T>(group.segment, x, y, e);
      e.point_x[i] = p.x;
      e.point_y[i] = p.y;
    }
  }
}

template <class T>
MYORUN_INLINE void calc_conditions(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  if constexpr (lanes_of<T> == 1) e.conditions = 0;
  for (int i = 0; i < m.n_conditions; ++i) {
    const auto& c = m.conditions[i];
    const T q = s.q[c.coordinate];
    const MaskOf<T> on = (q >= c.low) & (q <= c.high);
    if constexpr (lanes_of<T> == 1) {
      e.conditions |= std::uint64_t(on) << i;
    } else {
      e.condition[i] = on;
    }
  }
}

// True where all literals hold.
template <class T>
MYORUN_INLINE MaskOf<T> holds(const Model<ScalarOf<T>>& m, const Literals& l, const Evaluation<T>& e) {
  if constexpr (lanes_of<T> == 1) {
    return ((e.conditions ^ l.wanted) & l.involved) == 0;
  } else {
    MaskOf<T> mask = splat<T>(0) == splat<T>(0);
    for (int k = l.first; k < l.first + l.n; ++k) {
      const auto on = e.condition[m.literals[k].condition];
      mask = m.literals[k].wanted ? (mask & on) : (mask & ~on);
    }
    return mask;
  }
}

template <class T> MYORUN_INLINE void add_path_segment(const Model<ScalarOf<T>>& m, int i, Evaluation<T>& e) {
  using S = ScalarOf<T>;
  const auto& p = m.path_segments[i];
  MaskOf<T> mask{};
  if (p.literals.n > 0) {
    mask = holds<T>(m, p.literals, e);
    if (!any(mask)) {
      e.direction_x[i] = e.direction_y[i] = splat<T>(0);
      return;
    }
  }
  const T dx = e.point_x[p.b] - e.point_x[p.a];
  const T dy = e.point_y[p.b] - e.point_y[p.a];
  T length = sqrt(dx * dx + dy * dy + p.dz2);
  T scale = S(1) / max<T>(length, splat<T>(S(1e-12)));
  if (p.literals.n > 0) {
    length = select<T>(mask, length, splat<T>(0));
    scale = select<T>(mask, scale, splat<T>(0));
  }
  const T nx = dx * scale;
  const T ny = dy * scale;
  const T moment = e.point_x[p.a] * ny - e.point_y[p.a] * nx;
  e.direction_x[i] = nx;
  e.direction_y[i] = ny;
  e.length[p.muscle] += length;
  for (int k = p.first_term; k < p.first_term + p.n_terms; ++k) {
    const auto& term = m.path_terms[k];
    const int c = term.coordinate;
    e.length_slope[term.span] += term.sign * (nx * e.axis_x[c] + ny * e.axis_y[c] + moment * e.axis_rotation[c]);
  }
}

// The end of a path segment slides in its own segment.
template <class T>
MYORUN_INLINE void add_sliding_term(const Model<ScalarOf<T>>& m, const SlidingTerm<ScalarOf<T>>& term,
                                    Evaluation<T>& e) {
  const SlidingPoint& point = m.sliding_points[term.sliding_point];
  const T zero = splat<T>(0);
  const T dx = point.function_x == none ? zero : e.function_slope[point.function_x];
  const T dy = point.function_y == none ? zero : e.function_slope[point.function_y];
  const T c = e.cos[point.segment], s = e.sin[point.segment];
  const T nx = e.direction_x[term.path_segment], ny = e.direction_y[term.path_segment];
  e.length_slope[term.span] += term.sign * (nx * (c * dx - s * dy) + ny * (s * dx + c * dy));
}

template <class T>
MYORUN_INLINE void add_constant_piece(const Model<ScalarOf<T>>& m, const ConstantPiece<ScalarOf<T>>& p,
                                      Evaluation<T>& e) {
  const MaskOf<T> mask = holds<T>(m, p.literals, e);
  e.length[p.muscle] += select<T>(mask, splat<T>(p.length), splat<T>(0));
}

template <class T> MYORUN_STAGE void calc_paths(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  calc_points<T>(m, e);
  calc_conditions<T>(m, s, e);
  for (int i = 0; i < m.n_muscles; ++i) {
    e.length[i] = splat<T>(m.muscles.base_length[i]);
    e.lengthening[i] = splat<T>(0);
  }
  for (int k = 0; k < m.n_spans; ++k) e.length_slope[k] = splat<T>(0);
  for (int k = 0; k < m.n_constant_pieces; ++k) add_constant_piece<T>(m, m.constant_pieces[k], e);
  for (int k = 0; k < m.n_path_segments; ++k) add_path_segment<T>(m, k, e);
  for (int k = 0; k < m.n_sliding_terms; ++k) add_sliding_term<T>(m, m.sliding_terms[k], e);
  for (int k = 0; k < m.n_spans; ++k) {
    e.lengthening[m.spans[k].muscle] += e.length_slope[k] * s.u[m.spans[k].coordinate];
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
