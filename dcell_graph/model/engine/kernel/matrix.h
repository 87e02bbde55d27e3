// Products of matrices of 32-bit numbers.
//
// Small products work on the operands where they are; large ones first pack both into strips that fit the caches. An
// element is a chain of additions in the order of the inner index, in place or packed, or for few rows a sum of lanes: it
// depends on sizes alone, not on how the work is cut, so it has equal bits on any number of threads.
#pragma once
#include "vector.h"
#include "workspace.h"

namespace DCELL_SET {

// A matrix that is only read: element (i, j) is at from[i * row_step + j * column_step].
struct Operand {
    const float *from;
    int64_t row_step, column_step;
};

// Registers: a tile holds ROWS x VECTORS sums, plus VECTORS numbers of the right and one of the left operand.
#if defined(__AVX512F__)
constexpr int TILE_VECTORS = 3, TILE_ROWS = 8;
constexpr int MOST_ROWS[4] = {0, 12, 12, 8};
#else
constexpr int TILE_VECTORS = 2, TILE_ROWS = 6;
constexpr int MOST_ROWS[4] = {0, 12, 6, 0};
#endif
constexpr int64_t TILE_COLUMNS = TILE_VECTORS * LANES;

// Packed blocks: INNER x TILE_COLUMNS numbers of the right operand stay in the first cache, BLOCK_ROWS x INNER of the
// left in the second.
constexpr int64_t INNER = 256;
constexpr int64_t BLOCK_ROWS = 48 * TILE_ROWS;
constexpr int64_t BLOCK_COLUMNS = 20 * TILE_COLUMNS;
constexpr int64_t PACKED_LEFT = BLOCK_ROWS * INNER + 64;
constexpr int64_t PACKED_RIGHT = BLOCK_COLUMNS * INNER + 64;
static_assert(PACKED_LEFT <= PACKED_ROOM && PACKED_RIGHT <= PACKED_ROOM, "the workspace has too little room");

// One tile: C[ROWS, VECTORS * LANES] (+)= A[ROWS, inner] * B[inner, ...]; the last vector may be a part.
template <int ROWS, int VECTORS, bool ADD>
static void tile(int64_t inner, Operand a, const float *b, int64_t b_step, float *c, int64_t c_step, Part last) {
    Vector sum[ROWS][VECTORS];
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) {
            const float *at = c + i * c_step + v * LANES;
            sum[i][v] = !ADD ? Vector{} : v == VECTORS - 1 ? load(at, last) : load(at);
        }
    const float *left = a.from;
    for (int64_t k = 0; k < inner; k++) {
        Vector right[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) right[v] = v == VECTORS - 1 ? load(b + v * LANES, last) : load(b + v * LANES);
#pragma GCC unroll 16
        for (int i = 0; i < ROWS; i++) {
            const Vector factor = all(left[i * a.row_step]);
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) sum[i][v] = factor * right[v] + sum[i][v];
        }
        left += a.column_step;
        b += b_step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) {
            float *at = c + i * c_step + v * LANES;
            if (v == VECTORS - 1) store(at, sum[i][v], last);
            else store(at, sum[i][v]);
        }
}

using Tile = void (*)(int64_t, Operand, const float *, int64_t, float *, int64_t, Part);

// Tiles of 1 to 12 rows; those that would not fit the registers are not made.
template <int ROWS, int VECTORS, bool ADD> constexpr Tile tile_or_none() {
    if constexpr (ROWS <= MOST_ROWS[VECTORS]) return tile<ROWS, VECTORS, ADD>;
    else return nullptr;
}

template <int VECTORS, bool ADD> struct Tiles {
    static constexpr Tile OF[13] = {
        nullptr, tile_or_none<1, VECTORS, ADD>(), tile_or_none<2, VECTORS, ADD>(), tile_or_none<3, VECTORS, ADD>(),
        tile_or_none<4, VECTORS, ADD>(), tile_or_none<5, VECTORS, ADD>(), tile_or_none<6, VECTORS, ADD>(),
        tile_or_none<7, VECTORS, ADD>(), tile_or_none<8, VECTORS, ADD>(), tile_or_none<9, VECTORS, ADD>(),
        tile_or_none<10, VECTORS, ADD>(), tile_or_none<11, VECTORS, ADD>(), tile_or_none<12, VECTORS, ADD>(),
    };
};

