/* Batches freed by another thread, as MicroQuill's sh8bench is described: all threads
   allocate a batch of blocks of mixed sizes and wait for each other. Then each frees the
   batch of its neighbour, half of it from the front and half from the back. So a block is
   never freed by the thread that allocated it, and all threads allocate at the same time and
   free at the same time. */
#include "load.h"

enum { THREADS = 4, BATCH = 2000 };

static void *batches[THREADS][BATCH];
static Sums of_thread[THREADS];
static pthread_barrier_t together;

static void *work(void *number) {
    intptr_t thread = (intptr_t)number;
    void **own = batches[thread], **other = batches[(thread + 1) % THREADS];
    uint64_t state = (uint64_t)thread + 1;
    Sums sums = {0, 0, 0};
    for (long pass = scaled(600); pass-- > 0;) {
        for (int i = 0; i < BATCH; i++)
            own[i] = make(falling_size(&state, SMALLEST, 1024), &state, &sums);
        pthread_barrier_wait(&together);
        for (int i = 0; i < BATCH / 2; i++) {
            unmake(other[i], &sums);
            unmake(other[BATCH - 1 - i], &sums);
        }
        pthread_barrier_wait(&together);
    }
    of_thread[thread] = sums;
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    pthread_barrier_init(&together, NULL, THREADS);
    in_threads(THREADS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < THREADS; i++) add(&total, &of_thread[i]);
    return finish("sh8", &total);
}
