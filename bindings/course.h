// A course as numbers (myorun/course.py), the line of its ground, and its parts as they are told.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
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

// What lies to the right of the line from one corner to the next. A floor goes on behind a face that rises from it.
inline PieceRow piece_between(GroundPoint from, GroundPoint to, const PieceRow& before, double left, double right) {
  constexpr double behind = 0.1;  // m
  const double dx = to.x - from.x, dy = to.y - from.y, length = std::sqrt(dx * dx + dy * dy);
  const double along_x = dx / length, along_y = dy / length;
  const bool convex = before[2] * along_y - before[3] * along_x < -1e-9;
  const bool upright = dx == 0.0;
  return {from.x,
          from.y,
          along_x,
          along_y,
          before[2],
          before[3],
          !upright && left > from.y ? -behind : 0.0,
          !upright && right > to.y ? length + behind : length,
          convex ? 1.0 : 0.0,
          from.x,
          to.x,
          from.y,
          left,
          to.y,
          right,
          upright ? 0.0 : 1.0 / along_x};
}

// The line of the ground from end to end; both ends are level and go on for ever.
inline std::vector<PieceRow> ground_pieces(const CourseValue& course) {
  constexpr double endless = 1e6;
  std::vector<GroundPoint> points = ground_points(course);
  if (points.empty()) points.push_back({0.0, 0.0});
  const auto height_beyond = [&](std::size_t k, int step) {  // across a face that stands at point k
    const std::size_t next = k + static_cast<std::size_t>(step);
    return next < points.size() && points[next].x == points[k].x ? points[next].y : points[k].y;
  };
  const GroundPoint first = points.front(), last = points.back();
  std::vector<PieceRow> pieces;
  // anchored at the first corner: single precision knows no place a thousand kilometres away
  pieces.push_back({first.x, first.y, 1.0, 0.0, 1.0, 0.0, -endless, height_beyond(0, 1) > first.y ? 0.1 : 0.0, 0.0,
                    -endless, first.x, first.y, first.y, first.y, height_beyond(0, 1), 1.0});
  for (std::size_t k = 0; k + 1 < points.size(); ++k) {
    pieces.push_back(
        piece_between(points[k], points[k + 1], pieces.back(), height_beyond(k, -1), height_beyond(k + 1, 1)));
  }
  const std::size_t k = points.size() - 1;
  PieceRow end = piece_between(last, {last.x + 1.0, last.y}, pieces.back(), height_beyond(k, -1), last.y);
  end[7] = end[10] = endless;
  pieces.push_back(end);
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
