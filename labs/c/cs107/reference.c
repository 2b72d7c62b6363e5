/* An implicit list in one segment: a header of eight bytes, first fit. A free block is joined with
   those behind it when it is looked at. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "allocator.h"

#define HEADER_BYTES 8
#define LEAST 16

static char *start;
static char *end;

/* The bytes of a block, its header included, and in the lowest bit whether it is allocated. */
static size_t *header(char *block) {
    return (size_t *)block;
}

static size_t size_of(char *block) {
    return *header(block) & ~(size_t)7;
}

static bool is_free(char *block) {
    return (*header(block) & 1) == 0;
}

bool myinit(void *heap_start, size_t heap_size) {
    start = heap_start;
    end = start + (heap_size & ~(size_t)7);
    if (heap_size < LEAST)
        return false;
    *header(start) = (size_t)(end - start);
    return true;
}

/* Makes one free block of a free block and those behind it. */
static void join(char *block) {
    size_t size = size_of(block);
    while (block + size < end && is_free(block + size))
        size += size_of(block + size);
    if (size != size_of(block))
        *header(block) = size;
}

/* Makes a block allocated with `bytes` bytes, and a free one of the rest. */
static void place(char *block, size_t bytes) {
    size_t rest = size_of(block) - bytes;
    if (rest >= LEAST)
        *header(block + bytes) = rest;
    else
        bytes += rest;
    *header(block) = bytes | 1;
}

static size_t bytes_for(size_t size) {
    size_t bytes = (size + HEADER_BYTES + 7) & ~(size_t)7;
    return bytes < LEAST ? LEAST : bytes;
}

void *mymalloc(size_t requested_size) {
    if (requested_size == 0 || requested_size > MAX_REQUEST_SIZE)
        return NULL;
    size_t bytes = bytes_for(requested_size);
    for (char *block = start; block < end; block += size_of(block)) {
        if (!is_free(block))
            continue;
        join(block);
        if (size_of(block) >= bytes) {
            place(block, bytes);
            return block + HEADER_BYTES;
        }
    }
    return NULL;
}

void myfree(void *ptr) {
    if (ptr == NULL)
        return;
    char *block = (char *)ptr - HEADER_BYTES;
    *header(block) = size_of(block);
}

void *myrealloc(void *old_ptr, size_t new_size) {
    if (old_ptr == NULL)
        return mymalloc(new_size);
    if (new_size == 0) {
        myfree(old_ptr);
        return NULL;
    }
    if (new_size > MAX_REQUEST_SIZE)
        return NULL;
    char *block = (char *)old_ptr - HEADER_BYTES;
    size_t bytes = bytes_for(new_size), old = size_of(block);
    join(block);
    if (size_of(block) >= bytes) {
        place(block, bytes);
        return old_ptr;
    }
    *header(block) |= 1;
    void *moved = mymalloc(new_size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, old_ptr, old - HEADER_BYTES);
    myfree(old_ptr);
    return moved;
}

bool validate_heap(void) {
    char *block = start;
    while (block < end && size_of(block) >= LEAST)
        block += size_of(block);
    return block == end;
}
