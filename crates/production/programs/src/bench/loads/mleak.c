/* Hundreds of short-lived threads, four at a time: each allocates some thousand blocks,
   leaves a few of them to the main thread, frees the rest, and ends. An allocator must reuse
   the memory in the caches and heaps of ended threads. If it does not, the resident memory
   grows with the number of threads. */
#include "load.h"

enum { AT_A_TIME = 4, LEFT = 20, BLOCKS = 3000 };

static void *left[AT_A_TIME][LEFT];
static Sums of_thread[AT_A_TIME];
static uint64_t seed;

static void *work(void *number) {
    intptr_t thread = (intptr_t)number;
    static _Thread_local void *blocks[BLOCKS];
    uint64_t state = seed * AT_A_TIME + (uint64_t)thread;
    Sums sums = {0, 0, 0};
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = make(falling_size(&state, SMALLEST, 4096), &state, &sums);
    for (int i = 0; i < LEFT; i++) left[thread][i] = blocks[i];
    for (int i = LEFT; i < BLOCKS; i++) unmake(blocks[i], &sums);
    of_thread[thread] = sums;
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    Sums total = {0, 0, 0};
    for (long generation = scaled(300); generation-- > 0;) {
        seed++;
        in_threads(AT_A_TIME, work);
        for (int i = 0; i < AT_A_TIME; i++) {
            for (int at = 0; at < LEFT; at++) unmake(left[i][at], &total);
            add(&total, &of_thread[i]);
        }
    }
    return finish("mleak", &total);
}
