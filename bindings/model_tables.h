// A Model over tables that Python has laid out in memory (myorun/physics/tables.py).
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"

namespace myorun {

namespace nb = nanobind;
using Bytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Copies byte arrays by name and hands them out as typed tables; sizes are checked.
class TableStore {
 public:
  explicit TableStore(const nb::dict& tables) {
    for (const auto& [key, value] : tables) {
      const Bytes bytes = nb::cast<Bytes>(value);
      auto& blob = blobs_[nb::cast<std::string>(key)];
      blob.size = bytes.size();
      blob.memory.resize(bytes.size() / sizeof(Line) + 1);
      __builtin_memcpy(blob.memory.data(), bytes.data(), bytes.size());
    }
  }

  template <class Row> const Row* rows(const std::string& name, int n) const {
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) throw std::invalid_argument("missing table " + name);
    if (found->second.size != sizeof(Row) * static_cast<std::size_t>(n)) {
      throw std::invalid_argument("table " + name + " has " + std::to_string(found->second.size) + " bytes, expected " +
                                  std::to_string(sizeof(Row) * static_cast<std::size_t>(n)));
    }
    return reinterpret_cast<const Row*>(found->second.memory.data());
  }

  template <class Row> const Row* all_rows(const std::string& name) const { return rows<Row>(name, count<Row>(name)); }

  template <class Row> int count(const std::string& name) const {
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) throw std::invalid_argument("missing table " + name);
    return static_cast<int>(found->second.size / sizeof(Row));
  }

 private:
  struct alignas(64) Line {
    std::uint8_t bytes[64];
  };
  struct Blob {
    std::size_t size = 0;
    std::vector<Line> memory;
  };
  std::map<std::string, Blob> blobs_;
};

inline void require_capacity(const char* what, int n, int capacity) {
  if (n > capacity) {
    throw std::length_error("the model has " + std::to_string(n) + " " + what + "; the core holds " +
                            std::to_string(capacity));
  }
}

