// The backward pass of one term: from the gradients of its heads, and of the products that its parents read, to those of
// its weights and of the sums of its first layer, which its children read.
//
// g is the gradient of the states of all strains of a row. Row 0 stands for the sum over all rows, because the base row is
// in every row; the other rows stand for themselves.
#pragma once
#include "activation.h"
#include "forward.h"
#include "matrix.h"
#include "workspace.h"

namespace DCELL_SET {

// Gradients of columns [first, last) of a term's product [M, N].
static void collect_columns(const Workspace &w, int32_t term, int64_t first, int64_t last, float *out) {
    const PlanView &plan = w.plan;
    const IndexView &index = w.index;
    const int64_t columns = plan.columns[term], row_zero = index.row_start[term];
    const int64_t rows = index.row_start[term + 1] - row_zero;
    if (first == 0 && last == columns) clear(out + columns, (rows - 1) * columns);
    else for (int64_t r = 1; r < rows; r++) clear(out + r * columns + first, last - first);
    for (int32_t link = plan.link_start[term]; link < plan.link_start[term + 1]; link++) {
        const int32_t parent = plan.link_parent[link];
        const int64_t width = plan.width[parent], column = plan.link_column[link];
        const int64_t from = larger(first, column), to = smaller(last, column + width);
        if (from >= to) continue;
        memcpy(out + from, w.sums + plan.feature_start[parent] + from - column, (to - from) * sizeof(float));
        const float *sums = w.states + w.feature_offset[parent] + from - column;
        const int64_t parent_zero = index.row_start[parent];
        for (int32_t e = index.edge_start[link]; e < index.edge_start[link + 1]; e++)
            add(out + (index.edge_child[e] - row_zero) * columns + from,
                sums + (index.edge_parent[e] - parent_zero) * width, to - from);
    }
}

static void collect(const Workspace &w, int32_t term, int32_t part, int32_t parts) {
    const int64_t columns = w.plan.columns[term];
    collect_columns(w, term, bound(columns, part, parts), bound(columns, part + 1, parts),
                    w.products + w.product_offset[term]);
}

// Whether all gradients of a term's product are exactly 0.
static bool quiet(const Workspace &w, int32_t term, int64_t rows) {
    if (rows > 1) return false;
    for (int32_t link = w.plan.link_start[term]; link < w.plan.link_start[term + 1]; link++)
        if (w.moving[w.plan.link_parent[link]]) return false;
    return true;
}

// Rows of the term's table, and g from above [M, columns of c].
static void table_gradients(const Workspace &w, const Target &to, const float *products, int32_t term,
                            const Columns &c, const Scratch &scratch) {
    const int64_t columns = w.plan.columns[term], wide = c.last - c.first;
    const int64_t at = w.plan.state_start[term] + c.first * columns;
    const Packing packing{scratch.left, scratch.right};
    if (quiet(w, term, c.rows)) {
        clear(scratch.states, wide);
        clear(to.gradient + at, wide * columns);
        return;
    }
    multiply_turned(c.rows, wide, c.step, columns, products, columns, to.weights + at, columns, scratch.states, wide,
                    packing);
    multiply(wide, columns, c.rows, Operand{c.states, 1, c.step}, products, columns, to.gradient + at, columns, packing);
}

// What both orders of norm and activation need of the heads and the norm.
struct Above {
    const float *g;                 // [M, wide], row 0: the sum over all rows
    const float *heads;             // gradients of the heads of the rows [M]
    float all_heads;                // their sum
    bool live;                      // batch norm over this batch: rows pull on each other
};

// What batch norm over this batch passes on to the other rows: gradients g, less their mean over the strains, lose the
// part along the rows themselves. With one other row almost everything cancels, and what is left has a closed form.
static inline Vector through_norm(const Workspace &w, const Columns &c, int64_t r, Vector g, Vector row, Vector mean,
                                  Vector inverse, Vector pull) {
    if (c.rows == 2) return g * (inverse * inverse * w.options.eps);
    return g - (row - mean) * pull * c.count[r];
}

// Linear, activation, norm. Puts the gradients of the sums into c.states. What adds up over the rows does so where it
// belongs in the gradient.
template <class Function>
static void before_norm(const Workspace &w, const Target &to, const Columns &c, const Above &above) {
    const int64_t wide = c.last - c.first;
    const float one_strain = 1.f / static_cast<float>(w.index.strains);
    const bool norm = w.options.batch_norm;
    const float *heads = to.weights + w.plan.head_weight + c.feature, *scales = w.scale + c.feature;
    float *head_weights = to.gradient + w.plan.head_weight + c.feature, *sums = w.sums + c.feature;
    float *norm_weights = norm ? to.gradient + w.plan.norm_weight + c.feature : nullptr;
    const auto total_of = [&](int64_t i, Part lanes) {
        return load(above.g + i, lanes) + load(heads + i, lanes) * above.all_heads;
    };
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        store(head_weights + i, load(c.states + i, lanes) * above.all_heads, lanes);
        if (norm) store(norm_weights + i, Vector{}, lanes);
    }
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector head = load(heads + i, lanes);
        const Vector share = above.live ? total_of(i, lanes) * one_strain : Vector{};
        Vector head_weight = load(head_weights + i, lanes), along = norm ? load(norm_weights + i, lanes) : Vector{};
        for (int64_t r = first; r < last; r++) {
            float *state = c.states + i + r * c.step;
            head_weight = load(state, lanes) * above.heads[r] + head_weight;
            const Vector g = load(above.g + i + r * wide, lanes) + head * above.heads[r] - share * c.count[r];
            along = load(c.changes + i + r * c.step, lanes) * g + along;
            store(state, g, lanes);
        }
        store(head_weights + i, head_weight, lanes);
        if (norm) store(norm_weights + i, along, lanes);
    });
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        const Vector total = total_of(i, lanes), z = load(w.start + c.feature + i, lanes);
        const Vector slope = Function::slope(z, load(c.changes + i, lanes));
        Vector scale = all(1.f);
        if (norm) {
            scale = load(scales + i, lanes);
            const Vector along = load(norm_weights + i, lanes), mean = load(w.mean + c.feature + i, lanes);
            store(norm_weights + i,
                  (above.live ? along : along - total * mean) * load(w.inverse + c.feature + i, lanes), lanes);
            store(to.gradient + w.plan.norm_bias + c.feature + i, total, lanes);
        }
        store(sums + i, above.live ? Vector{} : total * scale * slope, lanes);
    }
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector z = load(w.start + c.feature + i, lanes), f = load(c.changes + i, lanes);
        const Vector slope = Function::slope(z, f);
        Vector mean{}, inverse{}, scale = all(1.f), pull{}, sum = load(sums + i, lanes);
        if (norm) {
            mean = load(w.mean + c.feature + i, lanes);
            inverse = load(w.inverse + c.feature + i, lanes);
            scale = load(scales + i, lanes);
            pull = inverse * load(norm_weights + i, lanes) * one_strain;
        }
        for (int64_t r = first; r < last; r++) {
            float *state = c.states + i + r * c.step;
            const Vector change = load(c.changes + i + r * c.step, lanes);
            Vector g = load(state, lanes);
            if (above.live) g = through_norm(w, c, r, g, change, mean, inverse, pull);
            g = g * scale;
            Vector bend;
            if constexpr (Function::SLOPE_FROM_VALUE) bend = Function::slope_change(z, f, z, change);
            else bend = load(c.slopes + i + r * c.step, lanes);
            sum = g * bend + sum;  // the base row's gradient is minus the sum of the others'
            store(state, g * (slope + bend), lanes);
        }
        store(sums + i, sum, lanes);
    });
    memcpy(to.gradient + w.plan.linear_bias + c.feature, sums, wide * sizeof(float));
}

