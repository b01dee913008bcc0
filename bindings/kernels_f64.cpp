// float64 kernels of one instruction set; compiled without contraction (see CMakeLists.txt).
#include "kernels_impl.h"

namespace myorun {

static void elementary(int function, const double* x, double* y, int n) {
  for (int i = 0; i < n; ++i) {
    if (function == 0) {
      y[i] = exp<double>(x[i]);
    } else {
      const SinCos<double> sc = sincos<double>(x[i]);
      y[i] = function == 1 ? sc.sin : sc.cos;
    }
  }
}

namespace MYORUN_KERNELS {
KernelSet make_f64() {
  return {MYORUN_ISA_NAME, MYORUN_REGISTER, make_kernels<double>(), make_kernels<Doubles>(), {}, &elementary};
}
}  // namespace MYORUN_KERNELS

}  // namespace myorun
