// A course as numbers (myorun/course.py), the line of its ground, and its parts as they are told.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <vector>

#include "task.h"

namespace myorun {

struct Ball {
  double x, y, radius;  // [m]
  auto operator<=>(const Ball&) const = default;
};
struct Riser {
  double x, rise;  // [m]
  auto operator<=>(const Riser&) const = default;
};
struct Slope {
  double start, end, rise;  // [m]
  auto operator<=>(const Slope&) const = default;
};
struct Patch {
  double start, end;           // [m]
  double friction, stiffness;  // factors of the floor's own
  auto operator<=>(const Patch&) const = default;
};

struct CourseValue {
  std::vector<Ball> balls;  // all in the order of x
  std::vector<Riser> steps;
  std::vector<Slope> slopes;
  std::vector<Patch> patches;
  std::vector<double> strengths;  // of the drawn muscles
  std::array<double, n_body_numbers> body{1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0};
  double noise = 0.0;
  int delay = 0;  // [steps]

  bool has_uneven_ground() const {
    return !steps.empty() || !slopes.empty() || !patches.empty() || body[floor_friction] != 1.0 ||
           body[floor_stiffness] != 1.0;
  }
};

// The height that the ground has risen to, from far behind to x; a step at x counts from there on, or not yet.
inline double risen(const CourseValue& course, double x, bool with_step = true) {
  double height = 0.0;
  for (const Riser& step : course.steps) {
    if (step.x < x || (with_step && step.x == x)) height += step.rise;
  }
  for (const Slope& slope : course.slopes) {
    const double share = std::clamp((x - slope.start) / (slope.end - slope.start), 0.0, 1.0);
    height += slope.rise * share;
  }
  return height;
}

// The ground's height at x; that at the start, x = 0, is 0.
inline double ground_height(const CourseValue& course, double x) { return risen(course, x) - risen(course, 0.0); }

struct GroundPoint {
  double x, y;
};

// Where the line of the ground bends.
inline std::vector<GroundPoint> ground_points(const CourseValue& course) {
  std::vector<double> xs;
  for (const Riser& step : course.steps) xs.push_back(step.x);
  for (const Slope& slope : course.slopes) xs.insert(xs.end(), {slope.start, slope.end});
  std::sort(xs.begin(), xs.end());
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
  const double start = risen(course, 0.0);
  std::vector<GroundPoint> points;
  for (double x : xs) {
    const double before = risen(course, x, false) - start, after = risen(course, x) - start;
    points.push_back({x, before});
    if (after != before) points.push_back({x, after});
  }
  return points;
}

using PieceRow = std::array<double, n_piece_numbers>;

// The line of the ground from end to end; both ends are level and go on for ever.
inline std::vector<PieceRow> ground_pieces(const CourseValue& course) {
  constexpr double endless = 1e9, far = 1e6;
  const std::vector<GroundPoint> points = ground_points(course);
  if (points.empty()) return {{0.0, 0.0, 1.0, 0.0, 1.0, 0.0, -endless, endless, 0.0, -far, far}};
  std::vector<PieceRow> pieces{{points[0].x, points[0].y, 1.0, 0.0, 1.0, 0.0, -endless, 0.0, 0.0, -far, points[0].x}};
  for (std::size_t k = 0; k < points.size(); ++k) {
    const bool last = k + 1 == points.size();
    const GroundPoint from = points[k], to = last ? GroundPoint{from.x + 1.0, from.y} : points[k + 1];
    const double dx = to.x - from.x, dy = to.y - from.y, length = std::sqrt(dx * dx + dy * dy);
    const double along_x = dx / length, along_y = dy / length;
    const double before_x = pieces.back()[2], before_y = pieces.back()[3];
    const bool convex = before_x * along_y - before_y * along_x < -1e-9;
    pieces.push_back({from.x, from.y, along_x, along_y, before_x, before_y, 0.0, last ? endless : length,
                      convex ? 1.0 : 0.0, from.x, last ? far : to.x});
  }
  return pieces;
}

enum class PartKind { none, ball, step, slope, patch };
using PartRow = std::array<double, n_part_numbers>;

// The parts in the order in which they begin.
inline std::vector<PartRow> course_parts(const CourseValue& course) {
  std::vector<PartRow> parts;
  const auto add = [&](PartKind kind, double start, double end, double height, double friction, double stiffness) {
    parts.push_back({static_cast<double>(kind), start, end, height, friction, stiffness});
  };
  for (const Ball& b : course.balls) {
    add(PartKind::ball, b.x - b.radius, b.x + b.radius, b.y + b.radius - ground_height(course, b.x), 1.0, 1.0);
  }
  for (const Riser& s : course.steps) add(PartKind::step, s.x, s.x, s.rise, 1.0, 1.0);
  for (const Slope& s : course.slopes) add(PartKind::slope, s.start, s.end, s.rise, 1.0, 1.0);
  for (const Patch& p : course.patches) add(PartKind::patch, p.start, p.end, 0.0, p.friction, p.stiffness);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const PartRow& a, const PartRow& b) { return a[part_start] < b[part_start]; });
  return parts;
}

}  // namespace myorun