static inline Tile tile_for(int vectors, int64_t rows, bool add) {
    if (vectors == 1) return add ? Tiles<1, true>::OF[rows] : Tiles<1, false>::OF[rows];
    if (vectors == 2) return add ? Tiles<2, true>::OF[rows] : Tiles<2, false>::OF[rows];
    return add ? Tiles<3, true>::OF[rows] : Tiles<3, false>::OF[rows];
}

// to[j * to_step + i] = from[i * from_step + j] for i < rows, j < columns
static void transpose(int64_t rows, int64_t columns, const float *from, int64_t from_step, float *to, int64_t to_step) {
    int64_t i = 0;
#if defined(__SSE__)
    for (; i + 4 <= rows; i += 4) {
        const float *at = from + i * from_step;
        int64_t j = 0;
        for (; j + 4 <= columns; j += 4) {
            __m128 a = _mm_loadu_ps(at + j), b = _mm_loadu_ps(at + from_step + j);
            __m128 c = _mm_loadu_ps(at + 2 * from_step + j), d = _mm_loadu_ps(at + 3 * from_step + j);
            _MM_TRANSPOSE4_PS(a, b, c, d);
            float *out = to + j * to_step + i;
            _mm_storeu_ps(out, a);
            _mm_storeu_ps(out + to_step, b);
            _mm_storeu_ps(out + 2 * to_step, c);
            _mm_storeu_ps(out + 3 * to_step, d);
        }
        for (; j < columns; j++)
            for (int64_t q = 0; q < 4; q++) to[j * to_step + i + q] = at[q * from_step + j];
    }
#endif
    for (; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) to[j * to_step + i] = from[i * from_step + j];
}

// Strip of `height` rows of a packed: to[k * strip + i] = a(first + i, k), where strip >= height.
static inline void pack_strip(Operand a, int64_t height, int64_t inner, float *to, int64_t strip) {
    if (a.row_step != 1) {
        transpose(height, inner, a.from, a.row_step, to, strip);
        return;
    }
    for (int64_t k = 0; k < inner; k++)
        for (int64_t i = 0; i < height; i += LANES) {
            const Part part = part_of(height - i);
            store(to + k * strip + i, load(a.from + k * a.column_step + i, part), part);
        }
}

// C[rows, columns] = A[rows, inner] * B[inner, columns] with operands where they are; B's rows are contiguous.
static void multiply_in_place(
    int64_t rows, int64_t columns, int64_t inner, Operand a, const float *b, int64_t b_step, float *c, int64_t c_step
) {
    for (int64_t j = 0; j < columns;) {
        const int64_t left = columns - j;
        // No thin last panel where two of middle size do the same.
        int64_t wide = smaller(left, TILE_COLUMNS);
        if (TILE_VECTORS == 3 && left > 3 * LANES && left <= 4 * LANES) wide = 2 * LANES;
        const int vectors = static_cast<int>((wide + LANES - 1) / LANES);
        const Part last = part_of(wide - (vectors - 1) * LANES);
        const int64_t most = MOST_ROWS[vectors];
        for (int64_t i = 0; i < rows;) {
            const int64_t rest = rows - i;
            const int64_t height = rest >= 2 * most ? most : rest > most ? (rest + 1) / 2 : rest;
            const Operand from{a.from + i * a.row_step, a.row_step, a.column_step};
            tile_for(vectors, height, false)(
                inner, from, b + j, b_step, c + i * c_step + j, c_step, last);
            i += height;
        }
        j += wide;
    }
}

