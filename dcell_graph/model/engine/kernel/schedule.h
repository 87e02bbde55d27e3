// In which order threads do the work of a pass.
//
// A pass is a list of tasks. Each thread takes the next task and waits until the terms that it reads are finished, which
// in this order they mostly are: levels from below (forward) or from above (backward), within a level large terms first.
// There are no barriers. Small terms of a level share a task; a large one is cut, and its second half waits for all tasks
// of the first.
#pragma once
#include "buffer.h"
#include "views.h"

#include <atomic>
#include <cstdint>
#include <vector>

struct Task {
    int32_t first, last;    // terms order[first] to order[last - 1]
    int32_t part, parts;    // parts == 0: whole terms
    int32_t half;           // of a large term: 0 values or collect, 1 product or gradients
    int32_t unit;           // what it counts for: one unit a cut term, one a group of small terms
};

class Schedule {
public:
    Schedule(const PlanView &plan, int threads);

    // Cuts and groups for the rows of a batch.
    void plan_batch(const IndexView &index);
    // Makes all tasks undone.
    void begin();

    // The next task for a thread, or null. Waits until what it reads is finished: children forward, else parents.
    const Task *take(bool forward);
    void finish(const Task &task) { pending_[task.unit].fetch_sub(1, std::memory_order_release); }

    int32_t term(int32_t place) const { return order_[place]; }
    // Parts that a term is cut into, or 1.
    int32_t parts(int32_t term) const { return parts_[term]; }

private:
    // Parts that a term would be cut into, or 0 to do it whole; `cost_` must be known.
    int32_t cuts(int32_t term) const;
    // Adds the tasks of terms order[first] to order[last - 1]: of one term in parts, or of several whole ones (0).
    void add(int32_t first, int32_t last, int32_t parts);
    void add_level(int32_t begin, int32_t end);
    void wait_for(int32_t term, bool forward);

    const PlanView &plan_;
    int threads_;
    std::vector<int32_t> order_, level_start_, parts_, unit_, tasks_of_unit_;
    std::vector<int64_t> cost_;
    std::vector<Task> up_, down_;
    std::vector<std::atomic<int32_t>> pending_;
    std::atomic<size_t> next_{0};
};
