// What changes: the state, the course, and everything that one evaluation of the derivative writes.
#pragma once

#include "model.h"
#include "number.h"

namespace myorun {
inline namespace MYORUN_ISA {

// The state of one environment, or of one a lane.
template <class T> struct State {
  T q[max_coordinates];  // coordinates            [rad, m]
  T u[max_coordinates];  // speeds                 [rad/s, m/s]
  T a[max_muscles];      // activations            [0..1]
  T l[max_muscles];      // fiber lengths          [m]
};

// The derivative of a State with respect to time, in the same layout.
template <class T> using Rate = State<T>;

// A straight piece of uneven ground: the points (x, y) + s along, s within [from, to], the ground to the right of
// `along`. Where `corner` is not 0, a convex corner lies at (x, y), behind a piece of direction `before`.
template <class T> struct GroundPiece {
  T x, y;                // [m]
  T along_x, along_y;    // of length 1
  T before_x, before_y;  // of length 1
  T from, to;            // [m]
  T corner;
  T low, high;                // from where to where it lies in x [m]
  T low_y, low_beyond;        // heights of its left end and of what is left of that: other where a face stands there
  T high_y, high_beyond;      // heights of its right end and of what is right of that [m]
  T inverse_along_x;          // 0: an upright face, from low_y on its left to high_y on its right
};

constexpr int n_piece_numbers = 16, n_patch_numbers = 4;

// Factors of the muscles' time constants, the load on the trunk, and factors of the whole floor's friction and
// stiffness.
enum BodyNumber {
  activation_factor,
  deactivation_factor,
  load_mass,
  load_x,
  load_y,
  floor_friction,
  floor_stiffness,
  n_body_numbers
};

// What ground and body have in store: the balls that may be met, the ground, the muscles' strengths and the load.
template <class T> struct Course {
  T obstacle_x[max_obstacles];     // centre               [m]
  T obstacle_y[max_obstacles];     //                      [m]
  T obstacle_r[max_obstacles];     // radius               [m]
  T strength[max_muscles];         // factor of the maximum isometric force
  int n_obstacles;                 // in use in any lane; other lanes' lie far away

  bool uneven;                     // whether the ground of any lane is; else nothing below matters but `body`
  T sunken;                        // depth of the flat floor that an uneven one replaces; 0: the floor is flat [m]
  GroundPiece<T> pieces[max_pieces];
  T patch_start[max_patches];      // [m]
  T patch_end[max_patches];
  T patch_friction[max_patches];   // factors of the model's own
  T patch_stiffness[max_patches];
  int n_pieces, n_patches;

  bool loaded;                     // whether any lane carries a load
  T body[n_body_numbers];          // factors; the load's mass [kg] and place in the trunk's segment [m]
};

// What the integrator treats implicitly: springs and dampers, as sums of coefficient * J J^T over
// directions J and a diagonal, and how fibre velocities answer.
template <class T> struct Implicit {
  static constexpr int max_directions = 8 * max_spheres;
  int n_directions;
  int last_coordinate[max_directions];        // J is non-zero from here towards the ground
  T stiffness[max_directions];                // [N/m]
  T damping[max_directions];                  // [N s/m]
  T jacobian[max_directions][max_coordinates];
  bool taut;                                  // whether any ligament is; else the next two are unset
  T limit_stiffness[max_coordinates];         // [N m/rad]
  T limit_damping[max_coordinates];           // [N m s/rad]
  T fiber_by_length[max_muscles];      // d(dl/dt)/dl, never positive      [1/s]
  T fiber_by_path[max_muscles];        // d(dl/dt)/d(path length)         [1/s]
  T fiber_by_activation[max_muscles];  // d(dl/dt)/da                     [m/s]
};

// Everything an evaluation computes, by the stage that writes it. World axes; positions are relative
// to the root (the origin of the first segment) so that a runner far from the start loses no digits.
template <class T> struct Evaluation {
  // functions.h
  T function_value[max_functions];
  T function_slope[max_functions];      // d/dq
  T function_curvature[max_functions];  // d2/dq2

  // kinematics.h
  T root_x, root_y;                     // the root in the world                 [m]
  T cos[max_segments];                  // of the segment's angle
  T sin[max_segments];
  T angle[max_segments];                // [rad]
  T origin_x[max_segments];             // relative to the root                  [m]
  T origin_y[max_segments];
  T omega[max_segments];                // angular velocity                      [rad/s]
  T velocity_x[max_segments];           // of the origin                         [m/s]
  T velocity_y[max_segments];
  T alpha[max_segments];                // angular acceleration at the udot given [rad/s^2]
  T acceleration_x[max_segments];       // of the origin                         [m/s^2]
  T acceleration_y[max_segments];
  T axis_rotation[max_coordinates];     // twist of the coordinate about the root: rotation,
  T axis_x[max_coordinates];            // and velocity of the point at the root
  T axis_y[max_coordinates];

  // path.h
  T point_x[max_points];    // relative to the root                  [m]
  T point_y[max_points];
  T direction_x[max_path_segments];     // from a to b, in the plane; 0 where the segment is off
  T direction_y[max_path_segments];
  MaskOf<T> condition[max_conditions];  // which conditional points are on: by lanes,
  std::uint64_t conditions;             // or as bits where there is one environment
  T length[max_muscles];    // musculotendon length                  [m]
  T lengthening[max_muscles];  // musculotendon velocity             [m/s]
  T length_slope[max_spans];            // d length / dq                         [m/rad]

  // activation.h, muscle.h
  T fiber_along[max_muscles];     // fibre length along the tendon [m]
  T tendon_force[max_muscles];    // [N]
  T fiber_force[max_muscles];     // active + passive, along the fibre [N]
  T passive_force[max_muscles];   // along the fibre                 [N]

  // contact_stage.h
  T sphere_x[max_spheres];              // centre, relative to the root          [m]
  T sphere_y[max_spheres];
  T contact_y[max_spheres];             // height of the contact point, likewise [m]
  T contact_force_x[max_spheres];       // of the ground on the sphere           [N]
  T contact_force_y[max_spheres];
  T obstacle_force_x[max_spheres];      // of all obstacles on the sphere        [N]
  T obstacle_force_y[max_spheres];
  T contact_moment[max_spheres];        // of uneven ground, about the sphere's centre [N m]

  // limit.h
  T limit_torque[max_limits];           // [N m]

  // dynamics.h
  T com_x[max_segments];                // centre of mass, relative to the root  [m]
  T com_y[max_segments];
  T load_x, load_y;                     // the load, likewise
  T wrench_x[max_segments];             // applied minus inertial force          [N]
  T wrench_y[max_segments];
  T wrench_moment[max_segments];        // about the root                        [N m]
  T force[max_coordinates];             // generalized force left over by M udot
};

// A symmetric matrix over the coordinates: lower triangle, non-zero along each coordinate's parents.
template <class T> struct Matrix {
  T at[max_coordinates][max_coordinates];
};

}  // namespace MYORUN_ISA
}  // namespace myorun
