// Numbers at random that need no memory: of a key and a place, always the same.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "elementary.h"

namespace myorun {

// Philox4x64-10: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, Proc. SC11. The
// words of numpy.random.Philox(key=key, counter=counter), whose first block is that of counter + 1.
class Philox {
 public:
  using Block = std::array<std::uint64_t, 4>;

  explicit Philox(std::array<std::uint64_t, 2> key) : key_(key) {}

  Block operator()(Block counter) const {
    std::uint64_t k0 = key_[0], k1 = key_[1];
    for (int round = 0; round < 10; ++round) {
      const Wide a = Wide(0xD2E7470EE14C6C93u) * counter[0], b = Wide(0xCA5A826395121157u) * counter[2];
      counter = {high(b) ^ counter[1] ^ k0, low(b), high(a) ^ counter[3] ^ k1, low(a)};
      k0 += 0x9E3779B97F4A7C15u;
      k1 += 0xBB67AE8584CAA73Bu;
    }
    return counter;
  }

 private:
  __extension__ typedef unsigned __int128 Wide;
  static std::uint64_t high(Wide wide) { return static_cast<std::uint64_t>(wide >> 64); }
  static std::uint64_t low(Wide wide) { return static_cast<std::uint64_t>(wide); }

  std::array<std::uint64_t, 2> key_;
};

// [0, 1), as NumPy makes it of a word.
inline double unit_of(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

// What the streams of a course's seed are for; beyond the last, one for each parameter that may be randomised.
enum class Stream : std::uint64_t { course, noise, randomised = 16 };

// Uniform numbers of one stream, in order: those of numpy.random.Generator(numpy.random.Philox(key=[seed, stream])).
class Uniform {
 public:
  Uniform(std::uint64_t seed, std::uint64_t stream) : philox_({seed, stream}) {}

  double operator()(double low, double high) { return low + (high - low) * unit_of(next_word()); }

 private:
  std::uint64_t next_word() {
    if (used_ == block_.size()) {
      ++count_;
      block_ = philox_({count_, 0, 0, 0});
      used_ = 0;
    }
    return block_[used_++];
  }

  Philox philox_;
  std::uint64_t count_ = 0;
  Philox::Block block_{};
  std::size_t used_ = 4;
};

// The natural logarithm for x in (0, 1], within 2 units in the last place, of correctly rounded operations alone:
// those of a platform's library differ in their last bits.
inline double unit_log(double x) {
  int exponent;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0x1.6a09e667f3bcdp-1) {
    mantissa *= 2.0;
    --exponent;
  }
  const double s = (mantissa - 1.0) / (mantissa + 1.0), s2 = s * s;  // log m = 2 artanh s
  double sum = 0.0;
  for (int k = 25; k >= 3; k -= 2) sum = (sum + 1.0 / k) * s2;
  return exponent * 0x1.62e42fefa39efp-1 + 2.0 * (s + s * sum);
}

// Signal-dependent motor noise: every excitation e becomes e + level e z, clipped to [0, 1], with z standard normal
// by Box & Muller (1958), Ann. Math. Stat. 29(2):610-611, of the seed's stream at the step.
template <class E> void add_motor_noise(std::uint64_t seed, std::uint64_t step, double level, E* excitations, int n) {
  const Philox philox({seed, static_cast<std::uint64_t>(Stream::noise)});
  for (int i = 0; i < n; i += 4) {
    const Philox::Block words = philox({1u + static_cast<std::uint64_t>(i) / 4u, step, 0, 0});
    double normal[4];
    for (std::size_t pair = 0; pair < 4; pair += 2) {
      const double radius = std::sqrt(-2.0 * unit_log(unit_of(words[pair]) + 0x1p-53));
      const SinCos<double> turn = sincos<double>(0x1.921fb54442d18p+2 * (unit_of(words[pair + 1]) - 0.5));
      normal[pair] = radius * turn.cos;
      normal[pair + 1] = radius * turn.sin;
    }
    for (int k = i; k < n && k < i + 4; ++k) {
      const double e = excitations[k];
      const double noisy = e + level * e * normal[k - i];
      excitations[k] = static_cast<E>(noisy > 0.0 ? (noisy < 1.0 ? noisy : 1.0) : 0.0);
    }
  }
}

}  // namespace myorun
