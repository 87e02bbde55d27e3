// Threads that sleep until there is work. Nothing spins for long: other programs, and other threads of this one, may want
// the processors.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

class Pool {
public:
    // `threads` counts the caller; the others are started here.
    explicit Pool(int threads);
    ~Pool();
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    int threads() const { return threads_; }

    // Calls work(context, thread) on this thread (0) and on each of the others that wakes up in time, and returns when all
    // have come back. So the work must be complete when any number of calls came back.
    void run(void (*work)(void *, int), void *context);

private:
    void sleep_and_work(int thread);

    int threads_;
    std::mutex mutex_;
    std::condition_variable wake_, left_;
    void (*work_)(void *, int) = nullptr;
    void *context_ = nullptr;
    uint64_t round_ = 0;
    int inside_ = 0;
    bool stop_ = false;
    long process_;
    std::vector<std::thread> others_;
};

// Waits until a counter is at most `limit`: a moment by looking, then by letting others run, then by sleeping.
void wait_until_at_most(const std::atomic<int32_t> &counter, int32_t limit);
