#include "schedule.h"

#include "pool.h"

#include <algorithm>
#include <numeric>

namespace {

// A term is cut from this many multiplications on, and only if every part keeps this many values.
constexpr int64_t LARGE = 2 * 1000 * 1000;
constexpr int32_t PART_WIDTH = 32;
// A group of small terms is not made smaller than this.
constexpr int64_t SMALL_GROUP = 30 * 1000;

int64_t static_cost(const PlanView &plan, int32_t term) {
    const int64_t pairs = plan.pair_start[term + 1] - plan.pair_start[term];
    return int64_t{plan.width[term]} * (plan.columns[term] + pairs + 20) * 8;
}

}  // namespace

Schedule::Schedule(const PlanView &plan, int threads)
    : plan_(plan), threads_(threads), order_(plan.terms), parts_(plan.terms), unit_(plan.terms), cost_(plan.terms),
      pending_(plan.terms) {
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [&](int32_t one, int32_t other) {
        if (plan.level[one] != plan.level[other]) return plan.level[one] < plan.level[other];
        return static_cost(plan, one) > static_cost(plan, other);
    });
    for (int32_t place = 0; place < plan.terms; place++)
        if (place == 0 || plan.level[order_[place]] != plan.level[order_[place - 1]]) level_start_.push_back(place);
    level_start_.push_back(static_cast<int32_t>(plan.terms));
}

int32_t Schedule::cuts(int32_t term) const {
    const int32_t parts = std::min(threads_, plan_.width[term] / PART_WIDTH);
    return parts > 1 && cost_[term] > LARGE ? parts : 0;
}

void Schedule::plan_batch(const IndexView &index) {
    up_.clear();
    down_.clear();
    tasks_of_unit_.clear();
    for (int32_t term = 0; term < plan_.terms; term++) {
        const int64_t rows = index.row_start[term + 1] - index.row_start[term];
        cost_[term] = rows * plan_.width[term] * (plan_.columns[term] + 40) + static_cost(plan_, term);
    }
    std::vector<size_t> level_tasks{0};
    for (size_t level = 0; level + 1 < level_start_.size(); level++) {
        add_level(level_start_[level], level_start_[level + 1]);
        level_tasks.push_back(up_.size());
    }
    for (size_t level = level_tasks.size() - 1; level > 0; level--)
        down_.insert(down_.end(), up_.begin() + level_tasks[level - 1], up_.begin() + level_tasks[level]);
}

void Schedule::add_level(int32_t begin, int32_t end) {
    int64_t total = 0;
    for (int32_t place = begin; place < end; place++) total += cost_[order_[place]];
    const int64_t group = std::max(SMALL_GROUP, total / (8 * threads_));
    for (int32_t place = begin; place < end;) {
        const int32_t first = place, parts = cuts(order_[place]);
        int64_t sum = cost_[order_[place++]];
        while (parts == 0 && place < end && cuts(order_[place]) == 0 && sum + cost_[order_[place]] <= group)
            sum += cost_[order_[place++]];
        add(first, place, parts);
    }
}

void Schedule::add(int32_t first, int32_t last, int32_t parts) {
    const int32_t unit = static_cast<int32_t>(tasks_of_unit_.size());
    for (int32_t place = first; place < last; place++) {
        unit_[order_[place]] = unit;
        parts_[order_[place]] = std::max(1, parts);
    }
    if (parts == 0) up_.push_back({first, last, 0, 0, 0, unit});
    for (int32_t half = 0; half < 2; half++)
        for (int32_t part = 0; part < parts; part++) up_.push_back({first, last, part, parts, half, unit});
    tasks_of_unit_.push_back(std::max(1, 2 * parts));
}

void Schedule::begin() {
    for (size_t unit = 0; unit < tasks_of_unit_.size(); unit++)
        pending_[unit].store(tasks_of_unit_[unit], std::memory_order_relaxed);
    next_.store(0, std::memory_order_release);
}

const Task *Schedule::take(bool forward) {
    const std::vector<Task> &tasks = forward ? up_ : down_;
    const size_t place = next_.fetch_add(1, std::memory_order_acq_rel);
    if (place >= tasks.size()) return nullptr;
    const Task &task = tasks[place];
    if (threads_ == 1) return &task;
    if (task.half == 1) {
        wait_until_at_most(pending_[task.unit], task.parts);
        return &task;
    }
    for (int32_t at = task.first; at < task.last; at++) wait_for(order_[at], forward);
    return &task;
}

void Schedule::wait_for(int32_t term, bool forward) {
    if (forward) {
        for (int32_t i = plan_.below_start[term]; i < plan_.below_start[term + 1]; i++)
            wait_until_at_most(pending_[unit_[plan_.link_child[plan_.below_link[i]]]], 0);
    } else {
        for (int32_t link = plan_.link_start[term]; link < plan_.link_start[term + 1]; link++)
            wait_until_at_most(pending_[unit_[plan_.link_parent[link]]], 0);
    }
}
