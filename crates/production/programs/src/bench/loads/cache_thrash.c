/* Active false sharing, after Berger and others ("Hoard", 2000): each thread allocates small
   blocks, writes to them thousands of times and frees them. If an allocator serves two
   threads from one cache line, each write takes the line from the cache of the other thread.
   An allocator that gives each thread memory of its own avoids that. */
#include "cache.h"

static Sums of_thread[THREADS];

static void *work(void *number) {
    Sums sums = {0, 0, 0};
    rounds((intptr_t)number, &sums);
    of_thread[(intptr_t)number] = sums;
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    in_threads(THREADS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < THREADS; i++) add(&total, &of_thread[i]);
    return finish("cache-thrash", &total);
}
