// Courses from seeds, by the name of a generator; each name has one meaning for ever.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "course.h"
#include "draw.h"
#include "philox.h"

namespace myorun {

// The muscles that generators draw for, as myorun/course.py lists them.
constexpr int n_drawn_muscles = 18, drawn_psoas_right = 3, drawn_psoas_left = 12;

// What a course may be randomised in, as myorun/course.py lists it.
enum Randomised {
  random_strength,
  random_friction,
  random_stiffness,
  random_activation,
  random_deactivation,
  random_ball_radius,
  random_step_rise,
  random_slope_rise,
  random_patch_friction,
  random_patch_stiffness,  // factors
  random_load_mass,
  random_load_x,
  random_load_y,
  random_noise,
  random_delay,          // values
  n_randomised
};

struct Range {
  int what;
  double low, high;
};

struct CourseRule {
  std::string generator;
  double difficulty;
  int count;  // of the parts along the way
  std::vector<Range> ranges;
};

// `whole` with a share of difficulty d taken: 1 at d = 0, `whole` at d = 1, ever nearer to 0 beyond.
inline double eased(double whole, double d) { return 1.0 / (1.0 + d * (1.0 / whole - 1.0)); }

// Draws the parts of a course one after another.
class CourseDrawer {
 public:
  CourseDrawer(std::uint64_t seed, double difficulty)
      : draw_(seed, static_cast<std::uint64_t>(Stream::course)), d_(difficulty) {}

  void add_step(double gap_least, double gap_most) {
    x_ += draw_(gap_least, gap_most);
    const double size = draw_(0.03, 0.15), sign = draw_(-1.0, 1.0);
    if (d_ > 0.0) course.steps.push_back({x_, d_ * (sign < 0.0 ? -size : size)});
  }

  void add_patch(double gap_least, double gap_most) {
    x_ += draw_(gap_least, gap_most);
    const double length = draw_(0.5, 2.0), friction = draw_(0.05, 0.3), stiffness = draw_(0.2, 1.0);
    if (d_ > 0.0) course.patches.push_back({x_, x_ + length, eased(friction, d_), eased(stiffness, d_)});
    x_ += length;
  }

  void add_slope(double gap_least, double gap_most) {
    x_ += draw_(gap_least, gap_most);
    const double length = draw_(1.0, 3.0), grade = draw_(-0.15, 0.15);
    if (d_ > 0.0) course.slopes.push_back({x_, x_ + length, d_ * grade * length});
    x_ += length;
  }

  void add_ball(double gap_least, double gap_most) {
    x_ += draw_(gap_least, gap_most);
    const double radius = d_ * draw_(0.05, 0.15), height = draw_(-0.25, 0.25);
    if (radius > 0.0) course.balls.push_back({x_, ground_height(course, x_) + height * radius, radius});
    x_ += radius;
  }

  void add_part() {
    const double kind = draw_(0.0, 4.0);
    constexpr double least = 0.3, most = 1.2;
    if (kind < 1.0) return add_ball(least, most);
    if (kind < 2.0) return add_step(least, most);
    if (kind < 3.0) return add_slope(least, most);
    add_patch(least, most);
  }

  void weaken() {
    course.strengths.resize(n_drawn_muscles);
    for (double& strength : course.strengths) strength = eased(draw_(0.5, 1.0), d_);
    course.body[activation_factor] = 1.0 + d_ * draw_(0.0, 0.5);
    course.body[deactivation_factor] = 1.0 + d_ * draw_(0.0, 0.5);
    course.noise = 0.1 * d_;
  }

  void burden() {
    course.body[load_mass] = d_ * draw_(0.0, 15.0);
    course.body[load_x] = -0.2;
    course.body[load_y] = 0.25;
    course.delay = static_cast<int>(d_ * draw_(0.0, 4.0) + 0.5);
  }

  void start_between(double least, double most) { x_ = draw_(least, most); }

  CourseValue course;

