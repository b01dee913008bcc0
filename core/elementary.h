// exp, sin and cos from correctly rounded operations only, so that their bits do not depend on a
// maths library. Errors stay below 2 units in the last place over the arguments a simulation meets;
// tests/physics/test_elementary.py measures them.
#pragma once

#include "number.h"

namespace myorun {
inline namespace MYORUN_ISA {

namespace detail {

// Adding and subtracting this number rounds to an integer, which then sits in the low bits.
template <class S> constexpr S rounding_shift = S(sizeof(S) == 8 ? 6755399441055744.0 : 12582912.0);

// Horner's rule, highest power last in the argument list.
template <class T> MYORUN_INLINE T polynomial(T, ScalarOf<T> c0) { return splat<T>(c0); }
template <class T, class... Rest> MYORUN_INLINE T polynomial(T x, ScalarOf<T> c0, Rest... rest) {
  return c0 + x * polynomial<T>(x, rest...);
}

}  // namespace detail

// e^x, with x limited to the range whose result is a normal number.
template <class T> MYORUN_INLINE T exp(T x) {
  using S = ScalarOf<T>;
  constexpr bool wide = sizeof(S) == 8;
  constexpr S limit = S(wide ? 708.0 : 87.0);
  constexpr S log2e = S(1.4426950408889634);
  constexpr S ln2_high = S(wide ? 6.93147180369123816490e-01 : 0.693145751953125);
  constexpr S ln2_low = S(wide ? 1.90821492927058770002e-10 : 1.42860682030941723212e-06);
  constexpr int mantissa = wide ? 52 : 23;
  constexpr int bias = wide ? 1023 : 127;

  x = clamp<T>(x, -limit, limit);
  const T shifted = x * log2e + detail::rounding_shift<S>;
  const T n = shifted - detail::rounding_shift<S>;
  const T r = (x - n * ln2_high) - n * ln2_low;
  T p;
  if constexpr (wide) {  // Taylor's series in pairs: the next term is below 2^-54 for |r| < ln(2)/2
    const T r2 = r * r;
    const T r4 = r2 * r2;
    const T p01 = S(1.0) + r;
    const T p23 = S(1.0 / 2) + r * S(1.0 / 6);
    const T p45 = S(1.0 / 24) + r * S(1.0 / 120);
    const T p67 = S(1.0 / 720) + r * S(1.0 / 5040);
    const T p89 = S(1.0 / 40320) + r * S(1.0 / 362880);
    const T pab = S(1.0 / 3628800) + r * S(1.0 / 39916800);
    const T pcd = S(1.0 / 479001600) + r * S(1.0 / 6227020800.0);
    const T low = p01 + r2 * p23;
    const T mid = p45 + r2 * p67;
    const T high = (p89 + r2 * pab) + r4 * pcd;
    p = low + r4 * (mid + r4 * high);
  } else {
    p = detail::polynomial<T>(r, S(1), S(1), S(1.0 / 2), S(1.0 / 6), S(1.0 / 24), S(1.0 / 120), S(1.0 / 720));
  }
  const IntegerOf<T> exponent = (bits_of<T>(shifted) + bias) << mantissa;
  return p * from_bits<T>(exponent);
}

template <class T> struct SinCos {
  T sin, cos;
};

// sin and cos of x [rad]; accurate while |x| stays below a thousand turns.
template <class T> MYORUN_INLINE SinCos<T> sincos(T x) {
  using S = ScalarOf<T>;
  constexpr bool wide = sizeof(S) == 8;
  constexpr S two_over_pi = S(0.63661977236758134308);
  // pi/2 in three parts, the first two with trailing zeros so that n times them is exact
  constexpr S part1 = S(wide ? 1.57079632673412561417e+00 : 1.5703125);
  constexpr S part2 = S(wide ? 6.07710050630396597660e-11 : 4.837512969970703125e-4);
  constexpr S part3 = S(wide ? 2.02226624879595063154e-21 : 7.54978995489188216e-8);

  const T shifted = x * two_over_pi + detail::rounding_shift<S>;
  const T n = shifted - detail::rounding_shift<S>;
  const T r = ((x - n * part1) - n * part2) - n * part3;
  const T r2 = r * r;
  T sin, cos;
  if constexpr (wide) {
    sin = r + r * r2 *
                  detail::polynomial<T>(r2, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
                                        1.0 / 6227020800.0, -1.0 / 1307674368000.0);
    cos = S(1) - r2 * S(0.5) +
          r2 * r2 *
              detail::polynomial<T>(r2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600,
                                    -1.0 / 87178291200.0, 1.0 / 20922789888000.0);
  } else {
    sin = r + r * r2 * detail::polynomial<T>(r2, S(-1.0 / 6), S(1.0 / 120), S(-1.0 / 5040), S(1.0 / 362880));
    cos = S(1) - r2 * S(0.5) + r2 * r2 * detail::polynomial<T>(r2, S(1.0 / 24), S(-1.0 / 720), S(1.0 / 40320));
  }
  const IntegerOf<T> quadrant = bits_of<T>(shifted);
  const auto swap = (quadrant & 1) != 0;
  const auto negative_sin = (quadrant & 2) != 0;
  const auto negative_cos = ((quadrant + 1) & 2) != 0;
  const T s = select<T>(swap, cos, sin);
  const T c = select<T>(swap, sin, cos);
  return {select<T>(negative_sin, -s, s), select<T>(negative_cos, -c, c)};
}

}  // namespace MYORUN_ISA
}  // namespace myorun
