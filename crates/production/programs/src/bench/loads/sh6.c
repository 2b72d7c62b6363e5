/* Batches freed in two orders, as MicroQuill's sh6bench is described: each thread allocates
   batches of blocks of one size, from tiny to some hundred bytes. It frees the newer half of
   a batch at once, the last block first, as a stack does. It frees the older half a batch
   later, the first block first, as a queue does. The load measures short paths again, with
   lists of free blocks that are not in address order. */
#include "load.h"

enum { THREADS = 4, BATCH = 500 };

static Sums of_thread[THREADS];

static void *work(void *number) {
    static _Thread_local void *young[BATCH], *old[BATCH];
    uint64_t state = (uint64_t)(intptr_t)number + 1;
    Sums sums = {0, 0, 0};
    for (long pass = scaled(600); pass-- > 0;)
        for (size_t size = SMALLEST; size < 400; size += 1 + size / 2) {
            for (int i = 0; i < BATCH; i++) young[i] = make(size, &state, &sums);
            for (int i = BATCH; i-- > BATCH / 2;) unmake(young[i], &sums);
            for (int i = 0; i < BATCH / 2; i++) {
                unmake(old[i], &sums);
                old[i] = young[i];
            }
        }
    for (int i = 0; i < BATCH / 2; i++) unmake(old[i], &sums);
    of_thread[(intptr_t)number] = sums;
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    in_threads(THREADS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < THREADS; i++) add(&total, &of_thread[i]);
    return finish("sh6", &total);
}
