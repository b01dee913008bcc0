// The core as code for a GPU, one human a thread. Nothing is run: nvcc compiles this file in the gate, so
// that no header calls what only a processor has. It needs neither --extended-lambda nor
// --expt-relaxed-constexpr: a lambda is for whatever its function is for, and all that is called is
// marked for both (MYORUN_DEVICE, MYORUN_INLINE, MYORUN_STAGE).
#include "equilibrium.h"
#include "play.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Humans of one thread: its own and every `stride`-th from there.
struct GridQueue {
  int next, n, stride;

  __device__ int take() {
    const int human = next;
    next += stride;
    return human < n ? human : none;
  }
};

__device__ GridQueue queue_of_thread(int n) {
  return {int(blockIdx.x * blockDim.x + threadIdx.x), n, int(gridDim.x * blockDim.x)};
}

template <class T> __global__ void equilibrate(Model<T> m, Batch<T> batch, int n) {
  GridQueue queue = queue_of_thread(n);
  Lanes<T> lanes;
  for (int human = queue.take(); human != none; human = queue.take()) {
    load_state<T>(m, batch, human, 0, lanes.state);
    calc_equilibrium<T>(m, lanes.state);
    store_state<T>(m, lanes.state, 0, human, batch);
  }
}

template <class T, class Shape>
__global__ void begin_all(Model<T> m, Batch<T> batch, Task<T> task, Episodes<T> episodes, int n) {
  GridQueue queue = queue_of_thread(n);
  begin<T, Shape>(m, batch, queue, task, episodes);
}

template <class T, class Shape>
__global__ void play_all(Model<T> m, Batch<T> batch, Interval<T> interval, Task<T> task, Episodes<T> episodes, int n) {
  GridQueue queue = queue_of_thread(n);
  play<T, Shape>(m, batch, interval, queue, task, episodes);
}

#define MYORUN_KERNELS_OF(T, Shape)                                                            \
  template __global__ void begin_all<T, Shape>(Model<T>, Batch<T>, Task<T>, Episodes<T>, int); \
  template __global__ void play_all<T, Shape>(Model<T>, Batch<T>, Interval<T>, Task<T>, Episodes<T>, int);

template __global__ void equilibrate<float>(Model<float>, Batch<float>, int);
template __global__ void equilibrate<double>(Model<double>, Batch<double>, int);
MYORUN_KERNELS_OF(float, BipedShape)
MYORUN_KERNELS_OF(float, AnyShape)
MYORUN_KERNELS_OF(double, BipedShape)
MYORUN_KERNELS_OF(double, AnyShape)

}  // namespace MYORUN_ISA
}  // namespace myorun
