// float32 kernels of one instruction set; contraction allowed.
#include "kernels_impl.h"

namespace myorun {
namespace MYORUN_KERNELS {
Kernels<float> make_f32() { return make_kernels<Floats>(); }
}  // namespace MYORUN_KERNELS
}  // namespace myorun
