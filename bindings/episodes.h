// The episodes of an engine's humans: courses, steps of the task, restarts.
#pragma once

#include "course_arrays.h"
#include "engine.h"
#include "generators.h"

namespace myorun {

template <class S> using Column = nb::ndarray<S, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class S> using ConstColumn = nb::ndarray<const S, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// What a task reads and writes lies in arrays that Python made and keeps: `arrays` by name, one entry or row a human.
template <class S> class EpisodeRunner {
 public:
  EpisodeRunner(Engine<S>& engine, const nb::dict& rules, const nb::dict& arrays) : engine_(engine) {
    read_rules(rules);
    link_arrays(arrays);
    make_room(capacity_of(rule_));
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
  void set_courses(double difficulty, int count) {
    CourseRule rule = rule_;
    rule.difficulty = difficulty;
    rule.count = count;
    make_room(capacity_of(rule));
    rule_ = rule;
  }

  // Puts humans at the start of the courses of their seeds; a seed below 0 is drawn from the human's generator.
  void restart(const ConstColumn<std::int32_t>& humans, const ConstColumn<std::int64_t>& seeds, double difficulty,
               int count) {
    CourseRule rule = rule_;
    rule.difficulty = difficulty;
    rule.count = count;
    const nb::gil_scoped_release release;
    make_room(capacity_of(rule));
    for (std::size_t k = 0; k < humans.size(); ++k) {
      const int human = checked(humans.data()[k]);
      const std::int64_t seed = seeds.data()[k] < 0 ? draw_seed(human) : seeds.data()[k];
      lay(human, seed, rule);
    }
    begin(humans.data(), humans.size());
  }

  // The same on a course by hand: strengths of all muscles, and what is told of the strengths.
  void restart_on(int human, const nb::dict& arrays, const ConstColumn<S>& strengths, const ConstColumn<S>& told,
                  std::int64_t seed) {
    const CourseValue course = course_of(arrays);
    if (static_cast<int>(strengths.size()) != model().n_muscles || told.size() != 2) {
      throw std::invalid_argument("a course of the wrong size");
    }
    checked(human);
    make_room(capacity_of(course));
    lay_ground_and_balls(human, course);
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
    rule_ = {nb::cast<std::string>(rules["generator"]), number("difficulty"), whole("max_obstacles"),
             ranges_of(rules["randomise"])};
    weakened_ = nb::cast<std::vector<int>>(rules["weakened"]);
    if (weakened_.size() != n_drawn_muscles) throw std::invalid_argument("so many muscles are not drawn");
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
             nb::cast<bool>(rules["ahead"]),
             nb::cast<bool>(rules["restart_at_once"]),
             [](void* self, int human) { static_cast<EpisodeRunner*>(self)->lay_next(human); },
             [](void* self, int human) { static_cast<EpisodeRunner*>(self)->add_noise(human); },
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
                 told_,
                 nullptr,
                 0,
                 nullptr,
                 nullptr,
                 0};
    delays_.assign(place(engine_.size()), 0);
    noise_.assign(place(engine_.size()), 0.0);
    show_room();
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

  void lay_next(int human) { lay(human, draw_seed(human), rule_); }

  void lay(int human, std::int64_t seed, const CourseRule& rule) {
    const CourseValue course = draw_value(static_cast<std::uint64_t>(seed), rule);
    lay_ground_and_balls(human, course);
    S* strengths = engine_.strengths(human);
    std::fill_n(strengths, model().n_muscles, S(1));
    for (std::size_t k = 0; k < course.strengths.size(); ++k) {
      if (weakened_[k] >= 0) strengths[weakened_[k]] *= static_cast<S>(course.strengths[k]);
    }
    const auto told = [&](int k) {
      return course.strengths.empty() ? S(1) : static_cast<S>(course.strengths[place(k)]);
    };
    tell(human, told(drawn_psoas_left), told(drawn_psoas_right), seed);
    put_at_start(human);
  }

  // All of a course but strengths; room must have been made.
  void lay_ground_and_balls(int human, const CourseValue& course) {
    S* ball = engine_.obstacles(human);
    std::fill_n(ball, 3 * engine_.n_slots(), S(0));
    for (const Ball& b : course.balls) {
      for (double number : {b.x, b.y, b.radius}) *ball++ = static_cast<S>(number);
    }
    engine_.lay_surroundings(human, course);
    noise_[place(human)] = course.noise;
    delays_[place(human)] = course.delay;
    if (!task_.ahead) return;
    S* number = parts_.data() + place(human) * place(episodes_.n_parts * n_part_numbers);
    std::fill_n(number, episodes_.n_parts * n_part_numbers, S(0));
    for (const PartRow& part : course_parts(course)) {
      for (double value : part) *number++ = static_cast<S>(value);
    }
  }

  static Capacity capacity_of(const CourseRule& rule) { return myorun::capacity_of(rule); }
  static Capacity capacity_of(const CourseValue& course) {
    const auto size = [](const auto& list) { return static_cast<int>(list.size()); };
    const int pieces = course.has_uneven_ground() ? size(ground_pieces(course)) : 0;
    return {size(course.balls), pieces, size(course.patches), size(course_parts(course)), course.delay};
  }

  void make_room(const Capacity& capacity) {
    engine_.widen_obstacles(capacity.balls);
    engine_.widen_ground(capacity.pieces, capacity.patches);
    if (task_.ahead) widen_rows(parts_, episodes_.n_parts, capacity.parts, n_part_numbers);
    widen_rows(past_, episodes_.n_past, capacity.delay, task_.n_observed);
    show_room();
  }

  void widen_rows(std::vector<S>& rows, int& slots, int wanted, int columns) {
    if (wanted <= slots) return;
    const std::size_t from = place(slots * columns), to = place(wanted * columns);
    std::vector<S> wider(place(engine_.size()) * to, S(0));
    for (std::size_t i = 0; i < place(engine_.size()); ++i)
      std::copy_n(rows.data() + i * from, from, wider.data() + i * to);
    rows = std::move(wider);
    slots = wanted;
  }

  void show_room() {
    episodes_.parts = parts_.data();
    episodes_.delays = delays_.data();
    episodes_.past = past_.data();
  }

  void add_noise(int human) {
    const double level = noise_[place(human)];
    if (level == 0.0) return;
    const auto seed = static_cast<std::uint64_t>(std::max<std::int64_t>(seeds_[human], 0));
    add_motor_noise(seed, static_cast<std::uint64_t>(episodes_.steps[human]), level, engine_.excitations(human),
                    model().n_muscles);
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
  CourseRule rule_;            // of the courses to come
  std::vector<int> weakened_;  // the muscle that each drawn strength hits; -1: none
  std::vector<S> parts_, past_;
  std::vector<std::int32_t> delays_;
  std::vector<double> noise_;
};

}  // namespace myorun
