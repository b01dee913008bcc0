// The shape of a model: which segment hangs on which, and which coordinate moves what.
//
// Loops over coordinates and their ancestors are short and many. Where the shape is known when the core
// is compiled they unroll into straight code; AnyShape reads the same facts from the model's tables.
// A shape holds no lengths, masses or other numbers of an anatomy.
#pragma once

#include "model.h"
#include "number.h"

#define MYORUN_LAMBDA __attribute__((always_inline))

namespace myorun {
inline namespace MYORUN_ISA {

template <int value_> struct Index {
  MYORUN_INLINE constexpr operator int() const { return value_; }
};

// The shape of whatever model there is.
struct AnyShape {
  template <class S> static bool fits(const Model<S>&) { return true; }
  template <class S> MYORUN_INLINE static const SegmentShape& segment(const Model<S>& m, int i) {
    return m.segments[i].shape;
  }
  template <class S> MYORUN_INLINE static int segment_of(const Model<S>& m, int k) { return m.coordinates[k].segment; }

  template <class S, class F> MYORUN_INLINE static void for_segments(const Model<S>& m, F f) {
    for (int i = 0; i < m.n_segments; ++i) f(i);
  }
  template <class S, class F> MYORUN_INLINE static void for_segments_from_tips(const Model<S>& m, F f) {
    for (int i = m.n_segments - 1; i >= 0; --i) f(i);
  }
  template <class S, class F> MYORUN_INLINE static void for_coordinates(const Model<S>& m, F f) {
    for (int k = 0; k < m.n_coordinates; ++k) f(k);
  }
  template <class S, class F> MYORUN_INLINE static void for_coordinates_from_tips(const Model<S>& m, F f) {
    for (int k = m.n_coordinates - 1; k >= 0; --k) f(k);
  }
  // coordinates of segment i's joint
  template <class S, class F> MYORUN_INLINE static void for_joint(const Model<S>& m, int i, F f) {
    for (int k = m.segments[i].shape.first_coordinate; k < m.segments[i].shape.last_coordinate; ++k) f(k);
  }
  // f(k), k as the loops above would hand it
  template <class S, class F> MYORUN_INLINE static void at_coordinate(const Model<S>&, int k, F f) { f(k); }
  // k and all coordinates between it and the ground
  template <class S, class F> MYORUN_INLINE static void for_chain(const Model<S>& m, int k, F f) {
    for (int j = k; j != none; j = m.coordinates[j].parent) f(j);
  }
  // the same without k
  template <class S, class F> MYORUN_INLINE static void for_ancestors(const Model<S>& m, int k, F f) {
    for_chain(m, m.coordinates[k].parent, f);
  }
};

// A shape given by constants: C::segments, C::n_segments, C::coordinates, C::n_coordinates.
template <class C> struct KnownShape {
  template <class S> static bool fits(const Model<S>& m) {
    if (m.n_segments != C::n_segments || m.n_coordinates != C::n_coordinates) return false;
    for (int i = 0; i < C::n_segments; ++i) {
      if (!(m.segments[i].shape == C::segments[i])) return false;
    }
    for (int k = 0; k < C::n_coordinates; ++k) {
      if (!(m.coordinates[k] == C::coordinates[k])) return false;
    }
    return true;
  }

  template <class S, int i> MYORUN_INLINE static constexpr SegmentShape segment(const Model<S>&, Index<i>) {
    return C::segments[i];
  }
  template <class S, int k> MYORUN_INLINE static constexpr int segment_of(const Model<S>&, Index<k>) {
    return C::coordinates[k].segment;
  }

  template <class S, class F> MYORUN_INLINE static void for_segments(const Model<S>&, F f) { up<0, C::n_segments>(f); }
  template <class S, class F> MYORUN_INLINE static void for_segments_from_tips(const Model<S>&, F f) {
    down<C::n_segments - 1>(f);
  }
  template <class S, class F> MYORUN_INLINE static void for_coordinates(const Model<S>&, F f) {
    up<0, C::n_coordinates>(f);
  }
  template <class S, class F> MYORUN_INLINE static void for_coordinates_from_tips(const Model<S>&, F f) {
    down<C::n_coordinates - 1>(f);
  }
  template <class S, int i, class F> MYORUN_INLINE static void for_joint(const Model<S>&, Index<i>, F f) {
    up<C::segments[i].first_coordinate, C::segments[i].last_coordinate>(f);
  }
  template <class S, int k, class F> MYORUN_INLINE static void for_chain(const Model<S>& m, Index<k> index, F f) {
    f(index);
    for_ancestors(m, index, f);
  }
  template <class S, int k, class F> MYORUN_INLINE static void for_ancestors(const Model<S>& m, Index<k>, F f) {
    if constexpr (C::coordinates[k].parent != none) for_chain(m, Index<C::coordinates[k].parent>{}, f);
  }
  template <class S, class F> MYORUN_INLINE static void at_coordinate(const Model<S>&, int k, F f) { choose<0>(k, f); }

 private:
  template <int candidate, class F> MYORUN_INLINE static void choose(int k, F f) {
    if constexpr (candidate < C::n_coordinates) {
      if (k == candidate) {
        f(Index<candidate>{});
      } else {
        choose<candidate + 1>(k, f);
      }
    }
  }
  template <int from, int to, class F> MYORUN_INLINE static void up(F f) {
    if constexpr (from < to) {
      f(Index<from>{});
      up<from + 1, to>(f);
    }
  }
  template <int from, class F> MYORUN_INLINE static void down(F f) {
    if constexpr (from >= 0) {
      f(Index<from>{});
      down<from - 1>(f);
    }
  }
};

// A trunk that moves freely in the plane and two legs of hip, knee (sliding along two splines) and ankle.
struct PlanarBiped {
  static constexpr int n_segments = 7;
  static constexpr int n_coordinates = 9;
  static constexpr MotionShape still{none, none};
  static constexpr SegmentShape segments[n_segments] = {
      {none, 0, 3, {1, none}, {2, none}, {0, none}},
      {0, 3, 4, still, still, {3, none}},
      {1, 4, 5, {4, 0}, {4, 1}, {4, none}},
      {2, 5, 6, still, still, {5, none}},
      {0, 6, 7, still, still, {6, none}},
      {4, 7, 8, {7, 6}, {7, 7}, {7, none}},
      {5, 8, 9, still, still, {8, none}},
  };
  static constexpr Coordinate coordinates[n_coordinates] = {{0, none}, {0, 0}, {0, 1}, {1, 2}, {2, 3},
                                                            {3, 4},    {4, 2}, {5, 6}, {6, 7}};
};

using BipedShape = KnownShape<PlanarBiped>;

}  // namespace MYORUN_ISA
}  // namespace myorun
