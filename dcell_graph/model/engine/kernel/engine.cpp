#include "engine.h"

#include <algorithm>
#include <cmath>

namespace {

// Tasks of passes over long vectors, in numbers.
constexpr int64_t STRETCH = 1 << 16;

int64_t aligned(int64_t count) { return (count + 15) / 16 * 16; }

struct Pass {
    Schedule &schedule;
    const Workspace &work;
    const Steps &steps;
    const float *weights;
    float *running_mean, *running_var, *heads;
    const float *head_gradients;
    const Target *target;
};

void forward_tasks(void *context, int thread) {
    Pass &pass = *static_cast<Pass *>(context);
    const auto values = [&](int32_t term, int32_t part, int32_t parts) {
        pass.steps.values(pass.work, pass.weights, pass.running_mean, pass.running_var, term, part, parts);
    };
    const auto product = [&](int32_t term, int32_t part, int32_t parts) {
        pass.steps.product(pass.work, pass.weights, pass.heads, term, part, parts, thread);
    };
    while (const Task *task = pass.schedule.take(true)) {
        if (task->parts > 0) {
            const int32_t term = pass.schedule.term(task->first);
            task->half == 0 ? values(term, task->part, task->parts) : product(term, task->part, task->parts);
        } else {
            for (int32_t place = task->first; place < task->last; place++) {
                values(pass.schedule.term(place), 0, 1);
                product(pass.schedule.term(place), 0, 1);
            }
        }
        pass.schedule.finish(*task);
    }
}

void backward_tasks(void *context, int thread) {
    Pass &pass = *static_cast<Pass *>(context);
    const auto gradients = [&](int32_t term, int32_t part, int32_t parts) {
        pass.steps.gradients(pass.work, *pass.target, pass.head_gradients, term, part, parts, thread);
    };
    while (const Task *task = pass.schedule.take(false)) {
        const int32_t term = pass.schedule.term(task->first);
        if (task->parts > 0 && task->half == 0) pass.steps.collect(pass.work, term, task->part, task->parts);
        else if (task->parts > 0) gradients(term, task->part, task->parts);
        else for (int32_t place = task->first; place < task->last; place++) gradients(pass.schedule.term(place), 0, 1);
        pass.schedule.finish(*task);
    }
}

}  // namespace

Engine::Engine(const PlanView &plan, const Options &options, int threads, const Steps &steps)
    : plan_(plan), steps_(steps), pool_(threads), schedule_(plan_, threads), feature_offset_(plan.terms + 1),
      product_offset_(plan.terms + 1), moving_(plan.terms), scratch_(threads),
      packing_(new Buffer<float>[threads]), product_scratch_(new Buffer<float>[threads]),
      state_scratch_(new Buffer<float>[threads]) {
    work_.plan = plan;
    work_.options = options;
    float **vectors[5] = {&work_.mean, &work_.inverse, &work_.scale, &work_.start, &work_.sums};
    for (int i = 0; i < 5; i++) *vectors[i] = values_[i].get(plan.values);
    work_.moving = moving_.data();
    work_.scratch = scratch_.data();
}

void Engine::use_index(const IndexView &index) {
    work_.index = index;
    work_.rows = index.row_start[plan_.terms];
    int64_t features = 0, products = 0;
    for (int64_t term = 0; term < plan_.terms; term++) {
        const int64_t rows = index.row_start[term + 1] - index.row_start[term];
        feature_offset_[term] = features;
        product_offset_[term] = products;
        features += aligned(rows * plan_.width[term]);
        products += aligned(rows * plan_.columns[term]);
    }
    feature_offset_[plan_.terms] = features;
    product_offset_[plan_.terms] = products;
    work_.feature_offset = feature_offset_.data();
    work_.product_offset = product_offset_.data();
    work_.changes = changes_.get(features);
    work_.states = states_.get(features);
    work_.slopes = work_.options.activation == GELU ? slopes_.get(features) : nullptr;
    work_.products = products_.get(products);

    // The changes of the base genotype, by term.
    std::vector<int64_t> places(index.base_changes);
    for (int64_t i = 0; i < index.base_changes; i++) places[i] = i;
    const auto term_of = [&](int64_t place) { return plan_.pair_term[index.base_pair[place]]; };
    std::stable_sort(places.begin(), places.end(), [&](int64_t a, int64_t b) { return term_of(a) < term_of(b); });
    base_start_.assign(plan_.terms + 1, 0);
    base_pair_.clear();
    base_change_.clear();
    for (const int64_t place : places) {
        base_start_[term_of(place) + 1]++;
        base_pair_.push_back(index.base_pair[place]);
        base_change_.push_back(index.base_change[place]);
    }
    for (int64_t term = 0; term < plan_.terms; term++) base_start_[term + 1] += base_start_[term];
    work_.base_start = base_start_.data();
    work_.base_pair = base_pair_.data();
    work_.base_change = base_change_.data();
}

