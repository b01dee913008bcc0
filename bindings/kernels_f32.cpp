// float32 kernels of one instruction set; contraction allowed.
#include "kernels_impl.h"

namespace myorun {
namespace MYORUN_KERNELS {
Kernels<f32x8> make_f32() { return make_kernels<f32x8>(); }
}  // namespace MYORUN_KERNELS
}  // namespace myorun
