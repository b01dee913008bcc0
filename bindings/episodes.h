// The episodes of an engine's humans: courses, steps of the task, restarts.
#pragma once

#include <nanobind/stl/vector.h>

#include "draw.h"
#include "engine.h"

namespace myorun {

template <class S> using Column = nb::ndarray<S, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class S> using ConstColumn = nb::ndarray<const S, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// What a task reads and writes lies in arrays that Python made and keeps: `arrays` by name, one entry or row a human.
template <class S> class EpisodeRunner {
 public:
  EpisodeRunner(Engine<S>& engine, const nb::dict& rules, const nb::dict& arrays) : engine_(engine) {
    read_rules(rules);
    link_arrays(arrays);
    engine_.widen_obstacles(max_obstacles_);
    rest_.assign(engine_.state(0), engine_.state(0) + engine_.state_size());
    waiting_.reserve(static_cast<std::size_t>(engine_.size()));
    playing_.reserve(static_cast<std::size_t>(engine_.size()));
  }
  EpisodeRunner(const EpisodeRunner&) = delete;

  // The generators that courses come from when nobody names a seed: rows of Pcg64.
  void set_generators(const ConstColumn<std::int32_t>& humans, const ConstRows<std::uint64_t>& words) {
    if (words.shape(0) != humans.size() || words.shape(1) != sizeof(Pcg64) / 8) {
      throw std::invalid_argument("a generator has six words, one row a human");
    }
    generators_.resize(static_cast<std::size_t>(engine_.size()));
    for (std::size_t k = 0; k < humans.size(); ++k) {
      __builtin_memcpy(&generators_[place(humans.data()[k])], words.data() + 6 * k, sizeof(Pcg64));
    }
  }

  void get_generators(const Rows<std::uint64_t>& words) {
    if (words.size() != generators_.size() * 6) throw std::invalid_argument("a generator has six words");
    __builtin_memcpy(words.data(), generators_.data(), generators_.size() * sizeof(Pcg64));
  }

  // What courses are drawn from now on.
  void set_courses(int difficulty, int max_obstacles) {
    engine_.widen_obstacles(max_obstacles);
    difficulty_ = difficulty;
    max_obstacles_ = max_obstacles;
  }

  // Puts humans at the start of the courses of their seeds; a seed below 0 is drawn from the human's generator.
  void restart(const ConstColumn<std::int32_t>& humans, const ConstColumn<std::int64_t>& seeds, int difficulty,
               int max_obstacles) {
    const nb::gil_scoped_release release;
    engine_.widen_obstacles(max_obstacles);
    for (std::size_t k = 0; k < humans.size(); ++k) {
      const int human = checked(humans.data()[k]);
      const std::int64_t seed = seeds.data()[k] < 0 ? draw_seed(human) : seeds.data()[k];
      lay(human, seed, difficulty, max_obstacles);
    }
    begin(humans.data(), humans.size());
  }

  // The same on a course by hand: strengths of all muscles, rows of x, y and radius, and what is told of the strengths.
  void restart_on(int human, const ConstRows<S>& obstacles, const ConstColumn<S>& strengths, const ConstColumn<S>& told,
                  std::int64_t seed) {
    const int slots = static_cast<int>(obstacles.shape(0));
    if (static_cast<int>(strengths.size()) != model().n_muscles || told.size() != 2 || obstacles.shape(1) != 3) {
      throw std::invalid_argument("a course of the wrong size");
    }
    checked(human);
    engine_.widen_obstacles(slots);
    S* end = std::copy_n(obstacles.data(), 3 * slots, engine_.obstacles(human));
    std::fill_n(end, 3 * (engine_.n_slots() - slots), S(0));
    std::copy_n(strengths.data(), strengths.size(), engine_.strengths(human));
    put_at_start(human);
    begin_here(human, told, seed);
  }

  // An episode begins where the human is, on the course it is on.
  void begin_here(int human, const ConstColumn<S>& told, std::int64_t seed) {
    checked(human);
    tell(human, told.data()[strength_left], told.data()[strength_right], seed);
    const std::int32_t one = human;
    begin(&one, 1);
  }

  // One step of all humans; those whose episode is over begin the next one instead, which their `over` says. Returns
  // -1, or the place of the first action that is not a number, and then nothing has moved.
  std::ptrdiff_t step(const ConstRows<S>& actions) {
    const std::ptrdiff_t bad = engine_.clip_excitations(actions);
    if (bad != Engine<S>::all_well) return bad;
    const nb::gil_scoped_release release;
    sort_by_need();
    run_queue(waiting_, [this](Queue& queue) { kernels().begin(model(), engine_.batch(), queue, task_, episodes_); });
    run_queue(playing_,
              [this](Queue& queue) { kernels().play(model(), engine_.batch(), interval_, queue, task_, episodes_); });
    return Engine<S>::all_well;
  }

 private:
  const Model<S>& model() const { return engine_.model(); }
  const Kernels<S>& kernels() const { return engine_.kernels(); }

  static std::size_t place(int human) { return static_cast<std::size_t>(human); }
  int checked(int human) const {
    if (human < 0 || human >= engine_.size()) throw std::out_of_range("no human of that number");
    return human;
  }

  void read_rules(const nb::dict& rules) {
    const auto number = [&](const char* name) { return nb::cast<double>(rules[name]); };
    const auto whole = [&](const char* name) { return nb::cast<int>(rules[name]); };
    observed_ = nb::cast<std::vector<int>>(rules["observed"]);
    difficulty_ = whole("difficulty");
    max_obstacles_ = whole("max_obstacles");
    psoas_right_ = whole("psoas_right");
    psoas_left_ = whole("psoas_left");
    interval_ = {static_cast<S>(number("duration")), {whole("substeps"), static_cast<S>(number("tolerance"))}};
    task_ = {static_cast<S>(number("fall_height")),
             static_cast<S>(number("ligament_weight")),
             static_cast<S>(number("failure_reward")),
             whole("max_steps"),
             whole("pelvis_x"),
             whole("pelvis_y"),
             whole("limit_torques"),
             whole("n_limit_torques"),
             static_cast<int>(observed_.size()),
             observed_.data(),
             engine_.n_values(),
             nb::cast<bool>(rules["forces"]),
             nb::cast<bool>(rules["restart_at_once"]),
             [](void* self, int human) { static_cast<EpisodeRunner*>(self)->lay_next(human); },
             this};
    for (int value : observed_) {
      if (value < 0 || value >= task_.n_values + n_course_numbers) throw std::out_of_range("no such value to observe");
    }
  }

  template <class Entry> Entry* link(const nb::dict& arrays, const char* name, std::size_t columns) {
    const auto array = nb::cast<nb::ndarray<Entry, nb::c_contig, nb::device::cpu>>(arrays[name]);
    if (array.size() != place(engine_.size()) * columns) {
      throw std::invalid_argument(std::string("array ") + name + " has the wrong size");
    }
    return array.data();
  }

  void link_arrays(const nb::dict& arrays) {
    arrays_ = arrays;
    const std::size_t row = observed_.size();
    told_ = link<S>(arrays, "told", 2);
    seeds_ = link<std::int64_t>(arrays, "seeds", 1);
    over_ = link<std::uint8_t>(arrays, "over", 1);
    episodes_ = {link<S>(arrays, "observations", row),
                 link<S>(arrays, "final_observations", task_.restart_at_once ? row : 0),
                 link<S>(arrays, "rewards", 1),
                 link<S>(arrays, "forward", 1),
                 link<S>(arrays, "ligaments", 1),
                 link<S>(arrays, "distances", 1),
                 link<std::uint8_t>(arrays, "terminated", 1),
                 link<std::uint8_t>(arrays, "truncated", 1),
                 link<std::uint8_t>(arrays, "failed", 1),
                 link<std::int32_t>(arrays, "steps", 1),
                 link<S>(arrays, "positions", 1),
                 told_};
  }

  // Whoever is over waits for the next episode; its step earns nothing.
  void sort_by_need() {
    waiting_.clear();
    playing_.clear();
    for (int human = 0; human < engine_.size(); ++human) {
      const std::size_t i = place(human);
      const bool over = !task_.restart_at_once && (episodes_.terminated[i] | episodes_.truncated[i]) != 0;
      over_[i] = over;
      if (!over) {
        playing_.push_back(human);
        continue;
      }
      waiting_.push_back(human);
      lay_next(human);
      clear(human);
    }
  }

  template <class F> void run_queue(const std::vector<int>& humans, F f) {
    if (humans.empty()) return;
    Queue queue{humans.data(), static_cast<int>(humans.size()), 0};
    engine_.workers().run([&] { f(queue); });
  }

  void begin(const std::int32_t* humans, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k) clear(humans[k]);
    run_queue({humans, humans + n},
              [this](Queue& queue) { kernels().begin(model(), engine_.batch(), queue, task_, episodes_); });
  }

