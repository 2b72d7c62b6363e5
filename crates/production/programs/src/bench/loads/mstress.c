/* Blocks that move between threads: each thread has a table, and replaces blocks in it at
   random. Most blocks are small, and some are large. One step in ten swaps a block with a
   place that all threads share, so any thread may free a block, at any time. All threads
   end, and others begin with the same tables, several times over. The load stresses remote
   frees without a pattern, the mixture of sizes, and memory that threads leave behind when
   they end. */
#include "load.h"
#include <stdatomic.h>

enum { THREADS = 4, GENERATIONS = 10, SLOTS = 1000, SHARED = 256 };

static void *slots[THREADS][SLOTS];
static _Atomic(void *) shared[SHARED];
static uint64_t states[THREADS];
static Sums of_thread[THREADS];

static void *work(void *number) {
    intptr_t thread = (intptr_t)number;
    uint64_t state = states[thread];
    Sums sums = {0, 0, 0};
    for (long step = scaled(240000); step-- > 0;) {
        uint32_t slot = next(&state) % SLOTS;
        unmake(slots[thread][slot], &sums);
        size_t most = next(&state) % 500 == 0 ? 262144 : 2048;
        slots[thread][slot] = make(falling_size(&state, SMALLEST, most), &state, &sums);
        if (next(&state) % 10 == 0) {
            uint32_t place = next(&state) % SHARED;
            slots[thread][slot] = atomic_exchange(&shared[place], slots[thread][slot]);
        }
    }
    states[thread] = state;
    add(&of_thread[thread], &sums);
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    for (int i = 0; i < THREADS; i++) states[i] = (uint64_t)i + 1;
    for (int generation = 0; generation < GENERATIONS; generation++) in_threads(THREADS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < SHARED; i++) unmake(atomic_load(&shared[i]), &total);
    for (int i = 0; i < THREADS; i++) {
        for (int slot = 0; slot < SLOTS; slot++) unmake(slots[i][slot], &total);
        add(&total, &of_thread[i]);
    }
    return finish("mstress", &total);
}
