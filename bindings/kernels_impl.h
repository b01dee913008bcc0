// Instantiates the core for one number type.
#pragma once

#include "equilibrium.h"
#include "kernels.h"
#include "play.h"

// avx2 -> namespace avx2_kernels, name "avx2"
#define MYORUN_CONCAT_(a, b) a##b
#define MYORUN_CONCAT(a, b) MYORUN_CONCAT_(a, b)
#define MYORUN_STRING_(a) #a
#define MYORUN_STRING(a) MYORUN_STRING_(a)
#define MYORUN_KERNELS MYORUN_CONCAT(MYORUN_ISA, _kernels)
#define MYORUN_ISA_NAME MYORUN_STRING(MYORUN_ISA)

namespace myorun {
inline namespace MYORUN_ISA {

// Calls f with the shape of the model.
template <class S, class F> void with_shape(const Model<S>& m, F f) {
  if (BipedShape::fits(m)) {
    f(BipedShape{});
  } else {
    f(AnyShape{});
  }
}

struct PlainQueue {
  Queue& queue;
  std::uint8_t* failed;

  int take() { return queue.take(); }
  void arrived(int human) { failed[human] = 0; }
  void gave_up(int human) { failed[human] = 1; }
};

template <class T>
void simulate_queue(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, const Interval<ScalarOf<T>>& interval,
                    Queue& queue, std::uint8_t* failed) {
  PlainQueue source{queue, failed};
  with_shape(m, [&](auto shape) { simulate<T, decltype(shape)>(m, batch, interval, source); });
}

template <class T>
void play_queue(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, const Interval<ScalarOf<T>>& interval,
                Queue& queue, const Task<ScalarOf<T>>& task, const Episodes<ScalarOf<T>>& episodes) {
  with_shape(m, [&](auto shape) { play<T, decltype(shape)>(m, batch, interval, queue, task, episodes); });
}

template <class T>
void begin_queue(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, Queue& queue,
                 const Task<ScalarOf<T>>& task, const Episodes<ScalarOf<T>>& episodes) {
  with_shape(m, [&](auto shape) { begin<T, decltype(shape)>(m, batch, queue, task, episodes); });
}

// Calls f(humans, how many of them) for registers of humans 0 to n - 1.
template <class T, class F> void for_registers(int n, F f) {
  for (int first = 0; first < n; first += lanes_of<T>) {
    int humans[lanes_of<T>];
    const int count = n - first < lanes_of<T> ? n - first : lanes_of<T>;
    for (int lane = 0; lane < count; ++lane) humans[lane] = first + lane;
    f(humans, count);
  }
}

template <class T> void equilibrate_all(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int n) {
  Lanes<T> lanes;
  for_registers<T>(n, [&](const int* humans, int count) {
    load_humans<T>(m, batch, humans, count, ScalarOf<T>(0), lanes);
    calc_equilibrium<T>(m, lanes.state);
    for (int lane = 0; lane < count; ++lane) store_state<T>(m, lanes.state, lane, humans[lane], batch);
  });
}

// Writes values [offset, offset + count) into rows.
template <class T> struct RowSink {
  ScalarOf<T>* rows;
  int n_rows, offset, count;
  int k = 0;

  void begin(const char*, int, int) {}
  void put(T v) {
    const int column = k++ - offset;
    if (column < 0 || column >= count) return;
    for (int row = 0; row < n_rows; ++row) rows[std::ptrdiff_t(row) * count + column] = get_lane<T>(v, row);
  }
};

template <class T>
void report_all(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, int n, int offset, int count,
                ScalarOf<T>* rows) {
  Lanes<T> lanes;
  for_registers<T>(n, [&](const int* humans, int n_humans) {
    load_humans<T>(m, batch, humans, n_humans, ScalarOf<T>(0), lanes);
    RowSink<T> sink{rows + std::ptrdiff_t(humans[0]) * count, n_humans, offset, count};
    with_shape(m, [&](auto shape) {
      report<T, decltype(shape)>(m, lanes.course, lanes.state, lanes.excitation, Depth::forces, sink);
    });
  });
}

template <class T> struct LayoutSink {
  QuantityEntry* entries;
  int n_entries, offset;
  void begin(const char* name, int rows, int columns) { entries[n_entries++] = {name, rows, columns, offset}; }
  void put(T) { ++offset; }
};

template <class T> int report_layout(const Model<ScalarOf<T>>& m, QuantityEntry* entries) {
  static const State<T> zero{};
  static const Course<T> course{};
  LayoutSink<T> sink{entries, 0, 0};
  report<T, AnyShape>(m, course, zero, zero.a, Depth::forces, sink);
  return sink.n_entries;
}

template <class T> Kernels<ScalarOf<T>> make_kernels() {
  return {&simulate_queue<T>, &play_queue<T>, &begin_queue<T>, &equilibrate_all<T>, &report_all<T>, &report_layout<T>};
}

}  // namespace MYORUN_ISA
}  // namespace myorun
