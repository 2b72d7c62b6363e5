/* An allocator that is broken in the way that a macro says. Blocks are taken from a region
   one after the other, and free does nothing. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* From call FROM on, one call in EVERY is answered wrong. */
#ifndef EVERY
#define EVERY 64
#endif
#ifndef FROM
#define FROM 1
#endif

enum { HEADER = 16 };

static char *region, *end;
static unsigned long calls;

void *malloc(size_t size) {
    if (region == NULL) {
        region = mmap(NULL, 8ul << 30, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (region == MAP_FAILED) _exit(99);
        end = region;
    }
    unsigned long call = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    int is_one_of_many = call >= FROM && call % EVERY == 0;
    (void)is_one_of_many;
#ifdef GIVES_UP
    if (is_one_of_many) return NULL;
#endif
#ifdef CRASHES
    if (is_one_of_many) *(volatile char *)1 = 0;
#endif
#ifdef EXITS
    if (is_one_of_many) _exit(3);
#endif
#ifdef HANGS
    if (is_one_of_many)
        for (volatile int forever = 1; forever;) {}
#endif
#ifdef WILD
    if (is_one_of_many) return (void *)0x10000;
#endif
    size_t whole = (size + HEADER + 15) & ~(size_t)15;
#ifdef OVERLAPS
    /* The next block begins in the middle of this one. */
    if (is_one_of_many && size >= 32) whole = 16 + HEADER;
#endif
    char *block = __atomic_fetch_add(&end, whole, __ATOMIC_RELAXED) + HEADER;
#ifdef GIVES_TWICE
    static __thread char *last;
    static __thread size_t last_size;
    static __thread int is_due;
    is_due |= is_one_of_many;
    if (is_due && last != NULL && last_size >= size) {
        is_due = 0;
        return last;
    }
    last = block;
    last_size = size;
#endif
    memcpy(block - HEADER, &size, sizeof size);
#ifdef MISALIGNED
    if (is_one_of_many) return block + 8;
#endif
    return block;
}

void free(void *block) { (void)block; }

#ifndef WITHOUT_CALLOC
void *calloc(size_t count, size_t size) {
    char *block = malloc(count * size);
    if (block != NULL) memset(block, 0, count * size);
#ifdef NOT_ZERO
    if (block != NULL && count * size > 8) block[count * size - 1] = 1;
#endif
    return block;
}
#endif

void *realloc(void *block, size_t size) {
    size_t before = 0;
    if (block != NULL) memcpy(&before, (char *)block - HEADER, sizeof before);
    void *larger = malloc(size);
    size_t kept = before < size ? before : size;
#ifdef LOSES
    if (kept > 8) kept -= 1;
#endif
    if (larger != NULL && block != NULL) memcpy(larger, block, kept);
    return larger;
}

size_t malloc_usable_size(void *block) {
    size_t size;
    memcpy(&size, (char *)block - HEADER, sizeof size);
#ifdef TOO_SMALL
    return size > 8 ? size - 1 : size;
#endif
    return size;
}

void *memalign(size_t align, size_t size) {
    char *block = malloc(size + align + HEADER);
    if (block == NULL) return NULL;
    block += -(uintptr_t)block & (align - 1);
    memcpy(block - HEADER, &size, sizeof size);
    return block;
}

int posix_memalign(void **made, size_t align, size_t size) {
    *made = memalign(align, size);
    return *made == NULL ? 12 : 0;
}

void *aligned_alloc(size_t align, size_t size) { return memalign(align, size); }

#ifdef CONSTRUCTOR
__attribute__((constructor)) static void at_load(void) { CONSTRUCTOR; }
#endif

#ifdef NEEDS
void NEEDS(void);
void call(void) { NEEDS(); }
#endif
