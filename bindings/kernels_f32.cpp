// float32 kernels of one instruction set; contraction allowed.
#include "kernels_impl.h"

#define MYORUN_CONCAT_(a, b) a##b
#define MYORUN_CONCAT(a, b) MYORUN_CONCAT_(a, b)

namespace myorun {
namespace MYORUN_CONCAT(MYORUN_ISA, _kernels) {
Kernels<f32x8> make_f32() { return make_kernels<f32x8>(); }
}  // namespace MYORUN_CONCAT(MYORUN_ISA,_kernels)
}  // namespace myorun
