// The same as mangled.cc, with the names of C.
#define mm_init init_of_cpp
#define mm_malloc malloc_of_cpp
#define mm_free free_of_cpp
#define mm_realloc realloc_of_cpp
#include "mangled.cc"
#undef mm_init
#undef mm_malloc
#undef mm_free
#undef mm_realloc

extern "C" {
int mm_init() { return init_of_cpp(); }
void *mm_malloc(std::size_t size) { return malloc_of_cpp(size); }
void mm_free(void *block) { free_of_cpp(block); }
void *mm_realloc(void *old, std::size_t size) { return realloc_of_cpp(old, size); }
}
