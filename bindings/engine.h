// Many environments of one model in blocks of lanes: states and courses in, states and quantities out.
#pragma once

#include <limits>
#include <memory>
#include <new>

#include "model_tables.h"

namespace myorun {

template <class S> using Rows = nb::ndarray<S, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class S> using ConstRows = nb::ndarray<const S, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class T> class Engine {
 public:
  using S = ScalarOf<T>;
  static constexpr int width = lanes_of<T>;

  Engine(const nb::dict& tables, const Kernels<T>& kernels, int n)
      : tables_(tables), kernels_(kernels), n_(n), blocks_(static_cast<std::size_t>((n + width - 1) / width)) {
    if (n < 1) throw std::invalid_argument("the batch size must be at least 1");
    for (Block& block : blocks_) clear(block);
    QuantityEntry entries[max_quantities];
    const int count = kernels_.layout(model(), entries);
    entries_.assign(entries, entries + count);
    const QuantityEntry& last = entries_.back();
    n_values_ = last.offset + last.rows * last.columns;
    values_.resize(static_cast<std::size_t>(n_values_));
  }

  const Model<S>& model() const { return tables_.model(); }
  int size() const { return n_; }
  int state_size() const { return 2 * (model().n_coordinates + model().n_muscles); }
  const std::vector<QuantityEntry>& layout() const { return entries_; }

  // rows of q, u, a, l
  void set_states(const ConstRows<S>& states) {
    check_rows("states", states, state_size());
    each(states, [](Block& block, int lane, int k, const S& value, const Model<S>& m) {
      set_lane<T>(state_entry(block.state, m, k), lane, value);
    });
    fill_spare_lanes();
  }

  void get_states(const Rows<S>& states) {
    check_rows("states", states, state_size());
    each(states, [](Block& block, int lane, int k, S& value, const Model<S>& m) {
      value = get_lane<T>(state_entry(block.state, m, k), lane);
    });
  }

  // rows of strengths, one a muscle
  void set_strengths(const ConstRows<S>& strengths) {
    check_rows("strengths", strengths, model().n_muscles);
    each(strengths, [](Block& block, int lane, int k, const S& value, const Model<S>&) {
      set_lane<T>(block.course.strength[k], lane, value);
    });
    fill_spare_lanes();
  }

  // rows of x, y, r for every slot; slots with r <= 0 are empty
  void set_obstacles(const ConstRows<S>& obstacles) {
    const int slots = static_cast<int>(obstacles.shape(1)) / 3;
    check_rows("obstacles", obstacles, 3 * slots);
    require_capacity("obstacles", slots, max_obstacles);
    for (int i = 0; i < n_; ++i) {
      Course<T>& course = blocks_[static_cast<std::size_t>(i / width)].course;
      course.n_obstacles = slots;
      for (int k = 0; k < slots; ++k) {
        const S* row = &obstacles(static_cast<std::size_t>(i), static_cast<std::size_t>(3 * k));
        const bool used = row[2] > 0;
        set_lane<T>(course.obstacle_x[k], i % width, used ? row[0] : S(0));
        set_lane<T>(course.obstacle_y[k], i % width, used ? row[1] : S(-1e6));
        set_lane<T>(course.obstacle_r[k], i % width, used ? row[2] : S(1e-3));
      }
    }
    fill_spare_lanes();
  }

  // Rows of excitations to hold, one a muscle; false, and nothing set, if one is not within [0, 1].
  bool set_excitations(const ConstRows<S>& excitations) {
    check_rows("excitations", excitations, model().n_muscles);
    const S* value = excitations.data();
    for (std::size_t k = 0; k < excitations.size(); ++k) {
      if (!(value[k] >= S(0) && value[k] <= S(1))) return false;
    }
    each(excitations, [](Block& block, int lane, int k, const S& value, const Model<S>&) {
      set_lane<T>(block.excitation[k], lane, value);
    });
    fill_spare_lanes();
    return true;
  }

  // Holds the excitations for `duration` [s]. Returns `all_well`, or the index of an environment that
  // could not be continued; `bad_excitation` if one is not within [0, 1], and then nothing has moved.
  static constexpr int all_well = -1, bad_excitation = -2;
  int step(const ConstRows<S>& excitations, double duration, int substeps, double tolerance) {
    if (!set_excitations(excitations)) return bad_excitation;
    nb::gil_scoped_release release;
    const Division<S> division{substeps, static_cast<S>(tolerance)};
    int failed = all_well;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      Block& block = blocks_[b];
      const unsigned bits =
          kernels_.simulate(model(), block.course, block.excitation, static_cast<S>(duration), division, block.state);
      for (int lane = 0; lane < width; ++lane) {
        const int i = static_cast<int>(b) * width + lane;
        if ((bits >> lane & 1u) != 0 && i < n_ && failed < 0) failed = i;
      }
    }
    return failed;
  }