template <class S> class ModelTables {
 public:
  explicit ModelTables(const nb::dict& tables) : store_(tables) {
    count();
    link_skeleton();
    link_muscles();
    link_forces();
  }
  ModelTables(const ModelTables&) = delete;

  const Model<S>& model() const { return model_; }

 private:
  void count() {
    Model<S>& m = model_;
    m.n_coordinates = store_.template count<Coordinate>("coordinates");
    m.n_segments = store_.template count<Segment<S>>("segments");
    m.n_muscles = store_.template count<std::int32_t>("muscle_index");
    m.n_spans = store_.template count<Span>("spans");
    m.n_point_groups = store_.template count<PointGroup>("point_groups");
    m.n_sliding_points = store_.template count<SlidingPoint>("sliding_points");
    m.n_sliding_terms = store_.template count<SlidingTerm<S>>("sliding_terms");
    m.n_conditions = store_.template count<Condition<S>>("conditions");
    m.n_path_segments = store_.template count<PathSegment<S>>("path_segments");
    m.n_constant_pieces = store_.template count<ConstantPiece<S>>("constant_pieces");
    m.n_spheres = store_.template count<Sphere<S>>("spheres");
    m.n_contacts = store_.template count<GroundContact<S>>("contacts");
    m.n_limits = store_.template count<Limit<S>>("limits");
    m.n_frames = store_.template count<Frame<S>>("frames");
    require_capacity("coordinates", m.n_coordinates, max_coordinates);
    require_capacity("moving bodies", m.n_segments, max_segments);
    require_capacity("muscles", m.n_muscles + 7, max_muscles);
    require_capacity("muscle-coordinate pairs", m.n_spans, max_spans);
    require_capacity("path points", store_.template count<S>("point_x"), max_points);
    require_capacity("muscle path segments", m.n_path_segments, max_path_segments);
    require_capacity("conditional points", m.n_conditions, max_conditions);
    require_capacity("contact spheres", m.n_spheres, max_spheres);
    require_capacity("ligaments", m.n_limits, max_limits);
    require_capacity("bodies", m.n_frames, 64);
  }

  void link_skeleton() {
    Model<S>& m = model_;
    const S* constants = store_.template rows<S>("constants", 4);
    m.gravity_x = constants[0];
    m.gravity_y = constants[1];
    m.total_mass = constants[2];
    m.reach = constants[3];
    m.trunk = *store_.template rows<std::int32_t>("trunk", 1);
    m.segments = store_.template all_rows<Segment<S>>("segments");
    m.coordinates = store_.template all_rows<Coordinate>("coordinates");
    m.frames = store_.template all_rows<Frame<S>>("frames");
    m.default_coordinates = store_.template rows<S>("default_coordinates", m.n_coordinates);
    link_functions();
  }

  void link_functions() {
    Model<S>& m = model_;
    m.n_groups = store_.template count<std::int32_t>("group_coordinate");
    const auto* coordinate = store_.template all_rows<std::int32_t>("group_coordinate");
    groups_.resize(static_cast<std::size_t>(m.n_groups));
    m.n_functions = 0;
    for (int g = 0; g < m.n_groups; ++g) {
      const std::string prefix = "group" + std::to_string(g) + "_";
      auto& group = groups_[static_cast<std::size_t>(g)];
      group.coordinate = coordinate[g];
      group.n_pieces = store_.template count<S>(prefix + "bases");
      group.bases = store_.template all_rows<S>(prefix + "bases");
      group.knots = store_.template rows<S>(prefix + "knots", group.n_pieces - 1);
      group.coefficients = store_.template all_rows<S>(prefix + "coefficients");
      group.base_column = store_.template all_rows<S>(prefix + "base_column");
      group.columns = store_.template all_rows<S>(prefix + "columns");
      group.padded_pieces = store_.template count<S>(prefix + "base_column");
      group.padded_functions =
          store_.template count<S>(prefix + "coefficients") / (group.n_pieces * n_spline_coefficients);
      group.n_functions = store_.template count<S>(prefix + "columns") / (group.padded_pieces * n_spline_coefficients);
      group.first_function = m.n_functions;
      group.buckets = store_.template all_rows<std::int32_t>(prefix + "buckets");
      const S* scale = store_.template rows<S>(prefix + "bucket_scale", 2);
      group.bucket_start = scale[0];
      group.bucket_scale = scale[1];
      m.n_functions += group.n_functions;
    }
    require_capacity("splines", m.n_functions + 7, max_functions);
    m.groups = groups_.data();
  }

  void link_muscles() {
    Model<S>& m = model_;
    m.point_groups = store_.template all_rows<PointGroup>("point_groups");
    m.point_x = store_.template all_rows<S>("point_x");
    m.point_y = store_.template rows<S>("point_y", store_.template count<S>("point_x"));
    m.sliding_points = store_.template all_rows<SlidingPoint>("sliding_points");
    m.sliding_terms = store_.template all_rows<SlidingTerm<S>>("sliding_terms");
    m.conditions = store_.template all_rows<Condition<S>>("conditions");
    m.literals = store_.template all_rows<Literal>("literals");
    m.path_segments = store_.template all_rows<PathSegment<S>>("path_segments");
    m.path_terms = store_.template all_rows<PathTerm<S>>("path_terms");
    m.constant_pieces = store_.template all_rows<ConstantPiece<S>>("constant_pieces");
    m.spans = store_.template all_rows<Span>("spans");
    m.default_activations = store_.template rows<S>("default_activations", m.n_muscles);
    m.default_fiber_lengths = store_.template rows<S>("default_fiber_lengths", m.n_muscles);
    auto& p = m.muscles;
    const std::pair<const char*, const S**> columns[] = {
        {"max_force", &p.max_force},
        {"optimal_length", &p.optimal_length},
        {"inverse_optimal", &p.inverse_optimal},
        {"height", &p.height},
        {"min_length", &p.min_length},
        {"tendon_slack", &p.tendon_slack},
        {"inverse_slack", &p.inverse_slack},
        {"toe_strain", &p.toe_strain},
        {"toe_exponent", &p.toe_exponent},
        {"toe_scale", &p.toe_scale},
        {"linear_stiffness", &p.linear_stiffness},
        {"active_sharpness", &p.active_sharpness},
        {"passive_exponent", &p.passive_exponent},
        {"passive_scale", &p.passive_scale},
        {"max_velocity", &p.max_velocity},
        {"inverse_af", &p.inverse_af},
        {"lengthening_limit", &p.lengthening_limit},
        {"lengthening_scale", &p.lengthening_scale},
        {"extrapolation_start", &p.extrapolation_start},
        {"extrapolation_value", &p.extrapolation_value},
        {"extrapolation_slope", &p.extrapolation_slope},
        {"min_activation", &p.min_activation},
        {"activation_time", &p.activation_time},
        {"deactivation_time", &p.deactivation_time},
        {"base_length", &p.base_length},
    };
    for (const auto& [name, column] : columns) {
      *column = store_.template rows<S>(std::string("muscle_") + name, (m.n_muscles + 7) / 8 * 8);
    }
  }

  void link_forces() {
    Model<S>& m = model_;
    m.spheres = store_.template all_rows<Sphere<S>>("spheres");
    m.contacts = store_.template all_rows<GroundContact<S>>("contacts");
    m.contact_members = store_.template all_rows<std::int32_t>("contact_members");
    m.limits = store_.template all_rows<Limit<S>>("limits");
  }

  TableStore store_;
  std::vector<FunctionGroup<S>> groups_;
  Model<S> model_{};
};

}  // namespace myorun
