// Humans of one model, one row each: states and courses in, states and quantities out.
#pragma once

#include <algorithm>
#include <numeric>

#include "course.h"
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
    for (int human = 0; human < n; ++human) {
      for (double number : CourseValue{}.body) bodies_.push_back(static_cast<S>(number));
    }
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

  Batch<S> batch() {
    return {states_.data(), excitations_.data(), strengths_.data(), obstacles_.data(),    n_slots_,
            bodies_.data(), pieces_.rows.data(), pieces_.slots,     patches_.rows.data(), patches_.slots};
  }

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

  // Makes room for at least as many pieces and patches of ground a human.
  void widen_ground(int pieces, int patches) {
    require_capacity("pieces of ground", pieces, max_pieces);
    require_capacity("patches of floor", patches, max_patches);
    widen(pieces_, pieces, n_piece_numbers);
    widen(patches_, patches, n_patch_numbers);
  }

  // The ground, the muscles' pace and the load of a course; room for the ground must have been made.
  void lay_surroundings(int human, const CourseValue& course) {
    if (course.body[load_mass] != 0.0 && model().trunk == none) {
      throw std::invalid_argument("the model has no trunk to carry a load");
    }
    S* body = bodies_.data() + row(human, n_body_numbers);
    std::transform(course.body.begin(), course.body.end(), body, [](double number) { return static_cast<S>(number); });
    if (course.body[load_mass] != 0.0) place_load(body, course.body[load_x], course.body[load_y]);
    std::vector<PieceRow> pieces;
    std::vector<std::array<double, n_patch_numbers>> patches;
    if (course.has_uneven_ground()) pieces = ground_pieces(course);
    for (const Patch& p : course.patches) patches.push_back({p.start, p.end, p.friction, p.stiffness});
    constexpr PieceRow no_piece{0, 0, 0, 0, 0, 0, 1};
    fill_slots(pieces_, human, pieces, no_piece);
    fill_slots(patches_, human, patches, {0.0, 0.0, 1.0, 1.0});
  }

  // The same from Python, with room made.
  void set_surroundings(int human, const CourseValue& course) {
    if (human < 0 || human >= n_) throw std::out_of_range("no human of that number");
    if (course.has_uneven_ground()) {
      widen_ground(static_cast<int>(ground_pieces(course).size()), static_cast<int>(course.patches.size()));
    }
    lay_surroundings(human, course);
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
  // From the frame of the trunk's body to its segment's.
  void place_load(S* body, double x, double y) const {
    const Frame<S>& frame = model().frames[model().trunk];
    const SinCos<double> turn = sincos<double>(static_cast<double>(frame.angle));
    body[load_x] = static_cast<S>(static_cast<double>(frame.x) + (turn.cos * x - turn.sin * y));
    body[load_y] = static_cast<S>(static_cast<double>(frame.y) + (turn.sin * x + turn.cos * y));
  }

  // So many rows of numbers a human.
  struct Slots {
    std::vector<S> rows;
    int slots = 0;
  };

  void widen(Slots& table, int slots, int columns) {
    if (slots <= table.slots) return;
    std::vector<S> wider(rows_of(slots * columns), S(0));
    if (columns == n_piece_numbers) {
      for (std::size_t k = 6; k < wider.size(); k += n_piece_numbers) wider[k] = S(1);  // from > to: no piece
    }
    const int used = table.slots * columns;
    for (int human = 0; human < n_; ++human) {
      std::copy_n(table.rows.begin() + std::ptrdiff_t(row(human, used)), used,
                  wider.begin() + std::ptrdiff_t(row(human, slots * columns)));
    }
    table = {std::move(wider), slots};
  }

  template <class Row> void fill_slots(Slots& table, int human, const std::vector<Row>& rows, const Row& empty) {
    const int columns = static_cast<int>(empty.size());
    if (static_cast<int>(rows.size()) > table.slots) throw std::length_error("no room for the ground of a course");
    auto out = table.rows.begin() + std::ptrdiff_t(row(human, table.slots * columns));
    for (int k = 0; k < table.slots; ++k) {
      const Row& from = k < static_cast<int>(rows.size()) ? rows[static_cast<std::size_t>(k)] : empty;
      out = std::transform(from.begin(), from.end(), out, [](double number) { return static_cast<S>(number); });
    }
  }

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
  std::vector<S> states_, excitations_, strengths_, obstacles_, bodies_;
  Slots pieces_, patches_;
  int n_slots_ = 0;
  std::vector<std::uint8_t> failed_;
  std::vector<int> everyone_;
};

}  // namespace myorun