 private:
  Uniform draw_;
  double d_;
  double x_ = 0.0;  // how far the course reaches [m]
};

inline CourseValue draw_2017_value(std::uint64_t seed, const CourseRule& rule) {
  const DrawnCourse drawn = draw_course(seed, static_cast<int>(rule.difficulty), rule.count);
  CourseValue course;
  course.balls = drawn.balls;
  if (rule.difficulty >= 2.0) {
    course.strengths.assign(n_drawn_muscles, 1.0);
    course.strengths[drawn_psoas_right] = drawn.strength_right;
    course.strengths[drawn_psoas_left] = drawn.strength_left;
  }
  return course;
}

inline CourseValue draw_named(std::uint64_t seed, const CourseRule& rule) {
  if (rule.generator == "2017") return draw_2017_value(seed, rule);
  CourseDrawer drawer(seed, rule.difficulty);
  const auto repeat = [&](auto add) {
    drawer.start_between(0.8, 1.6);
    for (int k = 0; k < rule.count; ++k) add();
  };
  if (rule.generator == "steps-1") {
    repeat([&] { drawer.add_step(0.4, 2.0); });
  } else if (rule.generator == "ice-1") {
    repeat([&] { drawer.add_patch(0.3, 1.5); });
  } else if (rule.generator == "weakness-1") {
    drawer.weaken();
  } else if (rule.generator == "everything-1") {
    drawer.weaken();
    drawer.burden();
    repeat([&] { drawer.add_part(); });
  } else {
    throw std::invalid_argument("no generator " + rule.generator);
  }
  return std::move(drawer.course);
}

// Each parameter has a stream of its own: what is drawn for one does not depend on what else is randomised.
inline void randomise(std::uint64_t seed, const Range& range, CourseValue& course) {
  Uniform uniform(seed, static_cast<std::uint64_t>(Stream::randomised) + static_cast<std::uint64_t>(range.what));
  const auto draw = [&] { return uniform(range.low, range.high); };
  auto& body = course.body;
  switch (range.what) {
    case random_strength:
      course.strengths.resize(n_drawn_muscles, 1.0);
      for (double& strength : course.strengths) strength *= draw();
      break;
    case random_friction:
      body[floor_friction] *= draw();
      break;
    case random_stiffness:
      body[floor_stiffness] *= draw();
      break;
    case random_activation:
      body[activation_factor] *= draw();
      break;
    case random_deactivation:
      body[deactivation_factor] *= draw();
      break;
    case random_ball_radius:
      for (Ball& ball : course.balls) ball.radius *= draw();
      break;
    case random_step_rise:
      for (Riser& step : course.steps) step.rise *= draw();
      break;
    case random_slope_rise:
      for (Slope& slope : course.slopes) slope.rise *= draw();
      break;
    case random_patch_friction:
      for (Patch& patch : course.patches) patch.friction *= draw();
      break;
    case random_patch_stiffness:
      for (Patch& patch : course.patches) patch.stiffness *= draw();
      break;
    case random_load_mass:
      body[load_mass] = draw();
      break;
    case random_load_x:
      body[load_x] = draw();
      break;
    case random_load_y:
      body[load_y] = draw();
      break;
    case random_noise:
      course.noise = draw();
      break;
    case random_delay:
      course.delay = static_cast<int>(uniform(range.low, range.high + 1.0));
      break;
    default:
      throw std::invalid_argument("no such parameter to randomise");
  }
}

inline CourseValue draw_value(std::uint64_t seed, const CourseRule& rule) {
  CourseValue course = draw_named(seed, rule);
  for (const Range& range : rule.ranges) randomise(seed, range, course);
  return course;
}

// What a rule's courses may hold at most.
struct Capacity {
  int balls, pieces, patches, parts, delay;
};

inline Capacity capacity_of(const CourseRule& rule) {
  const bool plain = rule.generator == "2017";
  bool floor = !plain && rule.generator != "weakness-1";
  int delay = rule.generator == "everything-1" ? static_cast<int>(rule.difficulty * 4.0 + 1.0) : 0;
  for (const Range& range : rule.ranges) {
    floor = floor || range.what == random_friction || range.what == random_stiffness;
    if (range.what == random_delay) delay = static_cast<int>(range.high);
  }
  const int n = rule.count;
  return {n, floor ? 2 * n + 2 : 0, floor ? n : 0, n, delay};
}

}  // namespace myorun
