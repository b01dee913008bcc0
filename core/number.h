// The number types a simulation can run on, and the few operations whose spelling depends on them.
//
// Everything in core/ is written once for a type T that stands for one environment (double, float)
// or for several side by side (f64x4, f32x8: one environment a lane). Only correctly rounded
// operations are used, so the same environment gets the same bits in every lane and on every
// instruction set, as long as the compiler does not contract a*b+c (the float64 builds forbid it).
#pragma once

#include <cstdint>

#if defined(__AVX__)
#include <immintrin.h>
#endif

#if defined(__CUDACC__)
#define MYORUN_INLINE __host__ __device__ __forceinline__
#else
#define MYORUN_INLINE inline __attribute__((always_inline))
#endif

// A stage of the derivative: called, not inlined, so that both stages of a step run the same code and
// the loop over substeps fits into the instruction cache.
#if defined(__CUDACC__)
#define MYORUN_STAGE __host__ __device__
#else
#define MYORUN_STAGE __attribute__((noinline))
#endif

// Each instruction set gets a namespace of its own: the linker must never merge an AVX2
// instantiation with a baseline one.
#ifndef MYORUN_ISA
#define MYORUN_ISA baseline
#endif

namespace myorun {

#if !defined(__CUDACC__)
typedef double f64x4 __attribute__((vector_size(32)));
typedef float f32x8 __attribute__((vector_size(32)));
typedef std::int64_t i64x4 __attribute__((vector_size(32)));
typedef std::int32_t i32x8 __attribute__((vector_size(32)));
#endif
#if defined(__AVX512F__) && !defined(__CUDACC__)
#define MYORUN_WIDE_PACKS
typedef double f64x8 __attribute__((vector_size(64)));
typedef std::int64_t i64x8 __attribute__((vector_size(64)));
#endif

template <class T> struct NumberTraits;

template <> struct NumberTraits<double> {
  using Scalar = double;
  using Mask = bool;
  using Integer = std::int64_t;
  static constexpr int lanes = 1;
};

template <> struct NumberTraits<float> {
  using Scalar = float;
  using Mask = bool;
  using Integer = std::int32_t;
  static constexpr int lanes = 1;
};

#if !defined(__CUDACC__)
template <> struct NumberTraits<f64x4> {
  using Scalar = double;
  using Mask = i64x4;
  using Integer = i64x4;
  static constexpr int lanes = 4;
};

template <> struct NumberTraits<f32x8> {
  using Scalar = float;
  using Mask = i32x8;
  using Integer = i32x8;
  static constexpr int lanes = 8;
};
#endif

#if defined(MYORUN_WIDE_PACKS)
template <> struct NumberTraits<f64x8> {
  using Scalar = double;
  using Mask = i64x8;
  using Integer = i64x8;
  static constexpr int lanes = 8;
};
#endif

template <class T> using ScalarOf = typename NumberTraits<T>::Scalar;
template <class T> using MaskOf = typename NumberTraits<T>::Mask;
template <class T> using IntegerOf = typename NumberTraits<T>::Integer;
template <class T> constexpr int lanes_of = NumberTraits<T>::lanes;

inline namespace MYORUN_ISA {

// ------------------------------------------------------------------ lanes

// The same scalar in every lane.
template <class T> MYORUN_INLINE T splat(ScalarOf<T> s) {
  if constexpr (lanes_of<T> == 1) {
    return s;
  } else {
    return s - T{};  // keeps the sign of -0
  }
}

template <class T> MYORUN_INLINE ScalarOf<T> get_lane(const T& v, int lane) {
  if constexpr (lanes_of<T> == 1) {
    return v;
  } else {
    return v[lane];
  }
}

template <class T> MYORUN_INLINE void set_lane(T& v, int lane, ScalarOf<T> s) {
  if constexpr (lanes_of<T> == 1) {
    v = s;
  } else {
    v[lane] = s;
  }
}

// ------------------------------------------------------------------ choice

template <class T, class M> MYORUN_INLINE T select(M mask, T yes, T no) { return mask ? yes : no; }

// True if any lane's mask is set. Compilers differ in the integer type of a comparison, not in its size.
template <class M> MYORUN_INLINE bool any(M mask) {
  if constexpr (sizeof(M) <= sizeof(int)) {
    return mask;
#if defined(MYORUN_WIDE_PACKS)
  } else if constexpr (sizeof(M) == 64) {
    return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0;
#endif
#if defined(__AVX__) && !defined(__CUDACC__)
  } else if constexpr (sizeof(M) == 32) {
    return _mm256_testz_si256((__m256i)mask, (__m256i)mask) == 0;
#endif
  } else {
    struct Words {
      std::int64_t word[sizeof(M) / 8];
    };
    const Words w = __builtin_bit_cast(Words, mask);
    std::int64_t all = 0;
    for (std::int64_t word : w.word) all |= word;
    return all != 0;
  }
}

// min and max as the x86 instructions define them: the second argument where neither is smaller.
template <class T> MYORUN_INLINE T min(T a, T b) { return select<T>(a < b, a, b); }
template <class T> MYORUN_INLINE T max(T a, T b) { return select<T>(a > b, a, b); }

#if defined(__AVX__) && !defined(__CUDACC__)
template <> MYORUN_INLINE f64x4 min(f64x4 a, f64x4 b) { return _mm256_min_pd(a, b); }
template <> MYORUN_INLINE f64x4 max(f64x4 a, f64x4 b) { return _mm256_max_pd(a, b); }
template <> MYORUN_INLINE f32x8 min(f32x8 a, f32x8 b) { return _mm256_min_ps(a, b); }
template <> MYORUN_INLINE f32x8 max(f32x8 a, f32x8 b) { return _mm256_max_ps(a, b); }
#endif

#if defined(MYORUN_WIDE_PACKS)
template <> MYORUN_INLINE f64x8 min(f64x8 a, f64x8 b) { return _mm512_min_pd(a, b); }
template <> MYORUN_INLINE f64x8 max(f64x8 a, f64x8 b) { return _mm512_max_pd(a, b); }
#endif

template <class T> MYORUN_INLINE T clamp(T x, ScalarOf<T> low, ScalarOf<T> high) {
  return min<T>(max<T>(x, splat<T>(low)), splat<T>(high));
}

template <class T> MYORUN_INLINE T abs(T x) { return select<T>(x < splat<T>(0), -x, x); }

// ------------------------------------------------------------------ square root, bits

MYORUN_INLINE double sqrt(double x) { return __builtin_sqrt(x); }
MYORUN_INLINE float sqrt(float x) { return __builtin_sqrtf(x); }

#if !defined(__CUDACC__)
MYORUN_INLINE f64x4 sqrt(f64x4 x) {
#if defined(__AVX__)
  return _mm256_sqrt_pd(x);
#else
  return f64x4{sqrt(x[0]), sqrt(x[1]), sqrt(x[2]), sqrt(x[3])};
#endif
}

MYORUN_INLINE f32x8 sqrt(f32x8 x) {
#if defined(__AVX__)
  return _mm256_sqrt_ps(x);
#else
  return f32x8{sqrt(x[0]), sqrt(x[1]), sqrt(x[2]), sqrt(x[3]), sqrt(x[4]), sqrt(x[5]), sqrt(x[6]), sqrt(x[7])};
#endif
}
#endif

#if defined(MYORUN_WIDE_PACKS)
MYORUN_INLINE f64x8 sqrt(f64x8 x) { return _mm512_sqrt_pd(x); }
#endif

template <class T> MYORUN_INLINE IntegerOf<T> bits_of(T x) { return __builtin_bit_cast(IntegerOf<T>, x); }
template <class T> MYORUN_INLINE T from_bits(IntegerOf<T> i) { return __builtin_bit_cast(T, i); }

// ------------------------------------------------------------------ packs: one environment, several muscles

// What muscles and path points are computed on: lanes of environments stay as they are; a lone double
// is widened over neighbours in the tables, because a single environment has no other parallelism.
template <class T> struct PackTraits {
  using Pack = T;
  static constexpr int size = 1;
};
#if defined(MYORUN_WIDE_PACKS)
template <> struct PackTraits<double> {
  using Pack = f64x8;
  static constexpr int size = 8;
};
#elif !defined(__CUDACC__)
template <> struct PackTraits<double> {
  using Pack = f64x4;
  static constexpr int size = 4;
};
#endif
template <class T> using PackOf = typename PackTraits<T>::Pack;
template <class T> constexpr int pack_size = PackTraits<T>::size;

// A pack of per-environment values from the array p.
template <class T> MYORUN_INLINE PackOf<T> load_pack(const T* p) {
  PackOf<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

template <class T> MYORUN_INLINE void store_pack(T* p, PackOf<T> v) { __builtin_memcpy(p, &v, sizeof v); }

// The same per-environment value throughout a pack.
template <class T> MYORUN_INLINE PackOf<T> spread(T v) {
  if constexpr (pack_size<T> == 1) {
    return v;
  } else {
    return splat<PackOf<T>>(v);
  }
}

// A pack of per-muscle parameters from the array p.
template <class T> MYORUN_INLINE PackOf<T> load_parameters(const ScalarOf<T>* p) {
  if constexpr (pack_size<T> == 1) {
    return splat<T>(p[0]);
  } else {
    return load_pack<T>(p);
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
