// Learning to run, as numbers: the rules of a task, and what it keeps of every human.
#pragma once

#include "simulate.h"

namespace myorun {

// What is told of a part of the course ahead, and of how many.
enum AheadNumber {
  ahead_kind,
  ahead_distance,
  ahead_length,
  ahead_height,
  ahead_friction,
  ahead_stiffness,
  n_ahead_numbers
};
constexpr int max_ahead = 3;

// What a human is told of its course, beside the named quantities.
enum CourseNumber {
  strength_left,
  strength_right,
  obstacle_dx,
  obstacle_y,
  obstacle_radius,
  first_ahead,  // AheadNumbers of the next parts
  n_course_numbers = first_ahead + max_ahead * n_ahead_numbers
};

// The parts of a course by where they end: kind, start, end, height, friction, stiffness of each. Kind 0: no part.
enum PartNumber { part_kind, part_start, part_end, part_height, part_friction, part_stiffness, n_part_numbers };

// The rules. Values are the named quantities in their flat array (report.h).
template <class S> struct Task {
  S fall_height;      // of the pelvis; an episode ends below it             [m]
  S ligament_weight;  // of the ligaments' torques in the reward             [m/(N m)]
  S failure_reward;   // of a step that could not be simulated
  int max_steps;      // an episode is cut off there; 0: never
  int pelvis_x, pelvis_y;               // which values
  int limit_torques, n_limit_torques;   // the first of them, and how many
  int n_observed;
  const int* observed;  // which value; or, from n_values on, which course number
  int n_values;         // that have to be computed
  bool forces;          // whether some of them need the forces
  bool ahead;           // whether the parts of the course ahead are told
  bool restart_at_once;                        // an episode that ends gives way to the next in the same step
  void (*restart)(void* context, int human);   // lays a new course and puts the human at its start
  void (*set_off)(void* context, int human);   // before a human's step; may be null
  void* context;
};

// One entry, or one row, a human.
template <class S> struct Episodes {
  S* observations;
  S* final_observations;  // of the episodes that ended in the latest step
  S* rewards;
  S* forward;             // the two terms of the reward
  S* ligaments;
  S* distances;           // of the pelvis after the latest step               [m]
  std::uint8_t* terminated;
  std::uint8_t* truncated;
  std::uint8_t* failed;   // the latest step could not be simulated
  std::int32_t* steps;    // so far in the episode
  S* positions;           // of the pelvis, where the next step begins         [m]
  const S* told;          // strength_left, strength_right
  const S* parts;         // n_parts rows of PartNumbers, by their ends
  int n_parts;
  const std::int32_t* delays;  // of what is observed [steps], at most n_past
  S* past;                // the latest n_past observations: that of step n lies in slot n mod delay
  int n_past;
};

}  // namespace myorun