// The same with packed operands; B is any matrix with one step of 1. `left` and `right` hold the packed blocks.
static void multiply_packed(
    int64_t rows, int64_t columns, int64_t inner, Operand a, Operand b, float *c, int64_t c_step, float *left, float *right
) {
    for (int64_t column = 0; column < columns; column += BLOCK_COLUMNS) {
        const int64_t wide = smaller(BLOCK_COLUMNS, columns - column);
        for (int64_t k = 0; k < inner; k += INNER) {
            const int64_t deep = smaller(INNER, inner - k);
            for (int64_t j = 0; j < wide; j += TILE_COLUMNS) {
                const float *from = b.from + k * b.row_step + (column + j) * b.column_step;
                const Operand turned{from, b.column_step, b.row_step};
                pack_strip(turned, smaller(TILE_COLUMNS, wide - j), deep, right + j * deep, TILE_COLUMNS);
            }
            for (int64_t row = 0; row < rows; row += BLOCK_ROWS) {
                const int64_t high = smaller(BLOCK_ROWS, rows - row);
                for (int64_t i = 0; i < high; i += TILE_ROWS) {
                    const float *from = a.from + (row + i) * a.row_step + k * a.column_step;
                    const Operand strip{from, a.row_step, a.column_step};
                    pack_strip(strip, smaller(TILE_ROWS, high - i), deep, left + i * deep, TILE_ROWS);
                }
                for (int64_t j = 0; j < wide; j += TILE_COLUMNS) {
                    const int64_t width = smaller(TILE_COLUMNS, wide - j);
                    const int vectors = static_cast<int>((width + LANES - 1) / LANES);
                    const Part last = part_of(width - (vectors - 1) * LANES);
                    for (int64_t i = 0; i < high; i += TILE_ROWS) {
                        const int64_t height = smaller(TILE_ROWS, high - i);
                        tile_for(vectors, height, k > 0)(
                            deep, Operand{left + i * deep, 1, TILE_ROWS}, right + j * deep, TILE_COLUMNS,
                            c + (row + i) * c_step + column + j, c_step, last);
                    }
                }
            }
        }
    }
}

// Packing pays from this many rows on, for right operands of more numbers than this; measured.
constexpr int64_t FEW_ROWS = 12, SMALL = 24000;

static inline bool worth_packing(int64_t rows, int64_t columns, int64_t inner) {
    return rows >= FEW_ROWS && inner * columns > SMALL;
}

// Room that products need: PACKED_LEFT and PACKED_RIGHT numbers. A small right operand is turned round in the second.
struct Packing { float *left, *right; };

// C[rows, columns] = A[rows, inner] * B[inner, columns], B row by row.
static inline void multiply(
    int64_t rows, int64_t columns, int64_t inner, Operand a, const float *b, int64_t b_step, float *c, int64_t c_step,
    Packing packing
) {
    if (worth_packing(rows, columns, inner))
        multiply_packed(rows, columns, inner, a, Operand{b, b_step, 1}, c, c_step, packing.left, packing.right);
    else
        multiply_in_place(rows, columns, inner, a, b, b_step, c, c_step);
}

// y[i, r] = sum over n of a[i, n] * w[r, n], four rows of w at a time: for few rows of a, where turning w would cost more.
static void multiply_dots(
    int64_t rows, int64_t columns, int64_t inner, const float *a, int64_t a_step, const float *w, int64_t w_step,
    float *c, int64_t c_step
) {
    for (int64_t r = 0; r < columns; r += 4) {
        const int64_t count = smaller(4, columns - r);
        const float *row[4];
        for (int64_t q = 0; q < 4; q++) row[q] = w + (r + smaller(q, count - 1)) * w_step;
        for (int64_t i = 0; i < rows; i++) {
            Vector sum[4] = {};
            for (int64_t n = 0; n < inner; n += LANES) {
                const Part part = part_of(inner - n);
                const Vector x = load(a + i * a_step + n, part);
                for (int q = 0; q < 4; q++) sum[q] = load(row[q] + n, part) * x + sum[q];
            }
            for (int64_t q = 0; q < count; q++) c[i * c_step + r + q] = sum_of_lanes(sum[q]);
        }
    }
}

// C[rows, columns] = A[rows, inner] * W[columns, inner]^T, both row by row. W may be a part of `whole` such rows: which way
// an element is added up must not depend on the part.
static inline void multiply_turned(
    int64_t rows, int64_t columns, int64_t whole, int64_t inner, const float *a, int64_t a_step, const float *w,
    int64_t w_step, float *c, int64_t c_step, Packing packing
) {
    if (rows == 1 || (rows < FEW_ROWS && inner * whole > SMALL)) {
        multiply_dots(rows, columns, inner, a, a_step, w, w_step, c, c_step);
        return;
    }
    const int64_t turned_step = (columns + LANES - 1) / LANES * LANES;
    if (worth_packing(rows, columns, inner) || inner * turned_step > PACKED_RIGHT) {
        multiply_packed(rows, columns, inner, Operand{a, a_step, 1}, Operand{w, 1, w_step}, c, c_step,
                        packing.left, packing.right);
        return;
    }
    transpose(columns, inner, w, w_step, packing.right, turned_step);
    multiply_in_place(rows, columns, inner, Operand{a, a_step, 1}, packing.right, turned_step, c, c_step);
}

}  // namespace DCELL_SET
