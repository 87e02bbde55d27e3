// Memory that grows when asked for more, never shrinks, and does not keep what was in it.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>
#if defined(__linux__)
#include <sys/mman.h>
#endif

template <class Item> class Buffer {
public:
    Buffer() = default;
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer() { free(items_); }

    // Room for `count` items, at a multiple of 64 bytes; what was there is lost if it had to grow.
    Item *get(size_t count) {
        if (count <= room_) return items_;
        free(items_);
        items_ = nullptr;
        room_ = 0;
        const size_t wanted = count + count / 16 + 64;  // batches differ a little
        // Large pages save the processor most of its searches for addresses.
        const size_t page = wanted * sizeof(Item) < LARGE ? 64 : LARGE;
        const size_t bytes = (wanted * sizeof(Item) + page - 1) / page * page;
        items_ = static_cast<Item *>(aligned_alloc(page, bytes));
        if (!items_) throw std::bad_alloc();
#if defined(__linux__)
        if (page == LARGE) madvise(items_, bytes, MADV_HUGEPAGE);
#endif
        room_ = wanted;
        return items_;
    }

private:
    static constexpr size_t LARGE = size_t{1} << 21;
    Item *items_ = nullptr;
    size_t room_ = 0;
};
