// The core's entry points for one precision, compiled once an instruction set and chosen at import. How
// many humans go side by side in a register is each instruction set's own affair.
#pragma once

#include "task.h"

namespace myorun {

struct QuantityEntry {
  const char* name;
  int rows, columns, offset;
};

constexpr int max_quantities = 48;

// The humans still to be taken on; threads share one.
struct Queue {
  const int* humans;
  int n;
  int n_taken;

  int take() {
    const int k = __atomic_fetch_add(&n_taken, 1, __ATOMIC_RELAXED);
    return k < n ? humans[k] : none;
  }
};

template <class S> struct Kernels {
  // Advances the queue's humans; `failed` has one entry a human, set where it could not be continued.
  void (*simulate)(const Model<S>&, const Batch<S>&, const Interval<S>&, Queue&, std::uint8_t* failed);
  // The same, and judges every human for its task.
  void (*play)(const Model<S>&, const Batch<S>&, const Interval<S>&, Queue&, const Task<S>&, const Episodes<S>&);
  // Tells the observations of the queue's humans, who begin an episode.
  void (*begin)(const Model<S>&, const Batch<S>&, Queue&, const Task<S>&, const Episodes<S>&);
  void (*equilibrate)(const Model<S>&, const Batch<S>&, int n);
  // Writes values [offset, offset + count) of all n humans, in rows.
  void (*report)(const Model<S>&, const Batch<S>&, int n, int offset, int count, S* rows);
  int (*layout)(const Model<S>&, QuantityEntry* entries);
};

struct KernelSet {
  const char* name;
  int register_bytes;
  Kernels<double> lone;   // one human after another, its muscles side by side
  Kernels<double> f64;    // humans side by side
  Kernels<float> f32;
  void (*elementary)(int function, const double* x, double* y, int n);  // for tests: 0 exp, 1 sin, 2 cos
};

// Float kernels live in translation units of their own: they may contract a*b+c, the others must not.
#define MYORUN_DECLARE_ISA(isa) \
  namespace isa##_kernels {     \
    KernelSet make_f64();       \
    Kernels<float> make_f32();  \
  }

// What every processor of the architecture has, and what some have besides.
#if defined(__aarch64__)
MYORUN_DECLARE_ISA(neon)
namespace everywhere_kernels = neon_kernels;
#else
MYORUN_DECLARE_ISA(baseline)
namespace everywhere_kernels = baseline_kernels;
#endif
MYORUN_DECLARE_ISA(avx2)
MYORUN_DECLARE_ISA(avx512)

}  // namespace myorun
