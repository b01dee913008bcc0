// Instantiates the core for one number type.
#pragma once

#include "equilibrium.h"
#include "kernels.h"
#include "report.h"
#include "simulate.h"

// avx2 -> namespace avx2_kernels, name "avx2"
#define MYORUN_CONCAT_(a, b) a##b
#define MYORUN_CONCAT(a, b) MYORUN_CONCAT_(a, b)
#define MYORUN_STRING_(a) #a
#define MYORUN_STRING(a) MYORUN_STRING_(a)
#define MYORUN_KERNELS MYORUN_CONCAT(MYORUN_ISA, _kernels)
#define MYORUN_ISA_NAME MYORUN_STRING(MYORUN_ISA)

namespace myorun {
inline namespace MYORUN_ISA {

template <class T> struct ValueSink {
  T* values;
  void begin(const char*, int, int) {}
  void put(T v) { *values++ = v; }
};

template <class T> struct LayoutSink {
  QuantityEntry* entries;
  int n_entries, offset;
  void begin(const char* name, int rows, int columns) { entries[n_entries++] = {name, rows, columns, offset}; }
  void put(T) { ++offset; }
};

template <class T>
void report_values(const Model<ScalarOf<T>>& m, const Course<T>& course, const State<T>& s, const T* excitations,
                   T* values) {
  ValueSink<T> sink{values};
  if (BipedShape::fits(m)) {
    report<T, BipedShape>(m, course, s, excitations, sink);
  } else {
    report<T, AnyShape>(m, course, s, excitations, sink);
  }
}

template <class T> int report_layout(const Model<ScalarOf<T>>& m, QuantityEntry* entries) {
  static const State<T> zero{};
  static const Course<T> course{};
  LayoutSink<T> sink{entries, 0, 0};
  report<T, AnyShape>(m, course, zero, zero.a, sink);
  return sink.n_entries;
}

template <class T>
unsigned simulate_any(const Model<ScalarOf<T>>& m, const Course<T>& course, const T* excitations, ScalarOf<T> duration,
                      Division<ScalarOf<T>> division, State<T>& s) {
  if (BipedShape::fits(m)) return simulate<T, BipedShape>(m, course, excitations, duration, division, s);
  return simulate<T, AnyShape>(m, course, excitations, duration, division, s);
}

template <class T> Kernels<T> make_kernels() {
  return {&simulate_any<T>, &calc_equilibrium<T>, &report_values<T>, &report_layout<T>};
}

}  // namespace MYORUN_ISA
}  // namespace myorun
