// The anatomy as flat tables: what the physics reads and never writes.
//
// Built from a myorun.anatomy.Model by myorun/physics/tables.py, which welds bodies together, turns
// splines into cubic pieces and lists for every muscle the straight segments of its path. S is the
// scalar type; lanes of environments share one table.
#pragma once

#include <cstdint>

namespace myorun {

// Fixed sizes keep the step free of allocation. A larger planar model needs these numbers raised.
constexpr int max_coordinates = 24;
constexpr int max_segments = 24;
constexpr int max_muscles = 96;
constexpr int max_spans = 256;
constexpr int max_points = 384;
constexpr int max_path_segments = 256;
constexpr int max_conditions = 64;
constexpr int max_functions = 48;
constexpr int max_spheres = 16;
constexpr int max_limits = 24;
constexpr int max_obstacles = 64;
constexpr int max_pieces = 64;   // of uneven ground
constexpr int max_patches = 20;
constexpr int max_values = 4096;  // of all named quantities
constexpr int none = -1;

// What a joint motion depends on: function(coordinate), or slope * coordinate + intercept.
struct MotionShape {
  int coordinate;  // none: constant
  int function;    // none: linear
  bool operator==(const MotionShape&) const = default;
};

template <class S> struct Motion {
  S slope;      // rad or m per unit of the coordinate
  S intercept;  // rad or m
};

// How a segment hangs in the tree.
struct SegmentShape {
  int parent;            // none: the ground
  int first_coordinate;  // coordinates of the joint: [first, last)
  int last_coordinate;
  MotionShape x, y, rotation;
  bool operator==(const SegmentShape&) const = default;
};

// Bodies that are welded together, moved by one joint. Parents come before children.
template <class S> struct Segment {
  SegmentShape shape;
  S joint_x, joint_y;    // joint frame in the parent segment [m]
  S x_axis_x, x_axis_y;  // direction of the x motion in the parent segment
  S y_axis_x, y_axis_y;  // direction of the y motion in the parent segment
  Motion<S> x_motion;    // [m]
  Motion<S> y_motion;    // [m]
  Motion<S> rotation;    // [rad]
  S mass;                // [kg]
  S com_x, com_y;        // centre of mass in the segment frame [m]
  S inertia;             // about the centre of mass, about z [kg m^2]
};

struct Coordinate {
  int segment;  // the segment whose joint it moves
  int parent;   // the next coordinate towards the ground, or none
  bool operator==(const Coordinate&) const = default;
};

constexpr int n_spline_coefficients = 7;

// All functions of one coordinate on their common knots: value and slope as cubic and quadratic.
//   value = c0 + d (c1 + d (c2 + d c3)),  slope = s0 + d (s1 + d s2),  d = q - base
// Slope has coefficients of its own because a moving path point's location and derivative treat a
// coordinate outside its range differently (docs/physics.md, Moving points).
template <class S> struct FunctionGroup {
  int coordinate;
  int first_function, n_functions;
  int n_pieces;
  int padded_functions, padded_pieces;  // to whole packs and registers
  const S* knots;         // n_pieces - 1 inner boundaries, increasing
  const S* bases;         // n_pieces
  const S* coefficients;  // n_pieces x 7 x padded_functions, the seven being c0 c1 c2 c3 s0 s1 s2
  const S* base_column;   // padded_pieces
  const S* columns;       // n_functions x 7 x padded_pieces
  S bucket_start, bucket_scale;
  const int* buckets;
};

// Path points of one segment; locations lie in Model::point_x and point_y. Padded to packs.
struct PointGroup {
  int segment;  // none: the ground
  int first, last;
  int first_sliding, last_sliding;  // into Model::sliding_points
};

// A path point that slides along its segment with a coordinate.
struct SlidingPoint {
  int point;
  int segment;
  int function_x, function_y;  // none: stays where Model::point_x or point_y says
};

template <class S> struct Condition {
  int coordinate;
  S low, high;  // on while low <= q <= high [rad]
};

// A literal holds while its condition is on (wanted = 1) or off (wanted = 0).
struct Literal {
  int condition;
  int wanted;
};

// Literals that must hold together: as a list for lanes, as bits of conditions for one environment.
struct Literals {
  std::uint64_t involved, wanted;
  int first, n;
};

// A straight piece of a muscle path between points on different segments.
template <class S> struct PathSegment {
  int muscle;
  int a, b;           // points
  S dz2;              // squared out-of-plane distance [m^2]
  Literals literals;
  int first_term, n_terms;
};

// A coordinate that moves one end of a path segment and not the other: sign +1 for the end b, -1 for a.
template <class S> struct PathTerm {
  int span;
  int coordinate;
  S sign;
};

// An end of a path segment that slides, by the same rule.
template <class S> struct SlidingTerm {
  int path_segment;
  int span;
  int sliding_point;
  S sign;
};

// A piece of a muscle path within one segment: a constant length, there while its literals hold.
template <class S> struct ConstantPiece {
  int muscle;
  S length;  // [m]
  Literals literals;
};

// A muscle and a coordinate its path crosses.
struct Span {
  int muscle;
  int coordinate;
};

// Thelen muscle parameters, one array a parameter, padded to a multiple of 4 with a copy of the last.
template <class S> struct MuscleParameters {
  const S* max_force;           // [N]
  const S* optimal_length;      // [m]
  const S* inverse_optimal;     // 1 / optimal_length
  const S* height;              // of the fibre parallelogram, optimal_length sin(pennation) [m]
  const S* min_length;          // fibre length at the largest pennation [m]
  const S* tendon_slack;        // [m]
  const S* inverse_slack;       // 1 / tendon_slack
  const S* toe_strain;          // where the tendon curve becomes linear
  const S* toe_exponent;        // 3 / toe_strain
  const S* toe_scale;           // .33 / (e^3 - 1)
  const S* linear_stiffness;    // of the normalised tendon force per strain
  const S* active_sharpness;    // 1 / width of the Gaussian
  const S* passive_exponent;    // K_pas / e_M
  const S* passive_scale;       // 1 / (e^K_pas - 1)
  const S* max_velocity;        // [m/s]
  const S* inverse_af;          // 1 / A_f
  const S* lengthening_limit;   // F_len
  const S* lengthening_scale;   // (2 + 2/A_f) / (F_len - 1)
  const S* extrapolation_start; // y from which force-velocity is linear
  const S* extrapolation_value; // v/G there
  const S* extrapolation_slope; // d(v/G)/dy there
  const S* min_activation;
  const S* activation_time;     // [s]
  const S* deactivation_time;   // [s]
  const S* base_length;         // constant part of the path [m]
};

template <class S> struct Sphere {
  int segment;
  int contact;                  // ground contact element it belongs to, or none
  S x, y, z;                    // centre in the segment frame [m]
  S radius;                     // [m]
};

template <class S> struct GroundContact {
  int first_member, n_members;  // into contact_members
  S stiffness;                  // k of Hunt and Crossley [Pa]
  S dissipation;                // [s/m]
  S static_friction, dynamic_friction, viscous_friction;
  S transition_velocity;        // [m/s]
};

template <class S> struct Limit {
  int coordinate;                       // none: locked
  S upper, lower;                       // [rad]
  S upper_stiffness, lower_stiffness;   // [N m/rad]
  S damping;                            // [N m s/rad]
  S inverse_transition;                 // [1/rad]
};

// A named body of the anatomy: where it is in its segment.
template <class S> struct Frame {
  int segment;
  S x, y, angle;
};

template <class S> struct Model {
  int n_coordinates, n_segments, n_muscles, n_spans, n_conditions, n_path_segments, n_constant_pieces;
  int n_point_groups, n_sliding_points, n_sliding_terms;
  int n_groups, n_functions, n_spheres, n_contacts, n_limits, n_frames;
  S gravity_x, gravity_y;  // [m/s^2]
  S total_mass;            // [kg]
  S reach;                 // no sphere is ever farther from the root [m]
  int trunk;               // the frame that carries a load, or none
  const Segment<S>* segments;
  const Coordinate* coordinates;
  const FunctionGroup<S>* groups;
  const PointGroup* point_groups;
  const S* point_x;  // in the segment frame [m]
  const S* point_y;
  const SlidingPoint* sliding_points;
  const Condition<S>* conditions;
  const Literal* literals;
  const PathSegment<S>* path_segments;
  const PathTerm<S>* path_terms;
  const SlidingTerm<S>* sliding_terms;
  const ConstantPiece<S>* constant_pieces;
  const Span* spans;         // by muscle
  MuscleParameters<S> muscles;
  const Sphere<S>* spheres;
  const GroundContact<S>* contacts;
  const int* contact_members;
  const Limit<S>* limits;
  const Frame<S>* frames;
  const S* default_coordinates;
  const S* default_activations;
  const S* default_fiber_lengths;
};

}  // namespace myorun
