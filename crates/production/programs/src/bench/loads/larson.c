/* A server, as Larson and Krishnan describe it ("Memory allocation for long-running server
   applications", 1998): each thread has a table, and replaces blocks in it at random. After
   some thousand replacements a thread starts another one, leaves the table to it, and ends.
   So the thread that frees a block is in most cases not the one that allocated it, which has
   ended. The load stresses remote frees, and the caches that ended threads leave behind. */
#include "load.h"

enum { TABLES = 4, SUCCESSORS = 40, SLOTS = 2000, SMALL = 24, LARGE = 500 };

typedef struct {
    void *slots[SLOTS];
    uint64_t state;
    int successors_left;
    Sums sums;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int has_ended;
} Table;

static Table tables[TABLES];

static void replace(Table *table, long times) {
    while (times-- > 0) {
        uint32_t slot = next(&table->state) % SLOTS;
        unmake(table->slots[slot], &table->sums);
        size_t size = SMALL + next(&table->state) % (LARGE - SMALL);
        table->slots[slot] = make(size, &table->state, &table->sums);
    }
}

static void *serve(void *argument) {
    Table *table = argument;
    replace(table, scaled(60000));
    if (table->successors_left-- > 0) {
        pthread_t successor;
        if (pthread_create(&successor, NULL, serve, table) != 0) fail("can't start a thread");
        pthread_detach(successor);
    } else {
        pthread_mutex_lock(&table->lock);
        table->has_ended = 1;
        pthread_cond_signal(&table->ended);
        pthread_mutex_unlock(&table->lock);
    }
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    for (int i = 0; i < TABLES; i++) {
        tables[i].state = (uint64_t)i + 1;
        tables[i].successors_left = SUCCESSORS;
        pthread_mutex_init(&tables[i].lock, NULL);
        pthread_cond_init(&tables[i].ended, NULL);
        pthread_t first;
        if (pthread_create(&first, NULL, serve, &tables[i]) != 0) fail("can't start a thread");
        pthread_detach(first);
    }
    Sums total = {0, 0, 0};
    for (int i = 0; i < TABLES; i++) {
        pthread_mutex_lock(&tables[i].lock);
        while (!tables[i].has_ended) pthread_cond_wait(&tables[i].ended, &tables[i].lock);
        pthread_mutex_unlock(&tables[i].lock);
        for (int slot = 0; slot < SLOTS; slot++) unmake(tables[i].slots[slot], &tables[i].sums);
        add(&total, &tables[i].sums);
    }
    return finish("larson", &total);
}
