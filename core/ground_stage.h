// All contacts of the feet with uneven ground, in the lanes that have some; and all contacts there are.
#pragma once

#include "contact_stage.h"
#include "ground.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Within one step nothing moves faster than 100 m/s.
template <class T> MYORUN_INLINE T step_reach(T h) { return ScalarOf<T>(100) * h; }

// From the leftmost to the rightmost point of any sphere, relative to the root.
template <class T> struct Extent {
  T low, high;
};

template <class T> MYORUN_INLINE Extent<T> feet_extent(const Model<ScalarOf<T>>& m, T margin, const Evaluation<T>& e) {
  Extent<T> extent{splat<T>(ScalarOf<T>(1e6)), splat<T>(ScalarOf<T>(-1e6))};
  for (int i = 0; i < m.n_spheres; ++i) {
    extent.low = min<T>(e.sphere_x[i] - (m.spheres[i].radius + margin), extent.low);
    extent.high = max<T>(e.sphere_x[i] + (m.spheres[i].radius + margin), extent.high);
  }
  return extent;
}

// What every sphere may touch within the step, among the pieces below the feet of any lane.
template <class T>
MYORUN_INLINE void find_facings(const Model<ScalarOf<T>>& m, const Course<T>& course, T h, const Evaluation<T>& e,
                                Facings<T>* found) {
  const T margin = step_reach(h);
  const Extent<T> feet = feet_extent<T>(m, margin, e);
  const auto for_pieces = [&](auto f) MYORUN_LAMBDA {
    for (int j = 0; j < course.n_pieces; ++j) {
      const GroundPiece<T>& piece = course.pieces[j];
      if (!any((piece.low - e.root_x < feet.high) & (piece.high - e.root_x > feet.low))) continue;
      f(relative_piece<T>(piece, e.root_x, e.root_y));
    }
  };
  Sunk<T> spheres[max_spheres];
  for (int i = 0; i < m.n_spheres; ++i) {
    spheres[i] = {{e.sphere_x[i], e.sphere_y[i]}, splat<T>(m.spheres[i].radius), splat<T>(0)};
    found[i] = {far_away<T>(), far_away<T>()};
  }
  for_pieces([&](const GroundPiece<T>& piece) MYORUN_LAMBDA {
    for (int i = 0; i < m.n_spheres; ++i) spheres[i].lift = max<T>(lift_from<T>(piece, spheres[i]), spheres[i].lift);
  });
  for_pieces([&](const GroundPiece<T>& piece) MYORUN_LAMBDA {
    const bool corner = any(piece.corner > splat<T>(0));
    for (int i = 0; i < m.n_spheres; ++i) {
      found[i].add(face_piece<T>(piece, spheres[i]), -margin);
      if (corner) found[i].add(face_corner<T>(piece, spheres[i]), -margin);
    }
  });
}

// What the floor is like at x.
template <class T> struct Surface {
  T friction, stiffness;  // factors of the model's own
};

template <class T> MYORUN_INLINE Surface<T> surface_at(const Course<T>& course, T x) {
  using S = ScalarOf<T>;
  Surface<T> surface{splat<T>(1), splat<T>(1)};
  for (int k = 0; k < course.n_patches; ++k) {
    const T share = patch_share<T>(x, course.patch_start[k], course.patch_end[k]);
    surface.friction += share * (course.patch_friction[k] - S(1));
    surface.stiffness += share * (course.patch_stiffness[k] - S(1));
  }
  return {surface.friction * course.body[floor_friction], surface.stiffness * course.body[floor_stiffness]};
}

// One sphere against one part of the ground.
template <class T> struct Press {
  Facing<T> facing;
  T hertz;     // [N/m^1.5]
  T arm;       // from the sphere's centre to the contact [m]
  Vec<T> point;
  T opening;   // speed [m/s]
  T slip;      // along (normal.y, -normal.x) [m/s]
  T force;     // of this part alone, along the normal [N]
};

