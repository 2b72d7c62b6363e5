/* Independent threads: each has a table of blocks, and replaces one at random by a block of
   another size. Small sizes are the most frequent. Each thread frees only the blocks that it
   allocated. An allocator with a lock for all threads serves them one after the other. An
   allocator with a cache or a heap for each thread lets them run side by side. */
#include "load.h"

enum { THREADS = 4, SLOTS = 1024 };

static Sums of_thread[THREADS];

static void *work(void *number) {
    static _Thread_local void *slots[SLOTS];
    uint64_t state = (uint64_t)(intptr_t)number + 1;
    Sums sums = {0, 0, 0};
    for (long step = scaled(1500000); step-- > 0;) {
        uint32_t slot = next(&state) % SLOTS;
        unmake(slots[slot], &sums);
        slots[slot] = make(falling_size(&state, SMALLEST, 32768), &state, &sums);
    }
    for (int i = 0; i < SLOTS; i++) unmake(slots[i], &sums);
    of_thread[(intptr_t)number] = sums;
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    in_threads(THREADS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < THREADS; i++) add(&total, &of_thread[i]);
    return finish("glibc-thread", &total);
}
