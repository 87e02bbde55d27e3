// The forward pass of one term: sums of its first layer, norm, activation, heads, and the product its parents read.
#pragma once
#include "activation.h"
#include "matrix.h"
#include "workspace.h"

namespace DCELL_SET {

// Bounds of a part of `count` items, in multiples of 16.
static inline int64_t bound(int64_t count, int32_t part, int32_t parts) {
    return part >= parts ? count : smaller(count, (count * part / parts + 15) / 16 * 16);
}

// Columns [first, last) of the values of a term, as the pieces of a pass see them; rows are `step` apart.
struct Columns {
    int64_t first, last, step, rows;
    float *changes, *states, *slopes;   // at the first of the columns, in row 0
    int64_t feature;                    // where the columns' numbers are in vectors with one a value [F]
    const float *count;                 // strains on each row [M]
};

static inline Columns columns_of(const Workspace &w, int32_t term, int32_t part, int32_t parts) {
    const int64_t width = w.plan.width[term];
    const int64_t first = bound(width, part, parts), last = bound(width, part + 1, parts);
    const int64_t offset = w.feature_offset[term] + first;
    const int64_t row = w.index.row_start[term];
    return Columns{first, last, width, w.index.row_start[term + 1] - row, w.changes + offset, w.states + offset,
                   w.slopes ? w.slopes + offset : nullptr, w.plan.feature_start[term] + first, w.index.count + row};
}

// Sums of the first layer: row 0 for the base genotype, other rows as differences from it.
static void linear_sums(const Workspace &w, const float *weights, int32_t term, const Columns &c) {
    const PlanView &plan = w.plan;
    const IndexView &index = w.index;
    const int64_t wide = c.last - c.first, row_zero = index.row_start[term];
    float *base = c.changes;
    memcpy(base, weights + plan.linear_bias + c.feature, wide * sizeof(float));
    if (wide == c.step) clear(base + c.step, (c.rows - 1) * c.step);
    else for (int64_t r = 1; r < c.rows; r++) clear(base + r * c.step, wide);

    for (int32_t i = plan.below_start[term]; i < plan.below_start[term + 1]; i++) {
        const int32_t link = plan.below_link[i], child = plan.link_child[link];
        const int64_t columns = plan.columns[child], child_zero = index.row_start[child];
        const float *product = w.products + w.product_offset[child] + plan.link_column[link] + c.first;
        add(base, product, wide);
        for (int32_t e = index.edge_start[link]; e < index.edge_start[link + 1]; e++)
            add(base + (index.edge_parent[e] - row_zero) * c.step,
                product + (index.edge_child[e] - child_zero) * columns, wide);
    }

    const float *table = weights + plan.gene_start[term] + c.first;
    const int32_t first_pair = plan.pair_start[term], pairs = plan.pair_start[term + 1] - first_pair;
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        Vector sum = load(base + i, lanes);
        for (int32_t pair = 0; pair < pairs; pair++)
            sum = load(table + pair * c.step + i, lanes) * plan.wild[first_pair + pair] + sum;
        store(base + i, sum, lanes);
    }
    for (int32_t q = w.base_start[term]; q < w.base_start[term + 1]; q++)
        add_scaled(base, table + (w.base_pair[q] - first_pair) * c.step, w.base_change[q], wide);
    for (int32_t q = index.gene_start[term]; q < index.gene_start[term + 1]; q++)
        add_scaled(base + (index.gene_row[q] - row_zero) * c.step, table + (index.gene_pair[q] - first_pair) * c.step,
                   index.gene_change[q], wide);
}

// Rows that are done together, one vector of values after the other: with all rows of a wide term each step would be on
// another page of memory, and with one row at a time what rows share would be worked out again for each.
constexpr int64_t ROWS_AT_ONCE = 64;

// Calls work(i, lanes, first, last) for every vector of values i and rows [first, last) of a term, without row 0.
template <class Work> static inline void for_blocks(const Columns &c, const Work &work) {
    const int64_t wide = c.last - c.first;
    for (int64_t first = 1; first < c.rows; first += ROWS_AT_ONCE) {
        const int64_t last = smaller(c.rows, first + ROWS_AT_ONCE);
        for (int64_t i = 0; i < wide; i += LANES) work(i, part_of(wide - i), first, last);
    }
}

