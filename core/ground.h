// A sphere on uneven ground: slopes, steps, their edges, and what two of them do together.
//
// The ground is the region below a line of straight pieces. A sphere meets a piece as it meets a plane, where its
// centre lies over the piece, and a convex corner as a point, where its centre lies between the normals of the two
// pieces that end there: distance and normal pass continuously from one to the other. Both press as the law of
// contact.h says.
//
// Where a sphere touches two parts at once (the foot of a step, the rim of a low one, a kink), the ground's force is
// the least one whose shares along both normals are what each part alone would press with. At a right angle this is
// their sum; as the parts become one plane it becomes the force of that plane, so that the limit of low steps and of
// gentle slopes is flat ground.
#pragma once

#include "contact.h"
#include "kinematics.h"

namespace myorun {
inline namespace MYORUN_ISA {

// How a sphere and a part of the ground lie.
template <class T> struct Facing {
  Vec<T> normal;  // out of the ground
  T depth;        // > 0: in contact [m]
};

template <class T> MYORUN_INLINE Facing<T> choose_facing(MaskOf<T> mask, const Facing<T>& yes, const Facing<T>& no) {
  return {{select<T>(mask, yes.normal.x, no.normal.x), select<T>(mask, yes.normal.y, no.normal.y)},
          select<T>(mask, yes.depth, no.depth)};
}

template <class T> MYORUN_INLINE Facing<T> far_away() {
  return {{splat<T>(0), splat<T>(1)}, splat<T>(ScalarOf<T>(-1e6))};
}

// The two parts that a sphere is deepest in.
template <class T> struct Facings {
  Facing<T> first, second;

  // Takes no notice of parts less deep than `least`.
  MYORUN_INLINE void add(const Facing<T>& facing, T least) {
    const auto near = facing.depth > least;
    const auto deepest = near & (facing.depth > first.depth);
    const auto deeper = near & (facing.depth > second.depth);
    second = choose_facing<T>(deepest, first, choose_facing<T>(deeper, facing, second));
    first = choose_facing<T>(deepest, facing, first);
  }
};

// `offset`: from the piece's (x, y) to the sphere's centre.
template <class T> MYORUN_INLINE Facing<T> face_piece(const GroundPiece<T>& piece, Vec<T> offset, T radius) {
  using S = ScalarOf<T>;
  constexpr S overlap = S(1e-5);  // of neighbours, so that no rounding leaves a gap between them [m]
  const T s = offset.x * piece.along_x + offset.y * piece.along_y;
  const T height = offset.y * piece.along_x - offset.x * piece.along_y;
  const T depth = radius - height;
  // nothing is pushed out of a piece that it has passed through as a whole
  const auto over = (s >= piece.from - overlap) & (s <= piece.to + overlap) & (depth < S(2) * radius);
  return {{-piece.along_y, piece.along_x}, select<T>(over, depth, splat<T>(S(-1e6)))};
}

template <class T> MYORUN_INLINE Facing<T> face_corner(const GroundPiece<T>& piece, Vec<T> offset, T radius) {
  using S = ScalarOf<T>;
  const T zero = splat<T>(0);
  const T distance = sqrt(offset.x * offset.x + offset.y * offset.y);
  const T inverse = S(1) / max<T>(distance, splat<T>(S(1e-9)));
  const auto between = (offset.x * piece.along_x + offset.y * piece.along_y < zero) &
                       (offset.x * piece.before_x + offset.y * piece.before_y > zero) & (piece.corner > zero);
  return {{offset.x * inverse, offset.y * inverse}, select<T>(between, radius - distance, splat<T>(S(-1e6)))};
}

// What two parts press with together.
template <class T> struct Shares {
  T first, second;  // along the normals [N]
};

// The least F = first n1 + second n2 with n1 F >= f1 and n2 F >= f2, for n1 n2 = cosine; the sum beyond a right angle.
template <class T> MYORUN_INLINE Shares<T> share_force(T f1, T f2, T cosine) {
  using S = ScalarOf<T>;
  const T zero = splat<T>(0);
  const T c = max<T>(cosine, zero);
  const T rest1 = f1 - c * f2, rest2 = f2 - c * f1;
  const auto together = (rest1 > zero) & (rest2 > zero) & (c < splat<T>(S(.9999)));
  const T inverse = S(1) / select<T>(together, S(1) - c * c, splat<T>(1));
  const auto stronger = f1 >= f2;
  return {select<T>(together, rest1 * inverse, select<T>(stronger, f1, zero)),
          select<T>(together, rest2 * inverse, select<T>(stronger, zero, f2))};
}

// How much of a patch of floor from `start` to `end` counts at x: 1 on it, 0 off it, linear over 2 cm at its edges.
template <class T> MYORUN_INLINE T patch_share(T x, T start, T end) {
  using S = ScalarOf<T>;
  constexpr S sharpness = S(50);  // [1/m]
  const T in = clamp<T>(sharpness * (x - start) + S(.5), S(0), S(1));
  const T out = clamp<T>(sharpness * (end - x) + S(.5), S(0), S(1));
  return in * out;
}

}  // namespace MYORUN_ISA
}  // namespace myorun