// Linear, norm, activation. Puts the gradients of the sums into c.states. What adds up over the rows does so where it
// belongs in the gradient.
template <class Function>
static void after_norm(const Workspace &w, const Target &to, const Columns &c, const Above &above) {
    const int64_t wide = c.last - c.first;
    const float one_strain = 1.f / static_cast<float>(w.index.strains);
    const float *heads = to.weights + w.plan.head_weight + c.feature, *scales = w.scale + c.feature;
    const float *start = w.start + c.feature;
    float *head_weights = to.gradient + w.plan.head_weight + c.feature, *sums = w.sums + c.feature;
    float *norm_weights = to.gradient + w.plan.norm_weight + c.feature;
    float *norm_biases = to.gradient + w.plan.norm_bias + c.feature;
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        const Vector f = load(c.states + i, lanes), slope = Function::slope(load(start + i, lanes), f);
        const Vector total = load(above.g + i, lanes) + load(heads + i, lanes) * above.all_heads;
        store(head_weights + i, f * above.all_heads, lanes);
        store(norm_biases + i, total * slope, lanes);
        store(norm_weights + i, Vector{}, lanes);
    }
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector head = load(heads + i, lanes), scale = load(scales + i, lanes);
        const Vector z = load(start + i, lanes), f = load(c.states + i, lanes), slope = Function::slope(z, f);
        Vector head_weight = load(head_weights + i, lanes), norm_bias = load(norm_biases + i, lanes);
        for (int64_t r = first; r < last; r++) {
            float *state = c.states + i + r * c.step;
            const Vector change = load(state, lanes), d = load(c.changes + i + r * c.step, lanes) * scale;
            head_weight = change * above.heads[r] + head_weight;
            const Vector g = load(above.g + i + r * wide, lanes) + head * above.heads[r];
            const Vector bend = Function::slope_change(z, f, d, change);
            norm_bias = g * bend + norm_bias;
            store(state, g * (slope + bend), lanes);
        }
        store(head_weights + i, head_weight, lanes);
        store(norm_biases + i, norm_bias, lanes);
    });
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector share = above.live ? load(norm_biases + i, lanes) * one_strain : Vector{};
        Vector along = load(norm_weights + i, lanes);
        for (int64_t r = first; r < last; r++) {
            float *state = c.states + i + r * c.step;
            const Vector g = load(state, lanes) - share * c.count[r];
            along = load(c.changes + i + r * c.step, lanes) * g + along;
            store(state, g, lanes);
        }
        store(norm_weights + i, along, lanes);
    });
    for (int64_t i = 0; i < wide; i += LANES) {
        const Part lanes = part_of(wide - i);
        const Vector along = load(norm_weights + i, lanes), norm_bias = load(norm_biases + i, lanes);
        const Vector mean = load(w.mean + c.feature + i, lanes), inverse = load(w.inverse + c.feature + i, lanes);
        store(norm_weights + i, (above.live ? along : along - norm_bias * mean) * inverse, lanes);
        // The mean takes any shift of all sums away.
        store(sums + i, above.live ? Vector{} : norm_bias * load(scales + i, lanes), lanes);
    }
    for_blocks(c, [&](int64_t i, Part lanes, int64_t first, int64_t last) {
        const Vector scale = load(scales + i, lanes), mean = load(w.mean + c.feature + i, lanes);
        const Vector inverse = load(w.inverse + c.feature + i, lanes);
        const Vector pull = inverse * load(norm_weights + i, lanes) * one_strain;
        for (int64_t r = first; r < last; r++) {
            float *state = c.states + i + r * c.step;
            Vector g = load(state, lanes);
            if (above.live)
                g = through_norm(w, c, r, g, load(c.changes + i + r * c.step, lanes), mean, inverse, pull);
            store(state, g * scale, lanes);
        }
    });
    memcpy(to.gradient + w.plan.linear_bias + c.feature, sums, wide * sizeof(float));
}

