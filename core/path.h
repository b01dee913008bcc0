// Musculotendon paths: length, lengthening speed, and the slope of length in each coordinate.
//
// A path runs straight from point to point. Pieces within one segment have constant length; a piece
// from a to b on different segments, along the unit vector n from a to b, changes with coordinate i by
//   dL/dq_i = n . (column_i(b) - column_i(a)).
// Conditional points switch whole pieces on and off, which makes the length jump as in the reference.
#pragma once

#include "kinematics.h"

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> MYORUN_INLINE void calc_points(const Model<ScalarOf<T>>& m, Evaluation<T>& e) {
  for (int i = 0; i < m.n_points; ++i) {
    const auto& point = m.points[i];
    const T x = point.function_x == none ? splat<T>(point.x) : e.function_value[point.function_x];
    const T y = point.function_y == none ? splat<T>(point.y) : e.function_value[point.function_y];
    const Vec<T> p = place<T>(point.segment, x, y, e);
    e.point_x[i] = p.x;
    e.point_y[i] = p.y;
  }
}

template <class T> MYORUN_INLINE void calc_conditions(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  for (int i = 0; i < m.n_conditions; ++i) {
    const auto& c = m.conditions[i];
    const T q = s.q[c.coordinate];
    e.condition[i] = (q >= c.low) & (q <= c.high);
  }
}

// True where all literals hold. Call only with n > 0.
template <class T>
MYORUN_INLINE MaskOf<T> holds(const Model<ScalarOf<T>>& m, int first, int n, const Evaluation<T>& e) {
  MaskOf<T> mask = splat<T>(0) == splat<T>(0);
  for (int k = first; k < first + n; ++k) {
    const auto on = e.condition[m.literals[k].condition];
    mask = m.literals[k].wanted ? (mask & on) : (mask & ~on);
  }
  return mask;
}

template <> MYORUN_INLINE bool holds<double>(const Model<double>& m, int first, int n, const Evaluation<double>& e) {
  for (int k = first; k < first + n; ++k) {
    if (e.condition[m.literals[k].condition] != (m.literals[k].wanted != 0)) return false;
  }
  return true;
}

// The velocity that a unit speed of the term's coordinate gives the end of a path segment.
template <class T>
MYORUN_INLINE Vec<T> column_of(const Model<ScalarOf<T>>& m, const PathTerm<ScalarOf<T>>& term, const Evaluation<T>& e) {
  if (!term.slides) return column_at<T>(term.coordinate, {e.point_x[term.point], e.point_y[term.point]}, e);
  const auto& point = m.points[term.point];
  const T dx = point.function_x == none ? splat<T>(0) : e.function_slope[point.function_x];
  const T dy = point.function_y == none ? splat<T>(0) : e.function_slope[point.function_y];
  const T c = e.cos[point.segment], s = e.sin[point.segment];
  return {c * dx - s * dy, s * dx + c * dy};
}

template <class T>
MYORUN_INLINE void add_path_segment(const Model<ScalarOf<T>>& m, const PathSegment<ScalarOf<T>>& p, Evaluation<T>& e) {
  using S = ScalarOf<T>;
  MaskOf<T> mask{};
  if (p.n_literals > 0) {
    mask = holds<T>(m, p.first_literal, p.n_literals, e);
    if (!any(mask)) return;
  }
  const T dx = e.point_x[p.b] - e.point_x[p.a];
  const T dy = e.point_y[p.b] - e.point_y[p.a];
  T length = sqrt(dx * dx + dy * dy + p.dz2);
  T scale = S(1) / max<T>(length, splat<T>(S(1e-12)));
  if (p.n_literals > 0) {
    length = select<T>(mask, length, splat<T>(0));
    scale = select<T>(mask, scale, splat<T>(0));
  }
  const T nx = dx * scale;
  const T ny = dy * scale;
  e.length[p.muscle] += length;
  for (int k = p.first_term; k < p.first_term + p.n_terms; ++k) {
    const auto& term = m.path_terms[k];
    const Vec<T> column = column_of<T>(m, term, e);
    e.length_slope[term.span] += term.sign * (nx * column.x + ny * column.y);
  }
}

template <class T>
MYORUN_INLINE void add_constant_piece(const Model<ScalarOf<T>>& m, const ConstantPiece<ScalarOf<T>>& p,
                                      Evaluation<T>& e) {
  const MaskOf<T> mask = holds<T>(m, p.first_literal, p.n_literals, e);
  e.length[p.muscle] += select<T>(mask, splat<T>(p.length), splat<T>(0));
}

template <class T> MYORUN_INLINE void calc_paths(const Model<ScalarOf<T>>& m, const State<T>& s, Evaluation<T>& e) {
  calc_points<T>(m, e);
  calc_conditions<T>(m, s, e);
  for (int i = 0; i < m.n_muscles; ++i) {
    e.length[i] = splat<T>(m.muscles.base_length[i]);
    e.lengthening[i] = splat<T>(0);
  }
  for (int k = 0; k < m.n_spans; ++k) e.length_slope[k] = splat<T>(0);
  for (int k = 0; k < m.n_constant_pieces; ++k) add_constant_piece<T>(m, m.constant_pieces[k], e);
  for (int k = 0; k < m.n_path_segments; ++k) add_path_segment<T>(m, m.path_segments[k], e);
  for (int k = 0; k < m.n_spans; ++k) {
    e.lengthening[m.spans[k].muscle] += e.length_slope[k] * s.u[m.spans[k].coordinate];
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