// The norm of rows whose differences from row 0 are in c.changes, and add up to w.sums, each times its strains. The
// state's row 0 becomes what the norm makes of it; other rows' states are w.scale times their differences.
static void find_norm(const Workspace &w, const Columns &c, const float *weights, float *running_mean,
                      float *running_var) {
    const int64_t wide = c.last - c.first;
    const float strains = static_cast<float>(w.index.strains), one_strain = 1.f / strains;
    float *means = w.mean + c.feature, *variances = w.inverse + c.feature;
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        const int64_t at = c.feature + i;
        if (w.training) {
            const Vector mean = load(w.sums + at, lanes) * one_strain;
            store(means + i, mean, lanes);
            store(variances + i, mean * mean * c.count[0], lanes);
        } else {
            store(means + i, load(running_mean + at, lanes) - load(c.changes + i, lanes), lanes);
            store(variances + i, load(running_var + at, lanes), lanes);
        }
    }
    if (w.training)
        for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
            const Vector mean = load(means + i, lanes);
            Vector variance = load(variances + i, lanes);
            for (int64_t r = first; r < last; r++) {
                const Vector away = load(c.changes + i + r * c.step, lanes) - mean;
                variance = away * away * c.count[r] + variance;
            }
            store(variances + i, variance, lanes);
        });
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        const int64_t at = c.feature + i;
        const Vector mean = load(means + i, lanes);
        Vector variance = load(variances + i, lanes);
        if (w.training) variance = variance * one_strain;
        if (w.training && running_mean) {
            const float momentum = w.options.momentum, keep = 1.f - momentum;
            const Vector unbiased = variance * (strains / (strains - 1.f)), whole = load(c.changes + i, lanes) + mean;
            store(running_mean + at, load(running_mean + at, lanes) * keep + whole * momentum, lanes);
            store(running_var + at, load(running_var + at, lanes) * keep + unbiased * momentum, lanes);
        }
        const Vector inverse = 1.f / square_root(variance + w.options.eps);
        const Vector scale = load(weights + w.plan.norm_weight + at, lanes) * inverse;
        store(w.inverse + at, inverse, lanes);
        store(w.scale + at, scale, lanes);
        store(c.states + i, load(weights + w.plan.norm_bias + at, lanes) - scale * mean, lanes);
    }
}

// Linear, activation, and batch norm if there is one.
template <class Function>
static void activate_then_norm(const Workspace &w, const float *weights, float *running_mean, float *running_var,
                               const Columns &c) {
    const int64_t wide = c.last - c.first;
    float *start = w.start + c.feature, *sums = w.sums + c.feature, *scales = w.scale + c.feature;
    memcpy(start, c.changes, wide * sizeof(float));
    clear(sums, wide);
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        store(c.changes + i, Function::value(load(start + i, lanes)), lanes);
    }
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector z = load(start + i, lanes), f = load(c.changes + i, lanes);
        Vector sum = load(sums + i, lanes);
        for (int64_t r = first; r < last; r++) {
            float *changes = c.changes + i + r * c.step;
            const Vector d = load(changes, lanes), change = Function::change(z, f, d);
            store(changes, change, lanes);
            sum = change * c.count[r] + sum;
            if constexpr (!Function::SLOPE_FROM_VALUE)
                store(c.slopes + i + r * c.step, Function::slope_change(z, f, d, change), lanes);
        }
        store(sums + i, sum, lanes);
    });
    if (!w.options.batch_norm) {
        for (int64_t r = 0; r < c.rows; r++) memcpy(c.states + r * c.step, c.changes + r * c.step, wide * sizeof(float));
        return;
    }
    find_norm(w, c, weights, running_mean, running_var);
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector scale = load(scales + i, lanes);
        for (int64_t r = first; r < last; r++)
            store(c.states + i + r * c.step, load(c.changes + i + r * c.step, lanes) * scale, lanes);
    });
}

