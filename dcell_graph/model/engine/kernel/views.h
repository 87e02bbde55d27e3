// What Python hands over: pointers into its arrays, and a few numbers. Plain data, so that any language could call this.
//
// The members are described in plan.py and index.py under the same names. Python keeps the arrays alive and unchanged
// while the kernel uses them. The order of members is repeated in binding.py.
//
// T terms by position, L links, P gene inputs, G genes, C (gene, containing term) pairs, R rows, N touches.
#pragma once
#include <cstdint>

struct PlanView {
    int64_t terms, genes, links, values;
    const int32_t *width, *level, *columns;                    // [T]
    const int64_t *feature_start;                              // [T + 1]
    const int32_t *link_start, *link_child, *link_parent;      // [T + 1], [L], [L]
    const int32_t *link_column;                                // [L]
    const int32_t *below_start, *below_link;                   // [T + 1], [L]
    const int32_t *pair_start, *pair_term;                     // [T + 1], [P]
    const float *wild;                                         // [P]
    const int32_t *owner_start, *owner_pair;                   // [G + 1], [changes]
    const float *owner_change;                                 // [changes]
    const int32_t *contain_start, *contain_term;               // [G + 1], [C]
    const int64_t *state_start, *gene_start;                   // where each term's tables begin in the weights [T + 1]
    int64_t linear_bias, norm_weight, norm_bias, head_weight;  // where these regions begin in the weights
    int64_t head_bias;
};

struct IndexView {
    int64_t strains, base_changes;
    const int32_t *row_start;                   // [T + 1]
    const float *count;                         // [R]
    const int32_t *edge_start;                  // [L + 1]
    const int32_t *edge_parent, *edge_child;    // [edges]
    const int32_t *gene_start;                  // [T + 1]
    const int32_t *gene_row, *gene_pair;        // [changes]
    const float *gene_change;                   // [changes]
    const int32_t *base_pair;                   // [base changes]
    const float *base_change;                   // [base changes]
};

enum Activation : int32_t { TANH, RELU, LEAKY_RELU, GELU, SELU, ELU, LINEAR };

struct Options {
    int32_t activation;           // an Activation
    int32_t batch_norm;           // 0: no norm
    int32_t norm_first;           // 1: linear, norm, activation
    float eps, momentum;          // of batch norm
};

// One step of Adam, with what depends on the number of the step already worked out.
struct AdamView {
    float *first, *second;        // moments, as long as the weights
    float keep_first, keep_second, add_second;  // beta1, beta2, 1 - beta2
    float step_size;              // learning rate / (1 - beta1^step)
    float second_scale;           // 1 / sqrt(1 - beta2^step)
    float eps;
    float shrink;                 // decoupled weight decay: weights are first multiplied by this
    float decay;                  // coupled weight decay: this times the weight is added to the gradient
};
