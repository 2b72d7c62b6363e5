/* Producers and consumers, after Lever and Boreham ("malloc() performance in a multithreaded
   Linux environment", 2000): two threads only allocate, two others only free. Blocks go from
   the first two to the others in batches, through a queue of limited length, and the batch
   itself is a block too. A free block does not return by itself to a thread that allocates:
   the allocator must move memory from the consumers to the producers. */
#include "load.h"

enum { PAIRS = 2, BATCH = 50, QUEUE = 64 };

/* A block with a table in it. The table lies between the marks of a checked block: behind
   its front, and before what is written every 512 bytes. */
typedef struct {
    Front front;
    void *blocks[BATCH];
    uint64_t last;
} Batch;

typedef struct {
    Batch *batches[QUEUE];
    int first, count;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Sums producer, consumer;
} Queue;

static Queue queues[PAIRS];

static void put(Queue *queue, Batch *batch) {
    pthread_mutex_lock(&queue->lock);
    while (queue->count == QUEUE) pthread_cond_wait(&queue->changed, &queue->lock);
    queue->batches[(queue->first + queue->count++) % QUEUE] = batch;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static Batch *take(Queue *queue) {
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0) pthread_cond_wait(&queue->changed, &queue->lock);
    Batch *batch = queue->batches[queue->first];
    queue->first = (queue->first + 1) % QUEUE;
    queue->count--;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return batch;
}

static void produce(Queue *queue, uint64_t state) {
    static const size_t sizes[] = {24, 32, 48, 64, 96, 128, 256, 512, 1024};
    for (long left = scaled(60000); left-- > 0;) {
        Batch *batch = make(sizeof *batch, &state, &queue->producer);
        for (int i = 0; i < BATCH; i++) {
            size_t size = sizes[next(&state) % (sizeof sizes / sizeof *sizes)];
            batch->blocks[i] = make(size, &state, &queue->producer);
        }
        put(queue, batch);
    }
    put(queue, NULL);
}

static void consume(Queue *queue) {
    Batch *batch;
    while ((batch = take(queue)) != NULL) {
        for (int i = 0; i < BATCH; i++) unmake(batch->blocks[i], &queue->consumer);
        unmake(batch, &queue->consumer);
    }
}

static void *work(void *number) {
    intptr_t thread = (intptr_t)number;
    Queue *queue = &queues[thread / 2];
    if (thread % 2 == 0)
        produce(queue, (uint64_t)thread + 1);
    else
        consume(queue);
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    for (int i = 0; i < PAIRS; i++) {
        pthread_mutex_init(&queues[i].lock, NULL);
        pthread_cond_init(&queues[i].changed, NULL);
    }
    in_threads(2 * PAIRS, work);
    Sums total = {0, 0, 0};
    for (int i = 0; i < PAIRS; i++) {
        add(&total, &queues[i].producer);
        add(&total, &queues[i].consumer);
    }
    return finish("xmalloc", &total);
}
