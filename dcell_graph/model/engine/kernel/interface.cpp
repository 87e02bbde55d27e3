// The functions that Python calls, all plain C. They return 0, or 1 where there was no memory; what they are given has been
// checked on the Python side.
#include "engine.h"
#include "index.h"

#include <cstring>
#include <new>
#include <system_error>

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace {

// Instruction sets in this build that the processor has, best first.
int usable_sets(const Steps *found[3]) {
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
        found[count++] = &AVX512_STEPS;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found[count++] = &AVX2_STEPS;
#endif
    found[count++] = &PORTABLE_STEPS;
    return count;
}

template <class Work> int guarded(const Work &work) {
    try {
        work();
        return 0;
    } catch (const std::bad_alloc &) {
        return 1;
    } catch (const std::system_error &) {  // no thread could be started
        return 1;
    }
}

}  // namespace

// What the sources were when this was built; see build_kernel.py.
EXPORT const char *dcell_sources() { return DCELL_SOURCES; }

// Name of the usable instruction set number `place`, best first; null behind the last.
EXPORT const char *dcell_instruction_set(int place) {
    const Steps *found[3];
    return place < usable_sets(found) ? found[place]->name : nullptr;
}

EXPORT void *dcell_engine_new(const PlanView *plan, const Options *options, int threads, int set) {
    const Steps *found[3];
    usable_sets(found);
    Engine *engine = nullptr;
    guarded([&] { engine = new Engine(*plan, *options, threads, *found[set]); });
    return engine;
}

EXPORT void dcell_engine_free(void *engine) { delete static_cast<Engine *>(engine); }

EXPORT int dcell_forward(void *engine, const IndexView *index, const float *weights, float *running_mean,
                         float *running_var, int training, int all_heads, float *heads) {
    return guarded([&] {
        static_cast<Engine *>(engine)->forward(*index, weights, running_mean, running_var, training, all_heads, heads);
    });
}

EXPORT void dcell_backward(void *engine, const float *head_gradients, const float *weights, float *gradient) {
    static_cast<Engine *>(engine)->backward(head_gradients, Target{weights, gradient});
}

EXPORT void dcell_states(void *engine, int term, float *out) { static_cast<Engine *>(engine)->states(term, out); }

EXPORT void dcell_adam(void *engine, float *weights, const float *gradient, float factor, int64_t count,
                       const AdamView *adam) {
    static_cast<Engine *>(engine)->adam(*adam, weights, gradient, factor, count);
}

EXPORT int dcell_norm(void *engine, const float *numbers, int64_t count, double *norm) {
    return guarded([&] { *norm = static_cast<Engine *>(engine)->norm(numbers, count); });
}

EXPORT void *dcell_indexer_new(const PlanView *plan) {
    Indexer *indexer = nullptr;
    guarded([&] { indexer = new Indexer(*plan); });
    return indexer;
}

EXPORT void dcell_indexer_free(void *indexer) { delete static_cast<Indexer *>(indexer); }

EXPORT int dcell_index_find(void *indexer, const int64_t *deleted, int64_t strains, int64_t width, IndexSizes *sizes) {
    return guarded([&] { *sizes = static_cast<Indexer *>(indexer)->find(deleted, strains, width); });
}

EXPORT int dcell_index_write(void *indexer, const IndexArrays *arrays) {
    return guarded([&] { static_cast<Indexer *>(indexer)->write(*arrays); });
}

// Sums over the strains on each row, of one number a strain: sums [R].
EXPORT void dcell_row_sums(const int32_t *row_start, const float *count, int64_t terms, const int32_t *touch_start,
                           const int32_t *touch_row, int64_t strains, const double *numbers, double *sums) {
    double total = 0;
    memset(sums, 0, row_start[terms] * sizeof(double));
    for (int64_t strain = 0; strain < strains; strain++) {
        total += numbers[strain];
        for (int32_t i = touch_start[strain]; i < touch_start[strain + 1]; i++) sums[touch_row[i]] += numbers[strain];
    }
    for (int64_t term = 0; term < terms; term++) {
        double others = 0;
        for (int32_t row = row_start[term] + 1; row < row_start[term + 1]; row++) others += sums[row];
        sums[row_start[term]] = count[row_start[term]] > 0 ? total - others : 0;
    }
}
