/* Passive false sharing, after Berger and others ("Hoard", 2000): the main thread allocates
   small blocks, which lie side by side, and hands some to each thread. The threads free them
   and allocate their own, to which they write thousands of times. If an allocator gives
   freed memory back to the thread that freed it, neighbours in one cache line stay with
   different threads. */
#include "cache.h"

static Sums of_thread[THREADS];
static volatile uint64_t *handed_on[THREADS][BLOCKS];

static void *work(void *number) {
    intptr_t thread = (intptr_t)number;
    Sums sums = {0, 0, 0};
    count(handed_on[thread], (uint64_t)thread);
    for (int b = 0; b < BLOCKS; b++) free((void *)handed_on[thread][b]);
    rounds(thread, &sums);
    of_thread[thread] = sums;
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    for (int b = 0; b < BLOCKS; b++)
        for (int i = 0; i < THREADS; i++) handed_on[i][b] = counter();
    in_threads(THREADS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < THREADS; i++) add(&total, &of_thread[i]);
    return finish("cache-scratch", &total);
}
