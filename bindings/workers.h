// Threads that wait for work.
#pragma once

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace myorun {

// The caller and n - 1 helpers run the same function. Helpers have stacks of their own size, as a step keeps all
// it works on there and some systems give threads little.
class Workers {
 public:
  explicit Workers(int n) : n_(n) {}
  Workers(const Workers&) = delete;
  ~Workers() {
    if (team_ && team_->process == getpid())
      team_->dismiss();
    else
      (void)team_.release();  // a fork's child has no helpers to dismiss
  }

  int size() const { return n_; }

  // Calls `work` once on every worker and returns when all are done.
  void run(const std::function<void()>& work) {
    if (n_ == 1) return work();
    if (!team_ || team_->process != getpid()) {
      (void)team_.release();
      team_ = std::make_unique<Team>(n_ - 1);
    }
    team_->start(work);
    work();
    team_->wait();
  }

 private:
  struct Team {
    static constexpr std::size_t stack_size = 16 << 20;

    explicit Team(int n) : process(getpid()) {
      pthread_attr_t attributes;
      pthread_attr_init(&attributes);
      pthread_attr_setstacksize(&attributes, stack_size);
      for (int i = 0; i < n; ++i) {
        pthread_t helper;
        if (pthread_create(&helper, &attributes, &Team::serve, this) != 0) break;  // go on with those there are
        helpers.push_back(helper);
      }
      pthread_attr_destroy(&attributes);
    }

    static void* serve(void* self) {
      static_cast<Team*>(self)->serve();
      return nullptr;
    }

    void serve() {
      for (long seen = 0;;) {
        const std::function<void()>* mine;
        soon([&] { return round.load(std::memory_order_relaxed) != seen; });
        {
          std::unique_lock lock(mutex);
          changed.wait(lock, [&] { return round != seen; });
          seen = round;
          mine = work;
        }
        if (mine == nullptr) return;
        (*mine)();
        const std::lock_guard lock(mutex);
        if (--n_busy == 0) done.notify_one();
      }
    }

    // What is about to come is met awake: to be woken takes longer than Python takes between two steps. Nobody stays
    // awake for long, as the processor may be needed elsewhere.
    template <class F> static void soon(F come) {
      const auto patience = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
      while (!come() && std::chrono::steady_clock::now() < patience) rest();
    }

    static void rest() {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }

    void start(const std::function<void()>& next) { announce(&next); }

    void wait() {
      soon([&] { return n_busy.load(std::memory_order_relaxed) == 0; });
      std::unique_lock lock(mutex);
      done.wait(lock, [&] { return n_busy == 0; });
    }

    void dismiss() {
      announce(nullptr);
      for (pthread_t helper : helpers) pthread_join(helper, nullptr);
    }

    void announce(const std::function<void()>* next) {
      const std::lock_guard lock(mutex);
      work = next;
      n_busy = static_cast<int>(helpers.size());
      ++round;
      changed.notify_all();
    }

    const pid_t process;
    std::vector<pthread_t> helpers;
    std::mutex mutex;
    std::condition_variable changed, done;
    const std::function<void()>* work = nullptr;
    std::atomic<int> n_busy = 0;  // changed under the lock; looked at without it
    std::atomic<long> round = 0;
  };

  int n_;
  std::unique_ptr<Team> team_;
};

}  // namespace myorun
