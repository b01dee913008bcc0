// The core's entry points for one number type, compiled once an instruction set and chosen at import.
#pragma once

#include "state.h"

namespace myorun {

struct QuantityEntry {
  const char* name;
  int rows, columns, offset;
};

constexpr int max_quantities = 48;

template <class T> struct Kernels {
  using S = ScalarOf<T>;
  // Returns a bit for every lane that could not be continued.
  unsigned (*simulate)(const Model<S>&, const Course<T>&, const T* excitations, S duration, Division<S>, State<T>&);
  void (*equilibrate)(const Model<S>&, State<T>&);
  // Writes all named quantities; `values` holds as many T as the last entry of `layout` ends at.
  void (*report)(const Model<S>&, const Course<T>&, const State<T>&, const T* excitations, T* values);
  int (*layout)(const Model<S>&, QuantityEntry* entries);
};

struct KernelSet {
  const char* name;
  Kernels<double> f64;
  Kernels<f64x4> f64x4_;
  Kernels<f32x8> f32x8_;
  void (*elementary)(int function, const double* x, double* y, int n);  // for tests: 0 exp, 1 sin, 2 cos
};

// Float kernels live in translation units of their own: they may contract a*b+c, the others must not.
#define MYORUN_DECLARE_ISA(isa) \
  namespace isa##_kernels {     \
    KernelSet make_f64();       \
    Kernels<f32x8> make_f32();  \
  }

MYORUN_DECLARE_ISA(baseline)
MYORUN_DECLARE_ISA(avx2)
MYORUN_DECLARE_ISA(avx512)

}  // namespace myorun
