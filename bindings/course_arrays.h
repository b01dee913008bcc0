// Courses from and for Python.
#pragma once

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "generators.h"
#include "model_tables.h"

namespace myorun {

// Rows of the numbers of a part, under `name`.
template <class Part, int columns> std::vector<Part> parts_of(const nb::dict& arrays, const char* name) {
  static_assert(sizeof(Part) == columns * sizeof(double));
  using Array = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
  const Array rows = nb::cast<Array>(arrays[name]);
  if (rows.shape(1) != columns) throw std::invalid_argument(std::string(name) + " of the wrong size");
  std::vector<Part> parts(rows.shape(0));
  __builtin_memcpy(static_cast<void*>(parts.data()), rows.data(), rows.size() * sizeof(double));
  return parts;
}

// As Course.arrays() of myorun/course.py gives it.
inline CourseValue course_of(const nb::dict& arrays) {
  CourseValue course;
  course.balls = parts_of<Ball, 3>(arrays, "balls");
  course.steps = parts_of<Riser, 2>(arrays, "steps");
  course.slopes = parts_of<Slope, 3>(arrays, "slopes");
  course.patches = parts_of<Patch, 4>(arrays, "patches");
  const auto body = nb::cast<std::vector<double>>(arrays["body"]);
  if (body.size() != course.body.size()) throw std::invalid_argument("body of the wrong size");
  std::copy(body.begin(), body.end(), course.body.begin());
  course.noise = nb::cast<double>(arrays["noise"]);
  course.delay = nb::cast<int>(arrays["delay"]);
  return course;
}

template <class Part, int columns> nb::object rows_of(const std::vector<Part>& parts) {
  std::vector<std::vector<double>> rows;
  for (const Part& part : parts) {
    rows.emplace_back(columns);
    __builtin_memcpy(rows.back().data(), &part, sizeof(Part));
  }
  return nb::cast(rows);
}

inline nb::dict course_dict(const CourseValue& course) {
  nb::dict found;
  found["balls"] = rows_of<Ball, 3>(course.balls);
  found["steps"] = rows_of<Riser, 2>(course.steps);
  found["slopes"] = rows_of<Slope, 3>(course.slopes);
  found["patches"] = rows_of<Patch, 4>(course.patches);
  found["strengths"] = nb::cast(course.strengths);
  found["body"] = nb::cast(std::vector<double>(course.body.begin(), course.body.end()));
  found["noise"] = course.noise;
  found["delay"] = course.delay;
  return found;
}

inline std::vector<Range> ranges_of(nb::handle given) {
  std::vector<Range> ranges;
  for (const auto& [what, low, high] : nb::cast<std::vector<std::tuple<int, double, double>>>(given)) {
    ranges.push_back({what, low, high});
  }
  return ranges;
}

}  // namespace myorun