template <class T>
MYORUN_INLINE Press<T> press_on(const Model<ScalarOf<T>>& m, int i, const Facing<T>& facing, T stiffness,
                                const Evaluation<T>& e) {
  using S = ScalarOf<T>;
  const auto& s = m.spheres[i];
  const auto& contact = m.contacts[s.contact];
  const Vec<T> n = facing.normal;
  const T arm = s.radius - S(.5) * max<T>(facing.depth, splat<T>(0));
  const Vec<T> point{e.sphere_x[i] - arm * n.x, e.sphere_y[i] - arm * n.y};
  const Vec<T> velocity = velocity_at<T>(s.segment, point, e);
  // sphere and ground are equally stiff: k = k_0^(2/3) / 2
  const S k = contact.stiffness * S(0.35355339059327378);
  const T hertz = hertz_factor<T>(k * stiffness, splat<T>(s.radius));
  const T opening = velocity.x * n.x + velocity.y * n.y;
  const T slip = velocity.x * n.y - velocity.y * n.x;
  return {
      facing, hertz, arm, point, opening, slip, hunt_crossley<T>(hertz, facing.depth, -opening, contact.dissipation)};
}

// Adds what a part does of which the ground's force takes the share `normal`.
template <class T, bool implicit>
MYORUN_INLINE void add_press(const Model<ScalarOf<T>>& m, int i, const Press<T>& press, T normal, T friction, T h,
                             Evaluation<T>& e, Implicit<T>& out) {
  const auto& contact = m.contacts[m.spheres[i].contact];
  const Vec<T> n = press.facing.normal, along{n.y, -n.x};
  const T drag = normal * friction *
                 friction_drag<T>(press.slip, contact.static_friction, contact.dynamic_friction,
                                  contact.viscous_friction, contact.transition_velocity);
  const T pull = -drag * press.slip;
  e.contact_force_x[i] += normal * n.x + pull * along.x;
  e.contact_force_y[i] += normal * n.y + pull * along.y;
  e.contact_moment[i] += press.arm * pull;
  if constexpr (implicit) {
    T stiffness, damping;
    predict_contact<T>(press.hertz, press.facing.depth, press.opening, contact.dissipation, h, stiffness, damping);
    const int segment = m.spheres[i].segment;
    add_direction<T>(m, segment, press.point, n, stiffness, damping, e, out);
    add_direction<T>(m, segment, press.point, along, splat<T>(0), drag, e, out);
  }
}

// A sphere against the two parts it is deepest in.
template <class T> struct Tread {
  Press<T> first, second;
  T friction;       // factor of the model's own
  MaskOf<T> pulls;  // whether the first would pull
  bool near, near_second;
};

template <class T>
MYORUN_INLINE Tread<T> tread_on(const Model<ScalarOf<T>>& m, const Course<T>& course, int i, const Facings<T>& facings,
                                T h, const Evaluation<T>& e) {
  using S = ScalarOf<T>;
  const T zero = splat<T>(0), least = zero - step_reach(h);
  Tread<T> tread;
  tread.pulls = zero != zero;
  tread.near = any(facings.first.depth > least);
  if (!tread.near) return tread;
  const Surface<T> surface = surface_at<T>(course, e.root_x + e.sphere_x[i]);
  tread.friction = surface.friction;
  tread.first = press_on<T>(m, i, facings.first, surface.stiffness, e);
  tread.near_second = any(facings.second.depth > least);
  if (tread.near_second) tread.second = press_on<T>(m, i, facings.second, surface.stiffness, e);
  const T gain = S(1) - S(1.5) * m.contacts[m.spheres[i].contact].dissipation * tread.first.opening;
  tread.pulls = (facings.first.depth > zero) & (gain <= zero);
  return tread;
}

// `silent`: lanes in which an earlier contact of the element pulls.
template <class T, bool implicit>
MYORUN_INLINE void add_tread(const Model<ScalarOf<T>>& m, int i, const Tread<T>& tread, MaskOf<T> silent, T h,
                             Evaluation<T>& e, Implicit<T>& out) {
  const T zero = splat<T>(0);
  const T f1 = select<T>(silent, zero, tread.first.force);
  if (!tread.near_second) {
    add_press<T, implicit>(m, i, tread.first, f1, tread.friction, h, e, out);
    return;
  }
  const T f2 = select<T>(silent, zero, tread.second.force);
  const Vec<T> n1 = tread.first.facing.normal, n2 = tread.second.facing.normal;
  const Shares<T> shares = share_force<T>(f1, f2, n1.x * n2.x + n1.y * n2.y);
  add_press<T, implicit>(m, i, tread.first, shares.first, tread.friction, h, e, out);
  add_press<T, implicit>(m, i, tread.second, shares.second, tread.friction, h, e, out);
}

