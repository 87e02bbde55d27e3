// Adam as torch computes it, for a range of weights.
#pragma once
#include "vector.h"
#include "workspace.h"

namespace DCELL_SET {

static void adam(const AdamView &step, float *weights, const float *gradient, float factor, int64_t first,
                 int64_t last) {
    const AdamView adam = step;  // a copy, which no store of a weight can change
    for (int64_t at = first; at < last; at += LANES) {
        const Part lanes = part_of(last - at);
        Vector weight = load(weights + at, lanes) * adam.shrink, slope = load(gradient + at, lanes) * factor;
        if (adam.decay != 0.f) slope = weight * adam.decay + slope;
        Vector average = load(adam.first + at, lanes), square = load(adam.second + at, lanes);
        average = (slope - average) * (1.f - adam.keep_first) + average;
        square = slope * slope * adam.add_second + square * adam.keep_second;
        weight = weight - average / (square_root(square) * adam.second_scale + adam.eps) * adam.step_size;
        store(weights + at, weight, lanes);
        store(adam.first + at, average, lanes);
        store(adam.second + at, square, lanes);
    }
}

}  // namespace DCELL_SET
