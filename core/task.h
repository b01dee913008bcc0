// Learning to run, as numbers: the rules of a task, and what it keeps of every human.
#pragma once

#include "simulate.h"

namespace myorun {

// What a human is told of its course, beside the named quantities.
enum CourseNumber { strength_left, strength_right, obstacle_dx, obstacle_y, obstacle_radius, n_course_numbers };

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
  bool restart_at_once;                        // an episode that ends gives way to the next in the same step
  void (*restart)(void* context, int human);   // lays a new course and puts the human at its start
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
};

}  // namespace myorun
