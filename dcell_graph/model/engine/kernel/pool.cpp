#include "pool.h"

#include <chrono>
#include <unistd.h>

Pool::Pool(int threads) : threads_(threads), process_(getpid()) {
    for (int thread = 1; thread < threads; thread++) others_.emplace_back(&Pool::sleep_and_work, this, thread);
}

Pool::~Pool() {
    if (getpid() != process_) {
        // A fork has no other threads, so nobody to wait for.
        for (std::thread &other : others_) other.detach();
        return;
    }
    {
        std::lock_guard<std::mutex> lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    for (std::thread &other : others_) other.join();
}

void Pool::run(void (*work)(void *, int), void *context) {
    if (threads_ > 1) {
        std::lock_guard<std::mutex> lock(mutex_);
        work_ = work;
        context_ = context;
        round_++;
    }
    if (threads_ > 1) wake_.notify_all();
    work(context, 0);
    if (threads_ == 1) return;
    std::unique_lock<std::mutex> lock(mutex_);
    work_ = nullptr;
    left_.wait(lock, [this] { return inside_ == 0; });
}

void Pool::sleep_and_work(int thread) {
    uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return stop_ || (work_ && round_ != seen); });
        if (stop_) return;
        seen = round_;
        void (*work)(void *, int) = work_;
        void *context = context_;
        inside_++;
        lock.unlock();
        work(context, thread);
        lock.lock();
        if (--inside_ == 0) left_.notify_one();
    }
}

void wait_until_at_most(const std::atomic<int32_t> &counter, int32_t limit) {
    for (int look = 0; counter.load(std::memory_order_acquire) > limit; look++) {
        if (look < 2000) continue;
        if (look < 2100) std::this_thread::yield();
        else std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
}
