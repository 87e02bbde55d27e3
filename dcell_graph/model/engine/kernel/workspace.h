// What one engine keeps between calls: the model's plan, the rows of the current batch, and the numbers of a pass.
//
// Plain data without functions, shared by the code that manages it (workspace.cpp, engine.cpp) and the code that is
// compiled once per instruction set.
//
// A term with M rows, width W and N columns (see plan.py) has in a pass
//   changes  [M, W]  row 0: sums of the first layer in the base row, or where the activation comes first what it makes
//                    of them; other rows: what they have more than row 0
//   states   [M, W]  row 0: state of the base row; other rows: what their states have more than it. The backward pass
//                    replaces this by gradients: other rows [1..] of the sums of the first layer, row 0 unused
//   slopes   [M, W]  f'(row) - f'(base row), kept only for activations that cannot tell it from their value
//   products [M, N]  states times the term's table, which its parents read; then gradients of that
#pragma once
#include "views.h"

// Room for packed blocks of matrices, in numbers, for the widest instruction set.
constexpr int64_t PACKED_ROOM = 256 * 1024;

// One thread's room.
struct Scratch {
    float *left, *right;    // PACKED_ROOM each
    float *products;        // gradients of the products of a small term
    float *states;          // gradients of the states of a term, or of a part of its columns
};

struct Workspace {
    PlanView plan;
    IndexView index;
    Options options;
    int32_t training;               // 1: batch norm uses the batch, 0: running statistics
    int32_t all_heads;              // 0: only the root's
    int64_t rows;                   // R

    const int64_t *feature_offset;  // [T + 1] in changes, states, slopes
    const int64_t *product_offset;  // [T + 1]
    float *changes, *states, *slopes, *products;
    const int32_t *base_start;      // [T + 1] changes of the base genotype by term
    const int32_t *base_pair;
    const float *base_change;

    // One number a value of a state [F]
    float *mean;                    // batch mean, less row 0 of changes
    float *inverse;                 // 1 / sqrt(variance + eps)
    float *scale;                   // norm weight times inverse
    float *start;                   // activation first: its argument in the base row; norm first: what the norm makes of it
    float *sums;                    // gradients of all rows' first-layer sums, added up: that of the linear bias
    uint8_t *moving;                // [T] 1: these may differ from 0

    Scratch *scratch;               // [threads]
};

// The weights that gradients are taken by, and where these go: as long as the weights.
struct Target {
    const float *weights;
    float *gradient;
};

// The work of a pass on one term, for one instruction set. A large term is cut into parts of its values or columns.
struct Steps {
    // Forward: first `values` for all parts, then `product` for all parts.
    void (*values)(const Workspace &, const float *weights, float *running_mean, float *running_var, int32_t term,
                   int32_t part, int32_t parts);
    void (*product)(const Workspace &, const float *weights, float *heads, int32_t term, int32_t part, int32_t parts,
                    int32_t thread);
    // Backward: first `collect` for all parts, then `gradients` for all parts; with one part `gradients` does both.
    void (*collect)(const Workspace &, int32_t term, int32_t part, int32_t parts);
    void (*gradients)(const Workspace &, const Target &, const float *head_gradients, int32_t term, int32_t part,
                      int32_t parts, int32_t thread);
    // Whole states of the rows of a term [M, W], after a forward pass.
    void (*whole_states)(const Workspace &, int32_t term, float *out);
    // Adam on weights[first, last), with gradients multiplied by `factor`.
    void (*adam)(const AdamView &, float *weights, const float *gradient, float factor, int64_t first, int64_t last);
    const char *name;
};

extern const Steps AVX512_STEPS, AVX2_STEPS, PORTABLE_STEPS;
