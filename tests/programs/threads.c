/* Four threads that free each other's blocks. Each takes whatever lies in a
   random slot of a shared table, frees or grows it, and puts a new block in.

   One arena for all, and blocks too large for the caches that each thread has:
   so a freed block is another thread's a moment later. */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 100000, SLOTS = 512 };
static _Atomic(void *) slots[SLOTS];

static void *work(void *seed) {
    unsigned state = (unsigned)(size_t)seed;
    for (int round = 0; round < ROUNDS; round++) {
        state = state * 1664525u + 1013904223u;
        unsigned slot = (state >> 8) % SLOTS;
        size_t size = 1100 + (state >> 20) % 300;
        void *taken = atomic_exchange(&slots[slot], NULL);
        if (taken != NULL && state >> 31) {
            taken = realloc(taken, size + 1);
        } else {
            free(taken);
            taken = malloc(size + 1);
        }
        free(atomic_exchange(&slots[slot], taken));
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    mallopt(M_ARENA_MAX, 1);
    for (size_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < SLOTS; i++) free(slots[i]);
    return 0;
}
