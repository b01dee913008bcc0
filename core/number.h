// The number types a simulation can run on, and the few operations whose spelling depends on them.
//
// Everything in core/ is written once for a type T that stands for one environment (double, float)
// or for as many side by side as a register of the instruction set holds (Doubles, Floats: one
// environment a lane). Only correctly rounded operations are used, so the same environment gets the
// same bits in every lane and on every instruction set, as long as the compiler does not contract
// a*b+c (the float64 builds forbid it).
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(__CUDACC__) && (defined(__AVX__) || defined(__SSE2__))
#include <immintrin.h>
#endif

#if defined(__CUDACC__)
#define MYORUN_INLINE __host__ __device__ __forceinline__
#else
#define MYORUN_INLINE inline __attribute__((always_inline))
#endif

// A plain function that a GPU may run too (cuda_check.cu).
#if defined(__CUDACC__)
#define MYORUN_DEVICE __host__ __device__
#else
#define MYORUN_DEVICE
#endif

// A stage of the derivative: called, not inlined, so that both stages of a step run the same code and
// the loop over substeps fits into the instruction cache.
#if defined(__CUDACC__)
#define MYORUN_STAGE __host__ __device__ __noinline__
#else
#define MYORUN_STAGE __attribute__((noinline))
#endif

// Each instruction set gets a namespace of its own: the linker must never merge an AVX2
// instantiation with a baseline one.
#ifndef MYORUN_ISA
#define MYORUN_ISA baseline
#endif

// The width of a register [bytes]: AVX-512, AVX2, or SSE2 and NEON.
#if defined(__AVX512F__)
#define MYORUN_REGISTER 64
#elif defined(__AVX2__)
#define MYORUN_REGISTER 32
#else
#define MYORUN_REGISTER 16
#endif

namespace myorun {
inline namespace MYORUN_ISA {

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
typedef double Doubles __attribute__((vector_size(MYORUN_REGISTER)));
typedef float Floats __attribute__((vector_size(MYORUN_REGISTER)));
typedef std::int64_t LongIntegers __attribute__((vector_size(MYORUN_REGISTER)));
typedef std::int32_t Integers __attribute__((vector_size(MYORUN_REGISTER)));

template <> struct NumberTraits<Doubles> {
  using Scalar = double;
  using Mask = LongIntegers;
  using Integer = LongIntegers;
  static constexpr int lanes = MYORUN_REGISTER / 8;
};

template <> struct NumberTraits<Floats> {
  using Scalar = float;
  using Mask = Integers;
  using Integer = Integers;
  static constexpr int lanes = MYORUN_REGISTER / 4;
};
#endif

template <class T> using ScalarOf = typename NumberTraits<T>::Scalar;
template <class T> using MaskOf = typename NumberTraits<T>::Mask;
template <class T> using IntegerOf = typename NumberTraits<T>::Integer;
template <class T> constexpr int lanes_of = NumberTraits<T>::lanes;

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
  } else {
#if defined(__CUDACC__)
    return false;  // a device knows no lanes
#elif defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX2__)
    return _mm256_testz_si256((__m256i)mask, (__m256i)mask) == 0;
#elif defined(__SSE2__)
    return _mm_movemask_epi8((__m128i)mask) != 0;
#else
    struct Words {
      std::int64_t low, high;
    };
    const Words words = __builtin_bit_cast(Words, mask);
    return (words.low | words.high) != 0;
#endif
  }
}

// min and max as the x86 instructions define them: the second argument where neither is smaller.
template <class T> MYORUN_INLINE T min(T a, T b) { return select<T>(a < b, a, b); }
template <class T> MYORUN_INLINE T max(T a, T b) { return select<T>(a > b, a, b); }

#if defined(__CUDACC__)
#elif defined(__AVX512F__)
template <> MYORUN_INLINE Doubles min(Doubles a, Doubles b) { return _mm512_min_pd(a, b); }
template <> MYORUN_INLINE Doubles max(Doubles a, Doubles b) { return _mm512_max_pd(a, b); }
template <> MYORUN_INLINE Floats min(Floats a, Floats b) { return _mm512_min_ps(a, b); }
template <> MYORUN_INLINE Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
#elif defined(__AVX2__)
template <> MYORUN_INLINE Doubles min(Doubles a, Doubles b) { return _mm256_min_pd(a, b); }
template <> MYORUN_INLINE Doubles max(Doubles a, Doubles b) { return _mm256_max_pd(a, b); }
template <> MYORUN_INLINE Floats min(Floats a, Floats b) { return _mm256_min_ps(a, b); }
template <> MYORUN_INLINE Floats max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
#elif defined(__SSE2__)
template <> MYORUN_INLINE Doubles min(Doubles a, Doubles b) { return _mm_min_pd(a, b); }
template <> MYORUN_INLINE Doubles max(Doubles a, Doubles b) { return _mm_max_pd(a, b); }
template <> MYORUN_INLINE Floats min(Floats a, Floats b) { return _mm_min_ps(a, b); }
template <> MYORUN_INLINE Floats max(Floats a, Floats b) { return _mm_max_ps(a, b); }
#endif

