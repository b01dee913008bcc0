// Courses from seeds, number by number as NumPy draws them (myorun/course.py, draw_course).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "course.h"

namespace myorun {

// The Mersenne Twister behind numpy.random.RandomState: Matsumoto & Nishimura (1998), ACM Trans. Model. Comput.
// Simul. 8(1):3-30, with the seeding of their 2002 revision.
class RandomState {
 public:
  explicit RandomState(std::uint64_t seed) {
    const auto low = static_cast<std::uint32_t>(seed), high = static_cast<std::uint32_t>(seed >> 32);
    if (high == 0) {
      seed_by(low);
    } else {
      seed_by(std::array{low, high});
    }
  }

  // [low, high)
  double uniform(double low, double high) { return low + (high - low) * next_double(); }

  double exponential(double scale) { return scale * -std::log(1.0 - next_double()); }

  // Marsaglia's polar method; every second number was found along with the one before.
  double normal(double mean, double deviation) {
    if (has_spare_) {
      has_spare_ = false;
      return mean + deviation * spare_;
    }
    double x, y, r2;
    do {
      x = 2.0 * next_double() - 1.0;
      y = 2.0 * next_double() - 1.0;
      r2 = x * x + y * y;
    } while (r2 >= 1.0 || r2 == 0.0);
    const double f = std::sqrt(-2.0 * std::log(r2) / r2);
    spare_ = f * x;
    has_spare_ = true;
    return mean + deviation * (f * y);
  }

 private:
  static constexpr int n = 624, m = 397;

  void seed_by(std::uint32_t seed) {
    for (int i = 0; i < n; ++i) {
      key_[i] = seed;
      seed = 1812433253u * (seed ^ (seed >> 30)) + static_cast<std::uint32_t>(i) + 1u;
    }
  }

  void seed_by(std::array<std::uint32_t, 2> words) {
    seed_by(19650218u);
    int i = 1, j = 0;
    const auto advance = [&] {
      if (++i < n) return;
      key_[0] = key_[n - 1];
      i = 1;
    };
    for (int k = 0; k < n; ++k) {
      const std::uint32_t before = key_[i - 1];
      key_[i] = (key_[i] ^ ((before ^ (before >> 30)) * 1664525u)) + words[j] + static_cast<std::uint32_t>(j);
      j = 1 - j;
      advance();
    }
    for (int k = 0; k < n - 1; ++k) {
      const std::uint32_t before = key_[i - 1];
      key_[i] = (key_[i] ^ ((before ^ (before >> 30)) * 1566083941u)) - static_cast<std::uint32_t>(i);
      advance();
    }
    key_[0] = 0x80000000u;
  }

  void twist() {
    for (int i = 0; i < n; ++i) {
      const std::uint32_t y = (key_[i] & 0x80000000u) | (key_[(i + 1) % n] & 0x7fffffffu);
      key_[i] = key_[(i + m) % n] ^ (y >> 1) ^ ((y & 1u) ? 0x9908b0dfu : 0u);
    }
    next_ = 0;
  }

  std::uint32_t next_word() {
    if (next_ == n) twist();
    std::uint32_t y = key_[next_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }

  double next_double() {
    const std::uint32_t high = next_word() >> 5, low = next_word() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

  std::array<std::uint32_t, n> key_;
  int next_ = n;
  bool has_spare_ = false;
  double spare_ = 0.0;
};

// What numpy.random.PCG64 holds: O'Neill (2014), Harvey Mudd College report HMC-CS-2014-0905. Words of state and
// increment, high first, then whether half of the latest number is left over, and that half.
struct Pcg64 {
  std::uint64_t state_high, state_low, increment_high, increment_low, has_half, half;

  // The numbers of numpy.random.Generator.integers(0, 2**32).
  std::uint32_t next_word() {
    if (has_half) {
      has_half = 0;
      return static_cast<std::uint32_t>(half);
    }
    const std::uint64_t number = next();
    has_half = 1;
    half = number >> 32;
    return static_cast<std::uint32_t>(number);
  }

 private:
  __extension__ typedef unsigned __int128 Wide;

  std::uint64_t next() {
    constexpr Wide multiplier = (Wide(0x2360ed051fc65da4u) << 64) | 0x4385df649fccf645u;
    const Wide increment = (Wide(increment_high) << 64) | increment_low;
    const Wide state = ((Wide(state_high) << 64) | state_low) * multiplier + increment;
    state_high = static_cast<std::uint64_t>(state >> 64);
    state_low = static_cast<std::uint64_t>(state);
    const std::uint64_t folded = state_high ^ state_low;
    const int turn = static_cast<int>(state_high >> 58);
    return (folded >> turn) | (folded << ((64 - turn) & 63));
  }
};

struct DrawnCourse {
  std::vector<Ball> balls;  // in the order of x
  double strength_right = 1.0, strength_left = 1.0;  // of the psoas
};

// The course of a seed, by the rule and in the order of draw_course. Raises nothing: arguments were checked.
inline DrawnCourse draw_course(std::uint64_t seed, int difficulty, int max_obstacles) {
  constexpr int most_near = 3;
  RandomState random(seed);
  DrawnCourse course;
  if (difficulty >= 1) {
    const int near = std::min(most_near, max_obstacles), far = max_obstacles - near;
    std::vector<Ball>& balls = course.balls;
    balls.resize(static_cast<std::size_t>(max_obstacles));
    const auto stretch = [&](int first, int count, double lowest) {
      const auto begin = balls.begin() + first, end = begin + count;
      std::for_each(begin, end, [&](Ball& ball) { ball.y = random.uniform(lowest, 0.25); });
      std::for_each(begin, end, [&](Ball& ball) {
        ball.radius = 0.05 + random.exponential(0.05);
        ball.y *= ball.radius;
      });
    };
    for (int i = 0; i < near; ++i) balls[static_cast<std::size_t>(i)].x = random.uniform(1.0, 5.0);
    stretch(0, near, -0.25);
    double gaps = 0.0;
    for (int i = near; i < max_obstacles; ++i) {
      gaps += random.uniform(2.0, 4.0);
      balls[static_cast<std::size_t>(i)].x = 5.0 + gaps;
    }
    stretch(near, far, -0.05);
    std::sort(balls.begin(), balls.end());
  }
  if (difficulty >= 2) {
    course.strength_right = std::max(0.5, 1.0 - random.normal(0.0, 0.1));
    course.strength_left = std::max(0.5, 1.0 - random.normal(0.0, 0.1));
  }
  return course;
}

}  // namespace myorun
