// Humans of one model, one row each: states and courses in, states and quantities out.
#pragma once

#include <algorithm>
#include <numeric>

#include "model_tables.h"
#include "workers.h"

namespace myorun {

template <class S> using Rows = nb::ndarray<S, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class S> using ConstRows = nb::ndarray<const S, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class S> class Engine {
 public:
  Engine(const nb::dict& tables, const Kernels<S>& kernels, int n, int threads)
      : tables_(tables), kernels_(kernels), n_(n), workers_(std::max(1, std::min(threads, n))) {
    if (n < 1) throw std::invalid_argument("the batch size must be at least 1");
    QuantityEntry entries[max_quantities];
    const int count = kernels_.layout(model(), entries);
    entries_.assign(entries, entries + count);
    require_capacity("quantities", n_values(), max_values);
    states_.resize(rows_of(state_size()));
    excitations_.resize(rows_of(model().n_muscles));
    strengths_.assign(rows_of(model().n_muscles), S(1));
    failed_.resize(rows_of(1));
    everyone_.resize(rows_of(1));
    std::iota(everyone_.begin(), everyone_.end(), 0);
  }

  const Model<S>& model() const { return tables_.model(); }
  const Kernels<S>& kernels() const { return kernels_; }
  Workers& workers() { return workers_; }
  int size() const { return n_; }
  int state_size() const { return myorun::state_size(model()); }
  const std::vector<QuantityEntry>& layout() const { return entries_; }
  int n_values() const { return entries_.back().offset + entries_.back().rows * entries_.back().columns; }

  Batch<S> batch() { return {states_.data(), excitations_.data(), strengths_.data(), obstacles_.data(), n_slots_}; }

  // rows of q, u, a, l
  void set_states(const ConstRows<S>& states) {
    check_rows("states", states, state_size());
    std::copy_n(states.data(), states_.size(), states_.begin());
  }

  void get_states(const Rows<S>& states) {
    check_rows("states", states, state_size());
    std::copy(states_.begin(), states_.end(), states.data());
  }

  // rows of strengths, one a muscle
  void set_strengths(const ConstRows<S>& strengths) {
    check_rows("strengths", strengths, model().n_muscles);
    std::copy_n(strengths.data(), strengths_.size(), strengths_.begin());
  }

  // rows of x, y, r for every slot; slots with r <= 0 are empty
  void set_obstacles(const ConstRows<S>& obstacles) {
    const int slots = static_cast<int>(obstacles.shape(1)) / 3;
    check_rows("obstacles", obstacles, 3 * slots);
    require_capacity("obstacles", slots, max_obstacles);
    n_slots_ = slots;
    obstacles_.assign(obstacles.data(), obstacles.data() + obstacles.size());
  }

  // Makes room for at least as many obstacles a human.
  void widen_obstacles(int slots) {
    require_capacity("obstacles", slots, max_obstacles);
    if (slots <= n_slots_) return;
    std::vector<S> wider(rows_of(3 * slots), S(0));
    for (int human = 0; human < n_; ++human) {
      std::copy_n(obstacles(human), 3 * n_slots_, wider.begin() + static_cast<std::ptrdiff_t>(row(human, 3 * slots)));
    }
    obstacles_ = std::move(wider);
    n_slots_ = slots;
  }

  // The rows of one human.
  S* state(int human) { return states_.data() + row(human, state_size()); }
  S* excitations(int human) { return excitations_.data() + row(human, model().n_muscles); }
  S* strengths(int human) { return strengths_.data() + row(human, model().n_muscles); }
  S* obstacles(int human) { return obstacles_.data() + row(human, 3 * n_slots_); }
  int n_slots() const { return n_slots_; }

  // Rows of excitations to hold, one a muscle; false, and nothing set, if one is not within [0, 1].
  bool set_excitations(const ConstRows<S>& excitations) {
    check_rows("excitations", excitations, model().n_muscles);
    const S* value = excitations.data();
    for (std::size_t k = 0; k < excitations.size(); ++k) {
      if (!(value[k] >= S(0) && value[k] <= S(1))) return false;
    }
    std::copy_n(value, excitations_.size(), excitations_.begin());
    return true;
  }

  // Holds excitations clipped to [0, 1]. Returns `all_well`, or the place of the first that is not a number, and
  // then nothing is set.
  std::ptrdiff_t clip_excitations(const ConstRows<S>& excitations) {
    check_rows("actions", excitations, model().n_muscles);
    const S* value = excitations.data();
    for (std::size_t k = 0; k < excitations.size(); ++k) {
      if (value[k] != value[k]) return static_cast<std::ptrdiff_t>(k);
    }
    std::transform(value, value + excitations.size(), excitations_.begin(),
                   [](S e) { return std::min(std::max(e, S(0)), S(1)); });
    return all_well;
  }

  // Holds the excitations for `duration` [s]. Returns `all_well`, or the index of an environment that
  // could not be continued; `bad_excitation` if one is not within [0, 1], and then nothing has moved.
  static constexpr int all_well = -1, bad_excitation = -2;
  int step(const ConstRows<S>& excitations, double duration, int substeps, double tolerance) {
    if (!set_excitations(excitations)) return bad_excitation;
    const nb::gil_scoped_release release;
    const Interval<S> interval{static_cast<S>(duration), {substeps, static_cast<S>(tolerance)}};
    Queue queue{everyone_.data(), n_, 0};
    workers_.run([&] { kernels_.simulate(model(), batch(), interval, queue, failed_.data()); });
    const auto failure = std::find(failed_.begin(), failed_.end(), 1);
    return failure == failed_.end() ? all_well : static_cast<int>(failure - failed_.begin());
  }

  void equilibrate() { kernels_.equilibrate(model(), batch(), n_); }

  // rows of the values [offset, offset + count) of the layout
  void report(int offset, int count, const Rows<S>& out) {
    check_rows("out", out, count);
    if (offset < 0 || offset + count > n_values()) throw std::out_of_range("no such quantities");
    kernels_.report(model(), batch(), n_, offset, count, out.data());
  }

 private:
  std::size_t rows_of(int columns) const { return static_cast<std::size_t>(n_) * static_cast<std::size_t>(columns); }
  std::size_t row(int human, int columns) const {
    return static_cast<std::size_t>(human) * static_cast<std::size_t>(columns);
  }

  template <class Array> void check_rows(const char* what, const Array& rows, int columns) const {
    if (static_cast<int>(rows.shape(0)) == n_ && static_cast<int>(rows.shape(1)) == columns) return;
    throw std::invalid_argument(std::string(what) + " has shape (" + std::to_string(rows.shape(0)) + ", " +
                                std::to_string(rows.shape(1)) + "), expected (" + std::to_string(n_) + ", " +
                                std::to_string(columns) + ")");
  }

  ModelTables<S> tables_;
  Kernels<S> kernels_;
  int n_;
  Workers workers_;
  std::vector<QuantityEntry> entries_;
  std::vector<S> states_, excitations_, strengths_, obstacles_;
  int n_slots_ = 0;
  std::vector<std::uint8_t> failed_;
  std::vector<int> everyone_;
};

}  // namespace myorun
