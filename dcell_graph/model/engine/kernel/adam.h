// Adam as torch computes it, for one vector of weights or a range of them.
#pragma once
#include "vector.h"
#include "workspace.h"

namespace DCELL_SET {

static inline void adam_step(const AdamView &adam, float *weights, int64_t at, Vector gradient, Part lanes) {
    Vector weight = load(weights + at, lanes) * adam.shrink;
    if (adam.decay != 0.f) gradient = weight * adam.decay + gradient;
    Vector first = load(adam.first + at, lanes), second = load(adam.second + at, lanes);
    first = (gradient - first) * (1.f - adam.keep_first) + first;
    second = gradient * gradient * adam.add_second + second * adam.keep_second;
    weight = weight - first / (square_root(second) * adam.second_scale + adam.eps) * adam.step_size;
    store(weights + at, weight, lanes);
    store(adam.first + at, first, lanes);
    store(adam.second + at, second, lanes);
}

// A finished gradient of some weights.
static inline void give(const Sink &sink, int64_t at, Vector gradient, Part lanes) {
    if (sink.gradient) store(sink.gradient + at, gradient, lanes);
    else adam_step(*sink.adam, sink.weights, at, gradient, lanes);
}

static void adam(const Sink &sink, const float *gradient, float factor, int64_t first, int64_t last) {
    for (int64_t at = first; at < last; at += LANES) {
        const Part lanes = part_of(last - at);
        adam_step(*sink.adam, sink.weights, at, load(gradient + at, lanes) * factor, lanes);
    }
}

// A finished block of gradients, which is where the sink wants it unless they go to Adam.
static void give_block(const Sink &sink, int64_t at, const float *block, int64_t count) {
    if (sink.gradient) return;
    for (int64_t i = 0; i < count; i += LANES) {
        const Part lanes = part_of(count - i);
        adam_step(*sink.adam, sink.weights, at + i, load(block + i, lanes), lanes);
    }
}

static void give_zeros(const Sink &sink, int64_t at, int64_t count) {
    if (sink.gradient) {
        clear(sink.gradient + at, count);
        return;
    }
    for (int64_t i = 0; i < count; i += LANES) adam_step(*sink.adam, sink.weights, at + i, Vector{}, part_of(count - i));
}

}  // namespace DCELL_SET
