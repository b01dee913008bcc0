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

// A sphere, relative to the root, as the ground sees it: lifted so far that no more than half its radius is
// below the line of the ground. What lies deeper counts as the foot's own compression: it takes part in depths, not
// in the question which part is met. So a sunken foot does not run into a step lower than its radius from below.
template <class T> struct Sunk {
  Vec<T> centre;  // as it is [m]
  T radius;
  T lift;  // [m]
  MYORUN_INLINE T rest() const { return ScalarOf<T>(.5) * radius; }
};

// Whether a sphere counts as to the right of a place where the line goes from height `left` to `right`. Within a face
// it belongs to the nearer of face and upper floor.
template <class T> MYORUN_INLINE MaskOf<T> is_beyond(const Sunk<T>& sphere, T x, T left, T right) {
  const T low = min<T>(left, right), high = max<T>(left, right);
  const T below = high - sphere.rest() - max<T>(sphere.centre.y, low + sphere.rest());
  const T margin = max<T>(below, splat<T>(0));
  return sphere.centre.x > x + select<T>(right > left, margin, -margin);
}

// The piece in coordinates relative to the root.
template <class T> MYORUN_INLINE GroundPiece<T> relative_piece(const GroundPiece<T>& piece, T root_x, T root_y) {
  GroundPiece<T> p = piece;
  p.x = piece.x - root_x;
  p.y = piece.y - root_y;
  p.low = piece.low - root_x;
  p.high = piece.high - root_x;
  p.low_y = piece.low_y - root_y;
  p.low_beyond = piece.low_beyond - root_y;
  p.high_y = piece.high_y - root_y;
  p.high_beyond = piece.high_beyond - root_y;
  return p;
}

// How far out of a piece of floor under it the sphere has to be lifted; 0 for faces.
template <class T> MYORUN_INLINE T lift_from(const GroundPiece<T>& piece, const Sunk<T>& sphere) {
  const T zero = splat<T>(0);
  const auto over = is_beyond<T>(sphere, piece.low, piece.low_beyond, piece.low_y) &
                    (is_beyond<T>(sphere, piece.high, piece.high_y, piece.high_beyond) == (zero != zero));
  const T height = (sphere.centre.y - piece.y) * piece.along_x - (sphere.centre.x - piece.x) * piece.along_y;
  return select<T>(over, (sphere.radius - height - sphere.rest()) * piece.inverse_along_x, zero);
}

// Whether the sphere is on the side of a piece on which it can be met: faces from their lower side, floors from where
// no face stands between.
template <class T> MYORUN_INLINE MaskOf<T> can_meet(const GroundPiece<T>& piece, const Sunk<T>& sphere) {
  const T zero = splat<T>(0);
  const auto no = zero != zero;
  const auto upright = piece.inverse_along_x == zero;
  const auto left = is_beyond<T>(sphere, piece.low, piece.low_beyond, piece.low_y);
  const auto right = is_beyond<T>(sphere, piece.high, piece.high_y, piece.high_beyond);
  const auto past_face = is_beyond<T>(sphere, piece.low, piece.low_y, piece.high_y);
  const auto face = past_face == (piece.high_y < piece.low_y);
  const auto floor = (left | (piece.low_beyond == piece.low_y)) & ((right == no) | (piece.high_beyond == piece.high_y));
  return (upright & face) | ((upright == no) & floor);
}

template <class T> MYORUN_INLINE Facing<T> face_piece(const GroundPiece<T>& piece, const Sunk<T>& sphere) {
  using S = ScalarOf<T>;
  constexpr S overlap = S(1e-5);  // of neighbours, so that no rounding leaves a gap between them [m]
  const Vec<T> offset{sphere.centre.x - piece.x, sphere.centre.y + sphere.lift - piece.y};
  const T s = offset.x * piece.along_x + offset.y * piece.along_y;
  const T height = offset.y * piece.along_x - offset.x * piece.along_y;
  const auto over = (s >= piece.from - overlap) & (s <= piece.to + overlap) & can_meet<T>(piece, sphere);
  const T depth = sphere.radius - height + sphere.lift * piece.along_x;
  return {{-piece.along_y, piece.along_x}, select<T>(over, depth, splat<T>(S(-1e6)))};
}

template <class T> MYORUN_INLINE Facing<T> face_corner(const GroundPiece<T>& piece, const Sunk<T>& sphere) {
  using S = ScalarOf<T>;
  const T zero = splat<T>(0);
  const Vec<T> offset{sphere.centre.x - piece.x, sphere.centre.y + sphere.lift - piece.y};
  const T distance = sqrt(offset.x * offset.x + offset.y * offset.y);
  const T inverse = S(1) / max<T>(distance, splat<T>(S(1e-9)));
  const Vec<T> normal{offset.x * inverse, offset.y * inverse};
  // A centre on the normal of a piece belongs to the corner too: the piece itself begins only beyond it.
  const auto between = (offset.x * piece.along_x + offset.y * piece.along_y <= zero) &
                       (offset.x * piece.before_x + offset.y * piece.before_y >= zero) & (piece.corner > zero);
  const T depth = sphere.radius - distance + sphere.lift * normal.y;
  return {normal, select<T>(between, depth, splat<T>(S(-1e6)))};
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
