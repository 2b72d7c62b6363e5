// A library with operators new and delete of its own: from a pool, or by malloc and free. The
// forms that are not here are the C++ library's, which call these, or C's aligned_alloc.
#include <cstdlib>
#include <new>

#ifdef POOL
alignas(16) static char memory[1 << 20];
static std::size_t used;

void *operator new(std::size_t size) {
    std::size_t total = (size + 15) & ~(std::size_t)15;
    if (total > sizeof memory - used) throw std::bad_alloc();
    used += total;
    return memory + used - total;
}

void operator delete(void *) noexcept {}
#endif

#ifdef MALLOC
void *operator new(std::size_t size) {
    if (void *block = std::malloc(size)) return block;
    throw std::bad_alloc();
}

void operator delete(void *block) noexcept { std::free(block); }
#endif
