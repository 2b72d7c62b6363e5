/* The implicit list of CS:APP 9.9.12, written anew for the tests: boundary tags of four bytes,
   first fit, immediate coalescing. -DALIGN=16 has payloads aligned as on x86-64. */
#include <stdint.h>
#include <string.h>

#include "memlib.h"
#include "mm.h"

#ifndef ALIGN
#define ALIGN 8
#endif

#define WORD 4
#define TAGS (2 * WORD)
#define LEAST 16
#define CHUNK 4096

#define TAG(at) (*(uint32_t *)(at))
#define SIZE(at) (TAG(at) & ~7u)
#define USED(at) (TAG(at) & 1u)
#define HEADER(block) ((char *)(block) - WORD)
#define FOOTER(block) ((char *)(block) + SIZE(HEADER(block)) - TAGS)
#define NEXT(block) ((char *)(block) + SIZE(HEADER(block)))

static char *first;

/* Writes both tags of a block. */
static void mark(char *block, uint32_t size, uint32_t used) {
    TAG(block - WORD) = size | used;
    TAG(block + size - TAGS) = size | used;
}

static char *coalesce(char *block) {
    uint32_t own = SIZE(HEADER(block));
    uint32_t size = own;
    uint32_t next = TAG(HEADER(block + own));
    uint32_t before = TAG(block - TAGS);
    char *start = block;
    if (!(next & 1))
        size += next & ~7u;
    if (!(before & 1)) {
        start -= before & ~7u;
        size += before & ~7u;
    }
    if (size > own)
        mark(start, size, 0);
    return start;
}

static char *grow(uint32_t bytes) {
    if (bytes < CHUNK)
        bytes = CHUNK;
    char *block = mem_sbrk(bytes);
    if (block == (void *)-1)
        return NULL;
    TAG(HEADER(block + bytes)) = 1;
    mark(block, bytes, 0);
    return coalesce(block);
}

int mm_init(void) {
    char *start = mem_sbrk(4 * WORD);
    if (start == (void *)-1)
        return -1;
    mark(start + TAGS, TAGS, 1);
    TAG(start + 3 * WORD) = 1;
    first = start + 4 * WORD;
    return grow(CHUNK) ? 0 : -1;
}

static char *find_fit(uint32_t bytes) {
    char *block = first;
    for (uint32_t tag; (tag = TAG(HEADER(block))) > 1; block += tag & ~7u)
        if (!(tag & 1) && (tag & ~7u) >= bytes)
            return block;
    return NULL;
}

static void place(char *block, uint32_t bytes) {
    uint32_t size = SIZE(HEADER(block));
    if (size - bytes >= LEAST) {
        mark(block + bytes, size - bytes, 0);
        mark(block, bytes, 1);
    } else {
        mark(block, size, 1);
    }
}

void *mm_malloc(size_t size) {
    if (size == 0 || size > INT32_MAX - CHUNK)
        return NULL;
    uint32_t bytes = (size + TAGS + ALIGN - 1) & ~(ALIGN - 1);
    if (bytes < LEAST)
        bytes = LEAST;
    char *block = find_fit(bytes);
    if (!block && !(block = grow(bytes)))
        return NULL;
    place(block, bytes);
    return block;
}

void mm_free(void *payload) {
    if (!payload)
        return;
    mark(payload, SIZE(HEADER(payload)), 0);
    coalesce(payload);
}

void *mm_realloc(void *payload, size_t size) {
    if (!payload)
        return mm_malloc(size);
    if (size == 0) {
        mm_free(payload);
        return NULL;
    }
    char *moved = mm_malloc(size);
    if (!moved)
        return NULL;
    size_t old = SIZE(HEADER(payload)) - TAGS;
    memcpy(moved, payload, old < size ? old : size);
    mm_free(payload);
    return moved;
}

/* Shows the lab the blocks. */
void mm_blocks(void (*show)(void *block, size_t bytes, void *payload, int allocated)) {
    for (char *block = first; SIZE(HEADER(block)) > 0; block = NEXT(block))
        show(HEADER(block), SIZE(HEADER(block)), block, USED(HEADER(block)));
}