void Engine::use_scratch() {
    int64_t products = 0, states = 0;
    for (int32_t term = 0; term < plan_.terms; term++) {
        const int64_t rows = work_.index.row_start[term + 1] - work_.index.row_start[term];
        const int64_t width = plan_.width[term], columns = plan_.columns[term];
        const int32_t parts = schedule_.parts(term);
        if (parts == 1) products = std::max(products, rows * columns);
        states = std::max(states, rows * std::min(width, width / parts + 32));
    }
    for (int thread = 0; thread < pool_.threads(); thread++) {
        Scratch &scratch = scratch_[thread];
        scratch.left = packing_[thread].get(2 * PACKED_ROOM);
        scratch.right = scratch.left + PACKED_ROOM;
        scratch.products = product_scratch_[thread].get(products);
        scratch.states = state_scratch_[thread].get(states);
    }
}

void Engine::forward(const IndexView &index, const float *weights, float *running_mean, float *running_var,
                     bool training, bool all_heads, float *heads) {
    use_index(index);
    work_.training = training;
    work_.all_heads = all_heads;
    schedule_.plan_batch(index);
    use_scratch();
    schedule_.begin();
    Pass pass{schedule_, work_, steps_, weights, running_mean, running_var, heads, nullptr, nullptr};
    pool_.run(forward_tasks, &pass);
}

void Engine::backward(const float *head_gradients, const Target &target) {
    // Where rows pull on each other through the norm, shifts of all sums cancel: with the norm first always, and where a
    // term has no other row in any case.
    const bool live = work_.options.batch_norm && work_.training;
    for (int64_t term = 0; term < plan_.terms; term++) {
        const bool alone = work_.index.row_start[term + 1] - work_.index.row_start[term] == 1;
        moving_[term] = !live || !(work_.options.norm_first || alone);
    }
    schedule_.begin();
    Pass pass{schedule_, work_, steps_, target.weights, nullptr, nullptr, nullptr, head_gradients, &target};
    pool_.run(backward_tasks, &pass);
}

void Engine::adam(const AdamView &adam, float *weights, const float *gradient, float factor, int64_t count) {
    struct Range {
        const Steps &steps;
        const AdamView &adam;
        float *weights;
        const float *gradient;
        float factor;
        int64_t count;
        std::atomic<int64_t> next;
    } range{steps_, adam, weights, gradient, factor, count, {0}};
    pool_.run([](void *context, int) {
        Range &range = *static_cast<Range *>(context);
        for (int64_t at; (at = range.next.fetch_add(STRETCH)) < range.count;)
            range.steps.adam(range.adam, range.weights, range.gradient, range.factor, at,
                             std::min(at + STRETCH, range.count));
    }, &range);
}

double Engine::norm(const float *numbers, int64_t count) {
    struct Range {
        const float *numbers;
        int64_t count;
        std::vector<double> sums;
        std::atomic<int64_t> next;
    } range{numbers, count, std::vector<double>((count + STRETCH - 1) / STRETCH), {0}};
    pool_.run([](void *context, int) {
        Range &range = *static_cast<Range *>(context);
        for (int64_t stretch; (stretch = range.next.fetch_add(1)) < static_cast<int64_t>(range.sums.size());) {
            const int64_t first = stretch * STRETCH, last = std::min(first + STRETCH, range.count);
            double sums[8] = {};  // several chains, which the processor adds up side by side
            for (int64_t i = first; i < last; i++) sums[i % 8] += double{range.numbers[i]} * range.numbers[i];
            for (const double sum : sums) range.sums[stretch] += sum;
        }
    }, &range);
    double total = 0;
    for (const double sum : range.sums) total += sum;
    return std::sqrt(total);
}