// Linear, batch norm, activation.
template <class Function>
static void norm_then_activate(const Workspace &w, const float *weights, float *running_mean, float *running_var,
                               const Columns &c) {
    const int64_t wide = c.last - c.first;
    float *start = w.start + c.feature, *sums = w.sums + c.feature, *scales = w.scale + c.feature;
    clear(sums, wide);
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        Vector sum = load(sums + i, lanes);
        for (int64_t r = first; r < last; r++) sum = load(c.changes + i + r * c.step, lanes) * c.count[r] + sum;
        store(sums + i, sum, lanes);
    });
    find_norm(w, c, weights, running_mean, running_var);
    memcpy(start, c.states, wide * sizeof(float));
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        store(c.states + i, Function::value(load(start + i, lanes)), lanes);
    }
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector z = load(start + i, lanes), f = load(c.states + i, lanes), scale = load(scales + i, lanes);
        for (int64_t r = first; r < last; r++)
            store(c.states + i + r * c.step, Function::change(z, f, load(c.changes + i + r * c.step, lanes) * scale),
                  lanes);
    });
}

template <class Function>
static void finish_values(const Workspace &w, const float *weights, float *running_mean, float *running_var,
                          const Columns &c) {
    if (w.options.norm_first && w.options.batch_norm)
        norm_then_activate<Function>(w, weights, running_mean, running_var, c);
    else
        activate_then_norm<Function>(w, weights, running_mean, running_var, c);
}

static void values(const Workspace &w, const float *weights, float *running_mean, float *running_var, int32_t term,
                   int32_t part, int32_t parts) {
    const Columns c = columns_of(w, term, part, parts);
    if (c.last <= c.first) return;
    linear_sums(w, weights, term, c);
    switch (w.options.activation) {
        case TANH: return finish_values<Tanh>(w, weights, running_mean, running_var, c);
        case RELU: return finish_values<Relu>(w, weights, running_mean, running_var, c);
        case LEAKY_RELU: return finish_values<LeakyRelu>(w, weights, running_mean, running_var, c);
        case GELU: return finish_values<Gelu>(w, weights, running_mean, running_var, c);
        case SELU: return finish_values<Selu>(w, weights, running_mean, running_var, c);
        case ELU: return finish_values<Elu>(w, weights, running_mean, running_var, c);
        case LINEAR: return finish_values<Linear>(w, weights, running_mean, running_var, c);
    }
}

static float dot(const float *one, const float *other, int64_t count) {
    Vector sum{};
    for (int64_t i = 0; i < count; i += LANES) {
        const Part lanes = part_of(count - i);
        sum = load(one + i, lanes) * load(other + i, lanes) + sum;
    }
    return sum_of_lanes(sum);
}

// Heads of a part of the rows, and a part of the columns of the product [M, N] of states and table.
static void product(const Workspace &w, const float *weights, float *heads, int32_t term, int32_t part, int32_t parts,
                    int32_t thread) {
    const PlanView &plan = w.plan;
    const int64_t width = plan.width[term], columns = plan.columns[term], row_zero = w.index.row_start[term];
    const int64_t rows = w.index.row_start[term + 1] - row_zero;
    const float *states = w.states + w.feature_offset[term];
    if (w.all_heads || term == plan.terms - 1) {
        const float *head = weights + plan.head_weight + plan.feature_start[term];
        const float base = weights[plan.head_bias + term] + dot(head, states, width);
        for (int64_t r = rows * part / parts; r < rows * (part + 1) / parts; r++)
            heads[row_zero + r] = r == 0 ? base : base + dot(head, states + r * width, width);
    }
    const int64_t first = bound(columns, part, parts), last = bound(columns, part + 1, parts);
    if (last <= first) return;
    const Scratch &scratch = w.scratch[thread];
    multiply(rows, last - first, width, Operand{states, width, 1}, weights + plan.state_start[term] + first, columns,
             w.products + w.product_offset[term] + first, columns, Packing{scratch.left, scratch.right});
}

static void whole_states(const Workspace &w, int32_t term, float *out) {
    const int64_t width = w.plan.width[term], rows = w.index.row_start[term + 1] - w.index.row_start[term];
    const float *states = w.states + w.feature_offset[term];
    memcpy(out, states, rows * width * sizeof(float));
    for (int64_t r = 1; r < rows; r++) add(out + r * width, states, width);
}

}  // namespace DCELL_SET
