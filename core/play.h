// One step of a task for many humans: physics, then what each is told, what it earns, whether it ends.
#pragma once

#include "report.h"
#include "task.h"

namespace myorun {
inline namespace MYORUN_ISA {

// Keeps the first `capacity` values.
template <class T> struct ValueSink {
  T* values;
  int capacity;
  int n = 0;
  MYORUN_DEVICE void begin(const char*, int, int) {}
  MYORUN_INLINE void put(T v) {
    if (n < capacity) values[n] = v;
    ++n;
  }
};

template <class S> struct NextObstacle {
  S dx, y, radius;  // [m]
};

// The first ball, in the order of the course, that does not end behind x.
template <class S> MYORUN_DEVICE NextObstacle<S> next_obstacle(const Batch<S>& batch, int human, S x) {
  const S* ball = batch.obstacles + std::ptrdiff_t(human) * batch.n_slots * 3;
  for (int k = 0; k < batch.n_slots; ++k, ball += 3) {
    if (ball[2] > S(0) && ball[0] + ball[2] >= x) return {ball[0] - x, ball[1], ball[2]};
  }
  return {S(100), S(0), S(0)};
}

// Tells the next parts of the course that do not end behind x.
template <class S> MYORUN_DEVICE void look_ahead(const Episodes<S>& episodes, int human, S x, S* numbers) {
  constexpr S nothing[n_ahead_numbers] = {S(0), S(100), S(0), S(0), S(1), S(1)};
  for (int k = 0; k < max_ahead * n_ahead_numbers; ++k) numbers[k] = nothing[k % n_ahead_numbers];
  const S* part = episodes.parts + std::ptrdiff_t(human) * episodes.n_parts * n_part_numbers;
  for (int k = 0, n = 0; k < episodes.n_parts && n < max_ahead; ++k, part += n_part_numbers) {
    if (!(part[part_kind] > S(0)) || part[part_end] < x) continue;
    const S told[n_ahead_numbers] = {part[part_kind],   part[part_start] - x, part[part_end] - part[part_start],
                                     part[part_height], part[part_friction],  part[part_stiffness]};
    for (int j = 0; j < n_ahead_numbers; ++j) numbers[n * n_ahead_numbers + j] = told[j];
    ++n;
  }
}

// Judges humans a register at a time.
template <class T, class Shape> class Referee {
 public:
  using S = ScalarOf<T>;
  MYORUN_DEVICE Referee(const Model<S>& m, const Batch<S>& batch, const Task<S>& task, const Episodes<S>& episodes)
      : m_(m), batch_(batch), task_(task), episodes_(episodes) {}

  MYORUN_DEVICE void judge(const int* humans, int n) {
    look_at(humans, n);
    T squares = splat<T>(0);
    for (int k = 0; k < task_.n_limit_torques; ++k) {
      const T torque = values_[task_.limit_torques + k];
      squares += torque * torque;
    }
    const T ligaments = S(0) - task_.ligament_weight * sqrt(squares);
    int ended[lanes_of<T>];
    int n_ended = 0;
    for (int lane = 0; lane < n; ++lane) {
      tell(humans[lane], lane, episodes_.steps[humans[lane]] + 1);
      if (judge_one(humans[lane], lane, get_lane<T>(ligaments, lane))) ended[n_ended++] = humans[lane];
    }
    if (!task_.restart_at_once || n_ended == 0) return;
    for (int k = 0; k < n_ended; ++k) restart(ended[k]);
    begin(ended, n_ended);
  }

  // Tells what is seen at the start of an episode.
  MYORUN_DEVICE void begin(const int* humans, int n) {
    look_at(humans, n);
    for (int lane = 0; lane < n; ++lane) {
      tell(humans[lane], lane, 0);
      episodes_.positions[humans[lane]] = get_lane<T>(values_[task_.pelvis_x], lane);
    }
  }

 private:
  MYORUN_DEVICE void look_at(const int* humans, int n) {
    load_humans<T>(m_, batch_, humans, n, S(0), lanes_);
    ValueSink<T> sink{values_, task_.n_values};
    const Depth depth = task_.forces ? Depth::forces : Depth::motion;
    report<T, Shape>(m_, lanes_.course, lanes_.state, lanes_.excitation, depth, sink);
  }

  MYORUN_DEVICE void tell(int human, int lane, int step) {
    const S* told = episodes_.told + std::ptrdiff_t(human) * 2;
    const S x = get_lane<T>(values_[task_.pelvis_x], lane);
    const NextObstacle<S> next = next_obstacle<S>(batch_, human, x);
    S course[n_course_numbers] = {told[0], told[1], next.dx, next.y, next.radius};
    if (task_.ahead) look_ahead<S>(episodes_, human, x, course + first_ahead);
    S* row = episodes_.observations + std::ptrdiff_t(human) * task_.n_observed;
    for (int k = 0; k < task_.n_observed; ++k) {
      const int place = task_.observed[k];
      row[k] = place < task_.n_values ? get_lane<T>(values_[place], lane) : course[place - task_.n_values];
    }
    if (episodes_.delays[human] > 0) delay(human, step, row);
  }

  // Trades the observation of this step for the one that arrives now: an early one for the first.
  MYORUN_DEVICE void delay(int human, int step, S* row) {
    const int delay = episodes_.delays[human];
    S* past = episodes_.past + std::ptrdiff_t(human) * episodes_.n_past * task_.n_observed;
    if (step == 0) {
      for (int k = 0; k < delay * task_.n_observed; ++k) past[k] = row[k % task_.n_observed];
      return;
    }
    S* slot = past + std::ptrdiff_t(step % delay) * task_.n_observed;
    for (int k = 0; k < task_.n_observed; ++k) {
      const S now = row[k];
      row[k] = slot[k];
      slot[k] = now;
    }
  }

  // Returns whether the episode ended.
  MYORUN_DEVICE bool judge_one(int i, int lane, S ligaments) {
    const S x = get_lane<T>(values_[task_.pelvis_x], lane);
    const bool failed = episodes_.failed[i] != 0;
    const S forward = x - episodes_.positions[i];
    episodes_.forward[i] = forward;
    episodes_.ligaments[i] = ligaments;
    episodes_.rewards[i] = failed ? task_.failure_reward : forward + ligaments;
    episodes_.distances[i] = episodes_.positions[i] = x;
    const bool fallen = !(get_lane<T>(values_[task_.pelvis_y], lane) >= task_.fall_height);
    const bool cut_off = ++episodes_.steps[i] == task_.max_steps;
    episodes_.terminated[i] = fallen || failed;
    episodes_.truncated[i] = cut_off;
    return fallen || failed || cut_off;
  }

  MYORUN_DEVICE void restart(int human) {
    const std::ptrdiff_t row = std::ptrdiff_t(human) * task_.n_observed;
    for (int k = 0; k < task_.n_observed; ++k) {
      episodes_.final_observations[row + k] = episodes_.observations[row + k];
    }
    task_.restart(task_.context, human);
  }

  const Model<S>& m_;
  const Batch<S>& batch_;
  const Task<S>& task_;
  const Episodes<S>& episodes_;
  Lanes<T> lanes_;
  T values_[max_values];
};

// A source of humans (simulate.h) that judges those who arrive.
template <class T, class Shape, class Queue> struct JudgedQueue {
  Queue& queue;
  std::uint8_t* failed;
  const Task<typename Referee<T, Shape>::S>& task;
  Referee<T, Shape>& referee;
  int arrivals[lanes_of<T>];
  int n_arrivals = 0;

  MYORUN_DEVICE int take() {
    const int human = queue.take();
    if (human != none && task.set_off != nullptr) task.set_off(task.context, human);
    return human;
  }
  MYORUN_DEVICE void arrived(int human) { collect(human, 0); }
  MYORUN_DEVICE void gave_up(int human) { collect(human, 1); }
  MYORUN_DEVICE void flush() {
    if (n_arrivals > 0) referee.judge(arrivals, n_arrivals);
    n_arrivals = 0;
  }

 private:
  MYORUN_DEVICE void collect(int human, std::uint8_t given_up) {
    failed[human] = given_up;
    arrivals[n_arrivals++] = human;
    if (n_arrivals == lanes_of<T>) flush();
  }
};

template <class T, class Shape, class Queue>
MYORUN_DEVICE void play(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch,
                        const Interval<ScalarOf<T>>& interval, Queue& queue, const Task<ScalarOf<T>>& task,
                        const Episodes<ScalarOf<T>>& episodes) {
  Referee<T, Shape> referee(m, batch, task, episodes);
  JudgedQueue<T, Shape, Queue> source{queue, episodes.failed, task, referee, {}};
  simulate<T, Shape>(m, batch, interval, source);
  source.flush();
}

template <class T, class Shape, class Queue>
MYORUN_DEVICE void begin(const Model<ScalarOf<T>>& m, const Batch<ScalarOf<T>>& batch, Queue& queue,
                         const Task<ScalarOf<T>>& task, const Episodes<ScalarOf<T>>& episodes) {
  Referee<T, Shape> referee(m, batch, task, episodes);
  int humans[lanes_of<T>];
  for (int n = lanes_of<T>; n == lanes_of<T>;) {
    n = 0;
    while (n < lanes_of<T> && (humans[n] = queue.take()) != none) ++n;
    if (n > 0) referee.begin(humans, n);
  }
}

}  // namespace MYORUN_ISA
}  // namespace myorun
