// One model's engine: its threads, its memory, and the passes over the terms.
#pragma once
#include "buffer.h"
#include "pool.h"
#include "schedule.h"
#include "views.h"
#include "workspace.h"

#include <memory>
#include <vector>

class Engine {
public:
    Engine(const PlanView &plan, const Options &options, int threads, const Steps &steps);

    // Heads of all rows [R], or of the root's rows only. Running statistics are read (training == false), or moved if
    // there are any. The arrays of the index must stay until the next forward pass.
    void forward(const IndexView &index, const float *weights, float *running_mean, float *running_var, bool training,
                 bool all_heads, float *heads);
    // Gradients of all weights from those of the heads [R]; once after each forward pass.
    void backward(const float *head_gradients, const Target &target);
    // Whole states of the rows of a term [M, W]; after a forward and before a backward pass.
    void states(int32_t term, float *out) const { steps_.whole_states(work_, term, out); }
    // A step of Adam on `count` weights, with the gradient multiplied by `factor`.
    void adam(const AdamView &adam, float *weights, const float *gradient, float factor, int64_t count);
    // Square root of the sum of squares.
    double norm(const float *numbers, int64_t count);

private:
    void use_index(const IndexView &index);
    void use_scratch();

    const PlanView plan_;
    const Steps &steps_;
    Pool pool_;
    Schedule schedule_;
    Workspace work_{};

    std::vector<int64_t> feature_offset_, product_offset_;
    std::vector<int32_t> base_start_, base_pair_;
    std::vector<float> base_change_;
    std::vector<uint8_t> moving_;
    std::vector<Scratch> scratch_;
    Buffer<float> changes_, states_, slopes_, products_;
    Buffer<float> values_[5];
    std::unique_ptr<Buffer<float>[]> packing_, product_scratch_, state_scratch_;
};