template <class Function>
static void sum_gradients(const Workspace &w, const Target &to, const Columns &c, const Above &above) {
    if (w.options.norm_first && w.options.batch_norm) after_norm<Function>(w, to, c, above);
    else before_norm<Function>(w, to, c, above);
}

// The columns of c of the table on genes [inputs, W].
static void gene_gradients(const Workspace &w, const Target &to, int32_t term, const Columns &c) {
    const PlanView &plan = w.plan;
    const IndexView &index = w.index;
    const int32_t first_pair = plan.pair_start[term], pairs = plan.pair_start[term + 1] - first_pair;
    const int64_t wide = c.last - c.first, row_zero = index.row_start[term];
    float *table = to.gradient + plan.gene_start[term] + c.first;
    if (pairs == 0) return;
    if (c.rows == 1 && !w.moving[term]) {
        for (int32_t pair = 0; pair < pairs; pair++) clear(table + pair * c.step, wide);
        return;
    }
    const float *sums = w.sums + c.feature;
    for (int32_t pair = 0; pair < pairs; pair++) {
        if (plan.wild[first_pair + pair] == 1.f) {
            memcpy(table + pair * c.step, sums, wide * sizeof(float));
        } else {
            clear(table + pair * c.step, wide);
            add_scaled(table + pair * c.step, sums, plan.wild[first_pair + pair], wide);
        }
    }
    for (int32_t q = w.base_start[term]; q < w.base_start[term + 1]; q++)
        add_scaled(table + (w.base_pair[q] - first_pair) * c.step, sums, w.base_change[q], wide);
    for (int32_t q = index.gene_start[term]; q < index.gene_start[term + 1]; q++)
        add_scaled(table + (index.gene_pair[q] - first_pair) * c.step,
                   c.states + (index.gene_row[q] - row_zero) * c.step, index.gene_change[q], wide);
}

static void gradients(const Workspace &w, const Target &to, const float *head_gradients, int32_t term, int32_t part,
                      int32_t parts, int32_t thread) {
    const Columns c = columns_of(w, term, part, parts);
    if (c.last <= c.first) return;
    const Scratch &scratch = w.scratch[thread];
    if (w.plan.columns[term] > 0) {
        float *products = parts > 1 ? w.products + w.product_offset[term] : scratch.products;
        if (parts == 1) collect_columns(w, term, 0, w.plan.columns[term], products);
        table_gradients(w, to, products, term, c, scratch);
    } else {
        clear(scratch.states, c.rows * (c.last - c.first));
    }
    const float *heads = head_gradients + w.index.row_start[term];
    float all_heads = 0;
    for (int64_t r = 0; r < c.rows; r++) all_heads += heads[r];
    const Above above{scratch.states, heads, all_heads, w.options.batch_norm && w.training};
    if (part == 0) store(to.gradient + w.plan.head_bias + term, all(all_heads), part_of(1));
    switch (w.options.activation) {
        case TANH: sum_gradients<Tanh>(w, to, c, above); break;
        case RELU: sum_gradients<Relu>(w, to, c, above); break;
        case LEAKY_RELU: sum_gradients<LeakyRelu>(w, to, c, above); break;
        case GELU: sum_gradients<Gelu>(w, to, c, above); break;
        case SELU: sum_gradients<Selu>(w, to, c, above); break;
        case ELU: sum_gradients<Elu>(w, to, c, above); break;
        case LINEAR: sum_gradients<Linear>(w, to, c, above); break;
    }
    gene_gradients(w, to, term, c);
}

}  // namespace DCELL_SET
