// Never frees, in C++, without extern "C": its names are those of C++.
#include <cstddef>
#include <cstring>
#include "memlib.h"

namespace {
class Bump {
public:
    char *take(std::size_t size) {
        std::size_t bytes = (size + 2 * sizeof(std::size_t) + 7) & ~std::size_t(7);
        char *start = static_cast<char *>(mem_sbrk(static_cast<int>(bytes)));
        if (start == reinterpret_cast<char *>(-1))
            return nullptr;
        *reinterpret_cast<std::size_t *>(start) = size;
        return start + 2 * sizeof(std::size_t);
    }
};
Bump bump;
}

int mm_init() { return 0; }
void *mm_malloc(std::size_t size) { return bump.take(size); }
void mm_free(void *) {}
void *mm_realloc(void *old, std::size_t size) {
    char *block = bump.take(size);
    if (block && old) {
        std::size_t held = *(reinterpret_cast<std::size_t *>(old) - 2);
        std::memcpy(block, old, held < size ? held : size);
    }
    return block;
}