template <class T> MYORUN_INLINE T clamp(T x, ScalarOf<T> low, ScalarOf<T> high) {
  return min<T>(max<T>(x, splat<T>(low)), splat<T>(high));
}

template <class T> MYORUN_INLINE T abs(T x) { return select<T>(x < splat<T>(0), -x, x); }

// ------------------------------------------------------------------ square root, bits

MYORUN_INLINE double sqrt(double x) { return __builtin_sqrt(x); }
MYORUN_INLINE float sqrt(float x) { return __builtin_sqrtf(x); }

#if defined(__CUDACC__)
#elif defined(__AVX512F__)
MYORUN_INLINE Doubles sqrt(Doubles x) { return _mm512_sqrt_pd(x); }
MYORUN_INLINE Floats sqrt(Floats x) { return _mm512_sqrt_ps(x); }
#elif defined(__AVX2__)
MYORUN_INLINE Doubles sqrt(Doubles x) { return _mm256_sqrt_pd(x); }
MYORUN_INLINE Floats sqrt(Floats x) { return _mm256_sqrt_ps(x); }
#elif defined(__SSE2__)
MYORUN_INLINE Doubles sqrt(Doubles x) { return _mm_sqrt_pd(x); }
MYORUN_INLINE Floats sqrt(Floats x) { return _mm_sqrt_ps(x); }
#else
MYORUN_INLINE Doubles sqrt(Doubles x) { return Doubles{sqrt(x[0]), sqrt(x[1])}; }
MYORUN_INLINE Floats sqrt(Floats x) { return Floats{sqrt(x[0]), sqrt(x[1]), sqrt(x[2]), sqrt(x[3])}; }
#endif

template <class T> MYORUN_INLINE IntegerOf<T> bits_of(T x) { return __builtin_bit_cast(IntegerOf<T>, x); }
template <class T> MYORUN_INLINE T from_bits(IntegerOf<T> i) { return __builtin_bit_cast(T, i); }

// ------------------------------------------------------------------ tables

// For every lane the entry of its index. `n` is a multiple of 32; indices are below it.
template <class T> MYORUN_INLINE T lookup(const ScalarOf<T>* column, int, IntegerOf<T> index) {
  T found{};
  for (int lane = 0; lane < lanes_of<T>; ++lane) set_lane<T>(found, lane, column[index[lane]]);
  return found;
}

#if defined(__CUDACC__)
#elif defined(__AVX512F__)
// Two registers of the table at a time.
template <> MYORUN_INLINE Floats lookup<Floats>(const float* column, int n, Integers index) {
  const auto pair = [=](int k) {
    return _mm512_permutex2var_ps(_mm512_loadu_ps(column + k), (__m512i)index, _mm512_loadu_ps(column + k + 16));
  };
  __m512 found = pair(0);
  for (int k = 32; k < n; k += 32) {
    const __mmask16 here = _mm512_cmp_epi32_mask((__m512i)index, _mm512_set1_epi32(k), _MM_CMPINT_NLT);
    found = _mm512_mask_mov_ps(found, here, pair(k));
  }
  return found;
}
template <> MYORUN_INLINE Doubles lookup<Doubles>(const double* column, int n, LongIntegers index) {
  const auto pair = [=](int k) {
    return _mm512_permutex2var_pd(_mm512_loadu_pd(column + k), (__m512i)index, _mm512_loadu_pd(column + k + 8));
  };
  __m512d found = pair(0);
  for (int k = 16; k < n; k += 16) {
    const __mmask8 here = _mm512_cmp_epi64_mask((__m512i)index, _mm512_set1_epi64(k), _MM_CMPINT_NLT);
    found = _mm512_mask_mov_pd(found, here, pair(k));
  }
  return found;
}
#elif defined(__AVX2__)
template <> MYORUN_INLINE Floats lookup<Floats>(const float* column, int, Integers index) {
  return _mm256_i32gather_ps(column, (__m256i)index, 4);
}
template <> MYORUN_INLINE Doubles lookup<Doubles>(const double* column, int, LongIntegers index) {
  return _mm256_i64gather_pd(column, (__m256i)index, 8);
}
#endif

// ------------------------------------------------------------------ packs: one environment, several muscles

// What muscles and path points are computed on: lanes of environments stay as they are; a lone double
// is widened over neighbours in the tables, because a single environment has no other parallelism.
template <class T> struct PackTraits {
  using Pack = T;
  static constexpr int size = 1;
};
#if !defined(__CUDACC__)
template <> struct PackTraits<double> {
  using Pack = Doubles;
  static constexpr int size = lanes_of<Doubles>;
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
