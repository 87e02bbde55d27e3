// One vector of 32-bit numbers, as wide as the instruction set that this file is compiled for: 16 (AVX-512), 8 (AVX2) or
// 4 numbers (anything else, x86 or not). Arithmetic, comparisons and ?: on it are extensions that GCC and clang share;
// only what they lack is written out here: partial loads and stores, roots, sums.
//
// Whatever is compiled once per instruction set lives in a namespace of its own, named by DCELL_SET, and uses no
// templates of the standard library: the linker keeps one copy of equal inline functions, perhaps one with instructions
// that the processor lacks.
#pragma once
#include <cstdint>
#include <cstring>
#if defined(__SSE__)
#include <immintrin.h>
#endif

namespace DCELL_SET {

#if defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif

typedef float Vector __attribute__((vector_size(4 * LANES)));
typedef int32_t Whole __attribute__((vector_size(4 * LANES)));

// Some of the first lanes, for the end of a row.
#if defined(__AVX512F__)
struct Part { __mmask16 mask; };
#elif defined(__AVX2__)
struct Part { __m256i mask; bool full; };
#else
struct Part { int lanes; };
#endif

static inline Vector all(float number) { return number - Vector{}; }

static inline Vector load(const float *from) {
    Vector vector;
    memcpy(&vector, from, sizeof vector);
    return vector;
}

static inline void store(float *to, Vector vector) { memcpy(to, &vector, sizeof vector); }

// The first of `left` numbers that fit in a vector; left is at least 1.
static inline Part part_of(int64_t left) {
#if defined(__AVX512F__)
    return Part{left >= LANES ? static_cast<__mmask16>(0xffff) : static_cast<__mmask16>((1u << left) - 1)};
#elif defined(__AVX2__)
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const int lanes = left >= LANES ? LANES : static_cast<int>(left);
    return Part{_mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), lane), lanes == LANES};
#else
    return Part{left >= LANES ? LANES : static_cast<int>(left)};
#endif
}

// Loads 0 outside the part.
static inline Vector load(const float *from, Part part) {
#if defined(__AVX512F__)
    return (Vector)_mm512_maskz_loadu_ps(part.mask, from);
#elif defined(__AVX2__)
    return part.full ? load(from) : (Vector)_mm256_maskload_ps(from, part.mask);
#else
    if (part.lanes == LANES) return load(from);
    Vector vector{};
    for (int lane = 0; lane < part.lanes; lane++) vector[lane] = from[lane];
    return vector;
#endif
}

// Leaves memory outside the part as it is.
static inline void store(float *to, Vector vector, Part part) {
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(to, part.mask, (__m512)vector);
#elif defined(__AVX2__)
    if (part.full) store(to, vector);
    else _mm256_maskstore_ps(to, part.mask, (__m256)vector);
#else
    if (part.lanes == LANES) store(to, vector);
    else for (int lane = 0; lane < part.lanes; lane++) to[lane] = vector[lane];
#endif
}

static inline Vector square_root(Vector vector) {
#if defined(__AVX512F__)
    return (Vector)_mm512_sqrt_ps((__m512)vector);
#elif defined(__AVX2__)
    return (Vector)_mm256_sqrt_ps((__m256)vector);
#else
    for (int lane = 0; lane < LANES; lane++) vector[lane] = __builtin_sqrtf(vector[lane]);
    return vector;
#endif
}

static inline float sum_of_lanes(Vector vector) {
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps((__m512)vector);
#else
    float lanes[LANES];
    store(lanes, vector);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    return lanes[0];
#endif
}

static inline Vector smaller(Vector one, Vector other) { return one < other ? one : other; }
static inline Vector larger(Vector one, Vector other) { return one > other ? one : other; }
static inline Vector magnitude(Vector vector) { return (Vector)((Whole)vector & 0x7fffffff); }
static inline int64_t smaller(int64_t one, int64_t other) { return one < other ? one : other; }
static inline int64_t larger(int64_t one, int64_t other) { return one > other ? one : other; }

// to[i] += from[i] * factor
static inline void add_scaled(float *to, const float *from, float factor, int64_t count) {
    const Vector factors = all(factor);
    for (int64_t i = 0; i < count; i += LANES) {
        const Part part = part_of(count - i);
        store(to + i, load(to + i, part) + factors * load(from + i, part), part);
    }
}

static inline void add(float *to, const float *from, int64_t count) {
    for (int64_t i = 0; i < count; i += LANES) {
        const Part part = part_of(count - i);
        store(to + i, load(to + i, part) + load(from + i, part), part);
    }
}

static inline void clear(float *to, int64_t count) { memset(to, 0, count * sizeof(float)); }

}  // namespace DCELL_SET