// One force element, with the quirk of calc_ground_contact: the limit of low steps and gentle slopes is flat ground.
template <class T, bool implicit>
MYORUN_INLINE void calc_uneven_contact(const Model<ScalarOf<T>>& m, const GroundContact<ScalarOf<T>>& contact,
                                       const Course<T>& course, const Facings<T>* facings, T h, Evaluation<T>& e,
                                       Implicit<T>& out) {
  Tread<T> treads[max_spheres];
  bool pulling = false;
  for (int k = 0; k < contact.n_members; ++k) {
    const int i = m.contact_members[contact.first_member + k];
    treads[k] = tread_on<T>(m, course, i, facings[i], h, e);
    pulling = pulling || any(treads[k].pulls);
  }
  Sweep<T> sweep;
  if (pulling) sweep = sweep_order<T>(m, contact, e);
  for (int k = 0; k < contact.n_members; ++k) {
    if (!treads[k].near) continue;
    auto silent = splat<T>(0) != splat<T>(0);
    for (int j = 0; pulling && j < contact.n_members; ++j) {
      if (j != k) silent = silent | (treads[j].pulls & (sweep.key[j] < sweep.key[k]));
    }
    add_tread<T, implicit>(m, m.contact_members[contact.first_member + k], treads[k], silent, h, e, out);
  }
}

// Lanes on flat ground keep what calc_ground_contact gave them, which gives nothing to those on uneven ground.
template <class T, bool implicit>
MYORUN_STAGE void calc_uneven_ground(const Model<ScalarOf<T>>& m, const Course<T>& course, T h, Evaluation<T>& e,
                                     Implicit<T>& out) {
  const T zero = splat<T>(0);
  const auto uneven = course.sunken > zero;
  Facings<T> facings[max_spheres];
  find_facings<T>(m, course, h, e, facings);
  T flat_x[max_spheres], flat_y[max_spheres];
  for (int i = 0; i < m.n_spheres; ++i) {
    flat_x[i] = e.contact_force_x[i];
    flat_y[i] = e.contact_force_y[i];
    e.contact_moment[i] = e.contact_force_x[i] = e.contact_force_y[i] = zero;
  }
  for (int c = 0; c < m.n_contacts; ++c) {
    calc_uneven_contact<T, implicit>(m, m.contacts[c], course, facings, h, e, out);
  }
  for (int i = 0; i < m.n_spheres; ++i) {
    e.contact_force_x[i] = select<T>(uneven, e.contact_force_x[i], flat_x[i]);
    e.contact_force_y[i] = select<T>(uneven, e.contact_force_y[i], flat_y[i]);
    e.contact_y[i] = select<T>(uneven, e.sphere_y[i], e.contact_y[i]);
  }
}

template <class T, bool implicit>
MYORUN_STAGE void calc_contacts(const Model<ScalarOf<T>>& m, const Course<T>& course, T h, Evaluation<T>& e,
                                Implicit<T>& out) {
  for (int i = 0; i < m.n_spheres; ++i) {
    const auto& s = m.spheres[i];
    const Vec<T> centre = place<T>(s.segment, splat<T>(s.x), splat<T>(s.y), e);
    e.sphere_x[i] = centre.x;
    e.sphere_y[i] = centre.y;
    e.contact_y[i] = splat<T>(0);
    e.contact_force_x[i] = e.contact_force_y[i] = splat<T>(0);
    e.obstacle_force_x[i] = e.obstacle_force_y[i] = splat<T>(0);
  }
  if constexpr (implicit) out.n_directions = 0;
  for (int c = 0; c < m.n_contacts; ++c) calc_ground_contact<T, implicit>(m, m.contacts[c], course, h, e, out);
  if (course.uneven) calc_uneven_ground<T, implicit>(m, course, h, e, out);
  calc_obstacles<T, implicit>(m, course, h, e, out);
}

}  // namespace MYORUN_ISA
}  // namespace myorun