  std::int64_t draw_seed(int human) { return generators_.at(place(human)).next_word(); }

  void lay_next(int human) { lay(human, draw_seed(human), difficulty_, max_obstacles_); }

  void lay(int human, std::int64_t seed, int difficulty, int max_obstacles) {
    const DrawnCourse course = draw_course(static_cast<std::uint64_t>(seed), difficulty, max_obstacles);
    S* ball = engine_.obstacles(human);
    std::fill_n(ball, 3 * engine_.n_slots(), S(0));
    for (const Ball& drawn : course.balls) {
      for (double number : {drawn.x, drawn.y, drawn.radius}) *ball++ = static_cast<S>(number);
    }
    S* strengths = engine_.strengths(human);
    std::fill_n(strengths, model().n_muscles, S(1));
    if (psoas_right_ >= 0) strengths[psoas_right_] *= static_cast<S>(course.strength_right);
    if (psoas_left_ >= 0) strengths[psoas_left_] *= static_cast<S>(course.strength_left);
    tell(human, static_cast<S>(course.strength_left), static_cast<S>(course.strength_right), seed);
    put_at_start(human);
  }

  void put_at_start(int human) {
    std::copy(rest_.begin(), rest_.end(), engine_.state(human));
    std::fill_n(engine_.excitations(human), model().n_muscles, S(0));
  }

  void tell(int human, S left, S right, std::int64_t seed) {
    told_[2 * place(human) + strength_left] = left;
    told_[2 * place(human) + strength_right] = right;
    seeds_[place(human)] = seed;
    episodes_.steps[human] = 0;
  }

  // Nothing has been earned, nothing has ended.
  void clear(int human) {
    episodes_.rewards[human] = episodes_.forward[human] = episodes_.ligaments[human] = S(0);
    episodes_.terminated[human] = episodes_.truncated[human] = episodes_.failed[human] = 0;
  }

  Engine<S>& engine_;
  nb::dict arrays_;
  std::vector<int> observed_, waiting_, playing_;
  std::vector<S> rest_;
  std::vector<Pcg64> generators_;
  Interval<S> interval_;
  Task<S> task_;
  Episodes<S> episodes_;
  S* told_;
  std::int64_t* seeds_;
  std::uint8_t* over_;
  int difficulty_, max_obstacles_;
  int psoas_right_, psoas_left_;  // muscles that the course's weakness hits; -1: none
};

}  // namespace myorun