  void equilibrate() {
    for (Block& block : blocks_) kernels_.equilibrate(model(), block.state);
  }

  // rows of the values [offset, offset + count) of the layout
  void report(int offset, int count, const Rows<S>& out) {
    check_rows("out", out, count);
    if (offset < 0 || offset + count > n_values_) throw std::out_of_range("no such quantities");
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const Block& block = blocks_[b];
      T* values = reinterpret_cast<T*>(values_.data());
      kernels_.report(model(), block.course, block.state, block.excitation, values);
      for (int lane = 0; lane < width; ++lane) {
        const std::size_t i = b * width + static_cast<std::size_t>(lane);
        if (i >= static_cast<std::size_t>(n_)) break;
        S* row = &out(i, 0);
        for (int k = 0; k < count; ++k) row[k] = get_lane<T>(values[offset + k], lane);
      }
    }
  }

 private:
  struct Block {
    State<T> state;
    Course<T> course;
    alignas(64) T excitation[max_muscles];
  };

  // One T, aligned as every instruction set wants it.
  struct alignas(sizeof(T)) Slot {
    unsigned char bytes[sizeof(T)];
  };

  static T& state_entry(State<T>& s, const Model<S>& m, int k) {
    if (k < m.n_coordinates) return s.q[k];
    k -= m.n_coordinates;
    if (k < m.n_coordinates) return s.u[k];
    k -= m.n_coordinates;
    if (k < m.n_muscles) return s.a[k];
    return s.l[k - m.n_muscles];
  }

  // Calls f(block, lane, column, value, model) for every entry of the rows.
  template <class Array, class F> void each(const Array& rows, F f) {
    const int columns = static_cast<int>(rows.shape(1));
    for (int i = 0; i < n_; ++i) {
      Block& block = blocks_[static_cast<std::size_t>(i / width)];
      auto* row = rows.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(columns);
      for (int k = 0; k < columns; ++k) f(block, i % width, k, row[k], model());
    }
  }

  template <class Array> void check_rows(const char* what, const Array& rows, int columns) const {
    if (static_cast<int>(rows.shape(0)) == n_ && static_cast<int>(rows.shape(1)) == columns) return;
    throw std::invalid_argument(std::string(what) + " has shape (" + std::to_string(rows.shape(0)) + ", " +
                                std::to_string(rows.shape(1)) + "), expected (" + std::to_string(n_) + ", " +
                                std::to_string(columns) + ")");
  }

  void clear(Block& block) const {
    block = Block{};
    const Model<S>& m = model();
    for (int i = 0; i < max_muscles; ++i) block.course.strength[i] = splat<T>(S(1));
    for (int i = 0; i < m.n_coordinates; ++i) block.state.q[i] = splat<T>(m.default_coordinates[i]);
    for (int i = 0; i < max_muscles; ++i) {
      const int k = i < m.n_muscles ? i : m.n_muscles - 1;  // spare muscles of a pack stay harmless
      block.state.a[i] = m.n_muscles ? splat<T>(m.default_activations[k]) : T{};
      block.state.l[i] = m.n_muscles ? splat<T>(m.default_fiber_lengths[k]) : T{};
    }
  }

  // Lanes beyond the batch repeat the last environment, so that they cost and disturb nothing.
  void fill_spare_lanes() {
    const int last = (n_ - 1) % width;
    Block& block = blocks_.back();
    for (int lane = last + 1; lane < width; ++lane) {
      const auto copy = [last, lane](T& v) { set_lane<T>(v, lane, get_lane<T>(v, last)); };
      for (T& v : block.state.q) copy(v);
      for (T& v : block.state.u) copy(v);
      for (T& v : block.state.a) copy(v);
      for (T& v : block.state.l) copy(v);
      for (T& v : block.excitation) copy(v);
      for (T& v : block.course.strength) copy(v);
      for (T& v : block.course.obstacle_x) copy(v);
      for (T& v : block.course.obstacle_y) copy(v);
      for (T& v : block.course.obstacle_r) copy(v);
    }
  }

  ModelTables<S> tables_;
  Kernels<T> kernels_;
  int n_;
  std::vector<Block> blocks_;
  std::vector<QuantityEntry> entries_;
  int n_values_ = 0;
  std::vector<Slot> values_;
};

}  // namespace myorun
