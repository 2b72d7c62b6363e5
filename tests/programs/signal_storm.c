/* Threads trade blocks in a shared table; signals interrupt them, whose handlers trade
   blocks too, interrupt each other, and fork. Each block holds a pattern, which is looked
   at when the block is taken. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, SLOTS = 512, SIGNALS = 3000, STEPS = 20, FORK_EACH = 40 };
static _Atomic(uint32_t *) slots[SLOTS];
static atomic_int stop, wrong, handled, failures;
static __thread uint32_t state;

static uint32_t any(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static uint32_t pattern(uint32_t words, uint32_t place) { return words * 77 + place; }

static uint32_t *fill(uint32_t *block, uint32_t words) {
    if (block == NULL || (uintptr_t)block % 16 != 0) {
        atomic_store(&wrong, 1);
        return NULL;
    }
    block[0] = words;
    for (uint32_t i = 1; i < words; i++) block[i] = pattern(words, i);
    return block;
}

static void look(uint32_t *block) {
    uint32_t words = block == NULL ? 0 : block[0];
    for (uint32_t i = 1; i < words; i++)
        if (block[i] != pattern(words, i)) atomic_store(&wrong, 1);
}

static uint32_t *make(void) {
    uint32_t words = 4 + any(any(50) ? 300 : 30000);
    switch (any(4)) {
        case 0: return fill(calloc(words, 4), words);
        case 1: return fill(aligned_alloc(64, words * 4), words);
        default: return fill(malloc(words * 4), words);
    }
}

static void step(void) {
    uint32_t *taken = atomic_exchange(&slots[any(SLOTS)], NULL);
    look(taken);
    if (taken != NULL && any(3) == 0) {
        uint32_t words = taken[0], more = words + any(500);
        taken = realloc(taken, more * 4);
        look(taken);
        taken = fill(taken, more);
    } else {
        free(taken);
        taken = make();
    }
    free(atomic_exchange(&slots[any(SLOTS)], taken));
}

static void child(void) {
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
    for (int i = 0; i < 100; i++) step();
    _exit(atomic_load(&wrong));
}

static void on_signal(int which) {
    uint32_t saved = state;
    int number = atomic_fetch_add(&handled, 1);
    state ^= 0x5bd1e995u * (uint32_t)number;
    for (int i = 0; i < STEPS; i++) step();
    if (which == SIGUSR2 && number % FORK_EACH == 0) {
        pid_t pid = fork();
        if (pid == 0) child();
        int status = 1;
        while (waitpid(pid, &status, 0) < 0) {}
        if (status != 0) atomic_fetch_add(&failures, 1);
    }
    state = saved;
}

static void *work(void *seed) {
    state = (uint32_t)(uintptr_t)seed;
    while (!atomic_load(&stop)) step();
    return NULL;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i * 7919 + 1));
    for (unsigned i = 0; i < SIGNALS; i++) {
        pthread_kill(threads[i % THREADS], i % 3 == 0 ? SIGUSR2 : SIGUSR1);
        nanosleep(&(struct timespec){0, 200000}, NULL);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < SLOTS; i++) look(slots[i]);
    puts(wrong || failures ? "not as it should be" : "as it should be");
    return 0;
}
