/* A timer's handler that allocates a million times, while the thread that it interrupts
   allocates too. Blocks go from one to the other. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { WANTED = 1000000, EACH = 1000, SLOTS = 256 };
static volatile sig_atomic_t done, wrong;
static char *volatile shared[SLOTS];

static char *filled(size_t size) {
    char *block = malloc(size);
    if (block != NULL) memset(block, (int)(size & 127), size);
    return block;
}

static void on_alarm(int signal) {
    (void)signal;
    for (int i = 0; i < EACH && done < WANTED; i++, done++) {
        size_t size = (size_t)(16 + i * 7 % 500);
        char *block = filled(size);
        if (block == NULL || block[size - 1] != (char)(size & 127)) wrong = 1;
        if (i % 10 == 0) block = realloc(block, size * 3);
        if (block == NULL || block[size - 1] != (char)(size & 127)) wrong = 1;
        /* Frees what the thread has made, and leaves it what it has made itself. */
        free(__atomic_exchange_n(&shared[i % SLOTS], block, __ATOMIC_SEQ_CST));
    }
}

int main(void) {
    signal(SIGALRM, on_alarm);
    struct itimerval often = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &often, NULL);
    for (unsigned i = 0; done < WANTED; i++) {
        size_t size = 16 + i * 13 % 900;
        char *block = filled(size);
        if (block == NULL) return 2;
        block = realloc(block, size + i % 50);
        free(__atomic_exchange_n(&shared[i % SLOTS], block, __ATOMIC_SEQ_CST));
    }
    for (int i = 0; i < SLOTS; i++) free(shared[i]);
    printf("%d blocks, %s\n", (int)done, wrong ? "some of them wrong" : "all right");
    return wrong;
}
