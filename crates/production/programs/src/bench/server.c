/* Threads as in a server: each has a table of blocks, frees one at random, and allocates a
   block of a random size in its place. After some thousand of these steps the thread ends,
   and leaves its table to a new thread. So most blocks are freed by a thread that did not
   allocate them. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVERS = 4, SUCCESSORS = 25, SLOTS = 1000, LARGEST = 1000 };

typedef struct {
    char *slots[SLOTS];
    uint32_t state;
    int successors;
} Table;

static long rounds = 200000;

static uint32_t next(Table *table) {
    table->state = table->state * 1664525u + 1013904223u;
    return table->state >> 8;
}

static void *serve(void *argument) {
    Table *table = argument;
    for (long round = 0; round < rounds; round++) {
        uint32_t slot = next(table) % SLOTS, size = 16 + next(table) % LARGEST;
        free(table->slots[slot]);
        char *block = malloc(size);
        if (block == NULL) exit(1);
        block[0] = block[size - 1] = (char)size;
        table->slots[slot] = block;
    }
    return NULL;
}

/* One server after the other works on the same table. */
static void *line(void *argument) {
    Table *table = argument;
    while (table->successors-- > 0) {
        pthread_t server;
        if (pthread_create(&server, NULL, serve, table) != 0) exit(1);
        pthread_join(server, NULL);
    }
    return NULL;
}

/* The argument is how much of the work to do, in percent. */
int main(int argc, char **argv) {
    if (argc > 1) rounds = rounds * atoi(argv[1]) / 100;
    static Table tables[SERVERS];
    pthread_t lines[SERVERS];
    for (int i = 0; i < SERVERS; i++) {
        tables[i].state = 1u + (uint32_t)i;
        tables[i].successors = SUCCESSORS;
        if (pthread_create(&lines[i], NULL, line, &tables[i]) != 0) return 1;
    }
    uint32_t last = 0;
    for (int i = 0; i < SERVERS; i++) {
        pthread_join(lines[i], NULL);
        for (int slot = 0; slot < SLOTS; slot++) {
            last += tables[i].slots[slot] ? (unsigned char)tables[i].slots[slot][0] : 0;
            free(tables[i].slots[slot]);
        }
    }
    printf("%u\n", last);
    return 0;
}
