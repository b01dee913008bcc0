// The compiled module myorun._core: arrays in, arrays out.
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "episodes.h"

namespace myorun {

static KernelSet join(KernelSet f64, Kernels<float> f32) {
  f64.f32 = f32;
  return f64;
}

static std::vector<KernelSet> available_sets() {
  std::vector<KernelSet> sets{join(everywhere_kernels::make_f64(), everywhere_kernels::make_f32())};
#if defined(MYORUN_X86)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sets.push_back(join(avx2_kernels::make_f64(), avx2_kernels::make_f32()));
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
      sets.push_back(join(avx512_kernels::make_f64(), avx512_kernels::make_f32()));
    }
  }
#endif
  return sets;
}

static KernelSet find_set(const std::string& name) {
  for (const KernelSet& set : available_sets()) {
    if (name == set.name) return set;
  }
  throw std::invalid_argument("instruction set " + name + " is not available on this processor");
}

template <class S, class Choose> void bind_engine(nb::module_& module, const char* name, Choose kernels_of) {
  using E = Engine<S>;
  nb::class_<E>(module, name)
      .def(
          "__init__",
          [kernels_of](E* self, const nb::dict& tables, int n, const std::string& isa, int threads) {
            new (self) E(tables, kernels_of(find_set(isa), n), n, threads);
          },
          nb::arg("tables"), nb::arg("n"), nb::arg("isa"), nb::arg("threads") = 1)
      .def_prop_ro("size", &E::size)
      .def_prop_ro("state_size", &E::state_size)
      .def_prop_ro("layout",
                   [](const E& e) {
                     std::vector<std::tuple<std::string, int, int, int>> entries;
                     for (const auto& q : e.layout()) entries.emplace_back(q.name, q.offset, q.rows, q.columns);
                     return entries;
                   })
      .def("set_states", &E::set_states, nb::arg("states"))
      .def("get_states", &E::get_states, nb::arg("out"))
      .def("set_strengths", &E::set_strengths, nb::arg("strengths"))
      .def("set_obstacles", &E::set_obstacles, nb::arg("obstacles"))
      .def(
          "set_surroundings",
          [](E& e, int human, const nb::dict& course) { e.set_surroundings(human, course_of(course)); },
          nb::arg("human"), nb::arg("course"))
      .def("set_excitations", &E::set_excitations, nb::arg("excitations"))
      .def("step", &E::step, nb::arg("excitations"), nb::arg("duration"), nb::arg("substeps"), nb::arg("tolerance"))
      .def("equilibrate", &E::equilibrate)
      .def("report", &E::report, nb::arg("offset"), nb::arg("count"), nb::arg("out"));
}

template <class S> void bind_episodes(nb::module_& module, const char* name) {
  using E = EpisodeRunner<S>;
  nb::class_<E>(module, name)
      .def(nb::init<Engine<S>&, const nb::dict&, const nb::dict&>(), nb::keep_alive<1, 2>(), nb::arg("engine"),
           nb::arg("rules"), nb::arg("arrays"))
      .def("set_generators", &E::set_generators, nb::arg("humans"), nb::arg("words"))
      .def("get_generators", &E::get_generators, nb::arg("out"))
      .def("set_courses", &E::set_courses, nb::arg("difficulty"), nb::arg("max_obstacles"))
      .def("restart", &E::restart, nb::arg("humans"), nb::arg("seeds"), nb::arg("difficulty"), nb::arg("max_obstacles"))
      .def("restart_on", &E::restart_on, nb::arg("human"), nb::arg("course"), nb::arg("strengths"), nb::arg("told"),
           nb::arg("seed"))
      .def("begin_here", &E::begin_here, nb::arg("human"), nb::arg("told"), nb::arg("seed"))
      .def("step", &E::step, nb::arg("actions"));
}

}  // namespace myorun

NB_MODULE(_core, module) {
  using namespace myorun;
  module.doc() = "The compiled physics of myorun; use myorun.Simulator and myorun.BatchSimulator.";
  bind_engine<double>(module, "Float64", [](const KernelSet& set, int n) { return n == 1 ? set.lone : set.f64; });
  bind_engine<float>(module, "Float32", [](const KernelSet& set, int) { return set.f32; });
  bind_episodes<double>(module, "Episodes64");
  bind_episodes<float>(module, "Episodes32");
  module.def(
      "draw_course",
      [](const std::string& generator, std::uint64_t seed, double difficulty, int count, nb::handle randomise) {
        return course_dict(draw_value(seed, {generator, difficulty, count, ranges_of(randomise)}));
      },
      nb::arg("generator"), nb::arg("seed"), nb::arg("difficulty"), nb::arg("count"), nb::arg("randomise"));
  module.def(
      "add_motor_noise",
      [](std::uint64_t seed, std::uint64_t step, double level,
         nb::ndarray<double, nb::ndim<1>, nb::c_contig, nb::device::cpu> excitations) {
        add_motor_noise(seed, step, level, excitations.data(), static_cast<int>(excitations.size()));
      },
      nb::arg("seed"), nb::arg("step"), nb::arg("level"), nb::arg("excitations"));
  module.def("instruction_sets", [] {
    std::vector<std::string> names;
    for (const KernelSet& set : available_sets()) names.emplace_back(set.name);
    return names;
  });
  module.def("register_bytes", [](const std::string& isa) { return find_set(isa).register_bytes; }, nb::arg("isa"));
  module.def(
      "elementary",
      [](const std::string& isa, int function, nb::ndarray<const double, nb::ndim<1>, nb::c_contig> x,
         nb::ndarray<double, nb::ndim<1>, nb::c_contig> out) {
        if (x.size() != out.size()) throw std::invalid_argument("x and out differ in length");
        find_set(isa).elementary(function, x.data(), out.data(), static_cast<int>(x.size()));
      },
      nb::arg("isa"), nb::arg("function"), nb::arg("x"), nb::arg("out"));
}
