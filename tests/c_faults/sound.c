/*
 * A sound allocator, for the tests: faults are planted in it, one at a time (faults.rs).
 *
 * Segregated lists of free blocks, boundary tags in all blocks, immediate coalescing, first fit,
 * and realloc in place where the next block is free. Written as the course's macros have it.
 *
 *      header        payload                                   footer
 *     +-------------+---------------------------------------+-------------+
 *     | size | a    | next | previous (only if free)        | size | a    |
 *     +-------------+---------------------------------------+-------------+
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memlib.h"
#include "mm.h"

team_t team = {"sound", "the tests", "", "", ""};

#define WSIZE 8
#define DSIZE 16
#define ALIGNMENT 16
#define MIN_BLOCK 32
#define CHUNK 4096
#define CLASSES 8

#define MAX(x, y) ((x) > (y) ? (x) : (y))
#define ROUND_UP(size) (((size) + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1))

#define PACK(size, alloc) ((size) | (alloc))
#define GET(p) (*(size_t *)(p))
#define PUT(p, value) (*(size_t *)(p) = (value))
#define GET_SIZE(p) (GET(p) & ~(size_t)0xf)
#define GET_ALLOC(p) (GET(p) & 0x1)

#define HDRP(bp) ((char *)(bp) - WSIZE)
#define FTRP(bp) ((char *)(bp) + GET_SIZE(HDRP(bp)) - DSIZE)
#define NEXT_BLKP(bp) ((char *)(bp) + GET_SIZE((char *)(bp) - WSIZE))
#define PREV_BLKP(bp) ((char *)(bp) - GET_SIZE((char *)(bp) - DSIZE))

#define NEXT_FREE(bp) (*(char **)(bp))
#define PREV_FREE(bp) (*(char **)((char *)(bp) + WSIZE))

static char *free_lists[CLASSES];

/* The list for blocks of this size: up to 32, 64, 128, ... bytes. */
static int class_of(size_t size)
{
    int class = 0;
    size_t most = MIN_BLOCK;
    while (class < CLASSES - 1 && size > most) {
        most <<= 1;
        class++;
    }
    return class;
}

static void insert(char *bp)
{
    int class = class_of(GET_SIZE(HDRP(bp)));
    char *first = free_lists[class];
    NEXT_FREE(bp) = first;
    PREV_FREE(bp) = NULL;
    if (first != NULL)
        PREV_FREE(first) = bp;
    free_lists[class] = bp;
}

static void unlink_block(char *bp)
{
    char *next = NEXT_FREE(bp);
    char *prev = PREV_FREE(bp);
    if (prev != NULL)
        NEXT_FREE(prev) = next;
    else
        free_lists[class_of(GET_SIZE(HDRP(bp)))] = next;
    if (next != NULL)
        PREV_FREE(next) = prev;
}

static char *coalesce(char *bp)
{
    size_t prev_alloc = GET_ALLOC(HDRP(bp) - WSIZE);
    size_t next_alloc = GET_ALLOC(HDRP(NEXT_BLKP(bp)));
    size_t size = GET_SIZE(HDRP(bp));

    if (!next_alloc) {
        char *next = NEXT_BLKP(bp);
        unlink_block(next);
        size += GET_SIZE(HDRP(next));
    }
    if (!prev_alloc) {
        bp = PREV_BLKP(bp);
        unlink_block(bp);
        size += GET_SIZE(HDRP(bp));
    }
    PUT(HDRP(bp), PACK(size, 0));
    PUT(FTRP(bp), PACK(size, 0));
    insert(bp);
    return bp;
}

static char *extend(size_t bytes)
{
    size_t size = MAX(ROUND_UP(bytes), CHUNK);
    char *bp = mem_sbrk(size);
    if (bp == (void *)-1)
        return NULL;
    PUT(HDRP(bp), PACK(size, 0));
    PUT(FTRP(bp), PACK(size, 0));
    PUT(HDRP(NEXT_BLKP(bp)), PACK(0, 1));
    return coalesce(bp);
}

int mm_init(void)
{
    char *start = mem_sbrk(4 * WSIZE);
    if (start == (void *)-1)
        return -1;
    for (int class = 0; class < CLASSES; class++)
        free_lists[class] = NULL;
    PUT(start, 0);
    PUT(start + 1 * WSIZE, PACK(DSIZE, 1));
    PUT(start + 2 * WSIZE, PACK(DSIZE, 1));
    PUT(start + 3 * WSIZE, PACK(0, 1));
    return 0;
}

static char *find_fit(size_t size)
{
    for (int class = class_of(size); class < CLASSES; class++) {
        char *bp = free_lists[class];
        while (bp != NULL) {
            if (GET_SIZE(HDRP(bp)) >= size)
                return bp;
            bp = NEXT_FREE(bp);
        }
    }
    return NULL;
}

/* Gives the block this size; what is left over becomes a free block. */
static void split(char *bp, size_t size)
{
    size_t whole = GET_SIZE(HDRP(bp));
    size_t rest = whole - size;
    if (rest >= MIN_BLOCK) {
        PUT(HDRP(bp), PACK(size, 1));
        PUT(FTRP(bp), PACK(size, 1));
        char *left = NEXT_BLKP(bp);
        PUT(HDRP(left), PACK(rest, 0));
        PUT(FTRP(left), PACK(rest, 0));
        coalesce(left);
    } else {
        PUT(HDRP(bp), PACK(whole, 1));
        PUT(FTRP(bp), PACK(whole, 1));
    }
}

static size_t block_size(size_t size)
{
    return MAX(ROUND_UP(size + DSIZE), MIN_BLOCK);
}

void *mm_malloc(size_t size)
{
    if (size == 0)
        return NULL;
    size_t needed = block_size(size);
    char *bp = find_fit(needed);
    if (bp == NULL) {
        bp = extend(needed);
        if (bp == NULL)
            return NULL;
    }
    unlink_block(bp);
    split(bp, needed);
    return bp;
}

void mm_free(void *bp)
{
    if (bp == NULL)
        return;
    size_t size = GET_SIZE(HDRP(bp));
    PUT(HDRP(bp), PACK(size, 0));
    PUT(FTRP(bp), PACK(size, 0));
    coalesce(bp);
}

void *mm_realloc(void *bp, size_t size)
{
    if (bp == NULL)
        return mm_malloc(size);
    if (size == 0) {
        mm_free(bp);
        return NULL;
    }
    size_t old = GET_SIZE(HDRP(bp));
    size_t needed = block_size(size);
    char *next = NEXT_BLKP(bp);
    if (needed <= old) {
        split(bp, needed);
        return bp;
    }
    if (!GET_ALLOC(HDRP(next)) && old + GET_SIZE(HDRP(next)) >= needed) {
        unlink_block(next);
        size_t both = old + GET_SIZE(HDRP(next));
        PUT(HDRP(bp), PACK(both, 1));
        PUT(FTRP(bp), PACK(both, 1));
        split(bp, needed);
        return bp;
    }
    char *moved = mm_malloc(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, bp, old - DSIZE);
    mm_free(bp);
    return moved;
}

void *mm_calloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *bp = mm_malloc(count * size);
    if (bp != NULL)
        memset(bp, 0, count * size);
    return bp;
}
