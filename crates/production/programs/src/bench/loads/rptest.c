/* Many sizes at once, as the benchmark that comes with rpmalloc is described: threads
   allocate blocks of 24 to 16,000 bytes, large ones less often than small ones, in batches.
   A thread frees some blocks of each batch at once, in another order, and keeps some for
   several rounds. It leaves the others in a place where the next thread finds and frees
   them. The load stresses size classes that are far apart, and remote frees beside local
   ones. */
#include "load.h"
#include <stdatomic.h>

enum { THREADS = 4, BATCH = 60, KEPT = 2000, SHARED = 64, LARGEST = 16000 };

static _Atomic(void *) shared[THREADS][SHARED];
static void *kept[THREADS][KEPT];
static Sums of_thread[THREADS];

/* A size that falls off in a straight line: the smaller of two draws. */
static size_t draw_size(uint64_t *state) {
    uint32_t one = next(state) % LARGEST, other = next(state) % LARGEST;
    return SMALLEST + (one < other ? one : other);
}

static void *work(void *number) {
    intptr_t thread = (intptr_t)number, neighbour = (thread + 1) % THREADS;
    uint64_t state = (uint64_t)thread + 1;
    Sums sums = {0, 0, 0};
    for (long round = scaled(8000); round-- > 0;) {
        void *batch[BATCH];
        for (int i = 0; i < BATCH; i++) batch[i] = make(draw_size(&state), &state, &sums);
        for (int i = 0; i < BATCH; i++) {
            int at = i * 7 % BATCH; /* 7 and 60 have no common divisor */
            if (i % 4 == 1) {
                uint32_t place = next(&state) % KEPT;
                unmake(kept[thread][place], &sums);
                kept[thread][place] = batch[at];
            } else if (i % 4 == 3) {
                uint32_t place = next(&state) % SHARED;
                unmake(atomic_exchange(&shared[neighbour][place], batch[at]), &sums);
            } else {
                unmake(batch[at], &sums);
            }
        }
        for (int i = 0; i < SHARED; i += 8)
            unmake(atomic_exchange(&shared[thread][i], NULL), &sums);
    }
    of_thread[thread] = sums;
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    in_threads(THREADS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < THREADS; i++) {
        for (int at = 0; at < SHARED; at++) unmake(atomic_load(&shared[i][at]), &total);
        for (int at = 0; at < KEPT; at++) unmake(kept[i][at], &total);
        add(&total, &of_thread[i]);
    }
    return finish("rptest", &total);
}
