/* What the two loads for false sharing have in common: a thread writes to a few small blocks
   of its own, thousands of times, frees them and allocates others. Writing is slow if a block
   of another thread lies in the same cache line, because the line then moves from core to
   core with each write. Each block is a counter, so what it holds at the end is known. */
#include "load.h"

enum { THREADS = 4, BLOCKS = 4, BYTES = 16, WRITES = 2000 };

/* Counts to WRITES in each of the blocks, in turns. */
static void count(volatile uint64_t *blocks[BLOCKS], uint64_t key) {
    for (int b = 0; b < BLOCKS; b++) blocks[b][0] = blocks[b][1] = key + (uint64_t)b;
    for (int i = 0; i < WRITES; i++)
        for (int b = 0; b < BLOCKS; b++) {
            blocks[b][0]++;
            blocks[b][1] += 2;
        }
    for (int b = 0; b < BLOCKS; b++)
        if (blocks[b][0] != key + (uint64_t)b + WRITES || blocks[b][1] != key + (uint64_t)b + 2 * WRITES)
            fail("a counter does not have the value that it was counted to");
}

static volatile uint64_t *counter(void) {
    void *block = malloc(BYTES);
    if (block == NULL) fail("malloc returned NULL");
    if ((uintptr_t)block % 16 != 0) fail("malloc returned a block that is not aligned to 16 bytes");
    return block;
}

/* Counts in new blocks, again and again. */
static void rounds(intptr_t thread, Sums *sums) {
    uint64_t state = (uint64_t)thread + 1;
    for (long round = scaled(12000); round-- > 0;) {
        volatile uint64_t *blocks[BLOCKS];
        uint64_t key = next(&state);
        for (int b = 0; b < BLOCKS; b++) blocks[b] = counter();
        count(blocks, key);
        for (int b = 0; b < BLOCKS; b++) {
            sums->made += key + (uint64_t)b + WRITES;
            sums->read += blocks[b][0];
            sums->blocks++;
            free((void *)blocks[b]);
        }
    }
}
