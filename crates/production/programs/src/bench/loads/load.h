/* What the loads share: how much work to do, a sequence of pseudo-random numbers, and blocks
   that are checked.

   A block is made with a key, which follows from the sequence and not from the allocator.
   The key is written to both ends of the block and to some places between, and it is read
   when the block is given back. A block that has changed by then, because two blocks
   overlap or the allocator wrote into one, ends the program with exit code 1. At the end the
   sum of the keys that were read must be the sum of those that were made. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Ends the program. Nothing here asks for memory, and what two threads say at the same
   time is not mixed. */
__attribute__((unused, noreturn)) static void fail(const char *what) {
    struct iovec parts[] = {{"wrong: ", 7}, {(char *)what, strlen(what)}, {"\n", 1}};
    ssize_t ignored = writev(2, parts, 3);
    (void)ignored;
    _exit(1);
}

static long work_percent = 100;

/* Reads the only argument: how much of the work to do, in percent. */
__attribute__((unused)) static void begin(int argc, char **argv) {
    if (argc > 1) work_percent = strtol(argv[1], NULL, 10);
    if (work_percent < 1 || work_percent > 100000) {
        fprintf(stderr, "usage: %s [PERCENT OF THE WORK]\n", argv[0]);
        exit(2);
    }
}

__attribute__((unused)) static long scaled(long full) {
    long part = full * work_percent / 100;
    return part < 1 ? 1 : part;
}

/* The next number of a sequence: a linear congruence, its high bits mixed into the low. */
__attribute__((unused)) static uint32_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    uint64_t mixed = *state ^ *state >> 29;
    return (uint32_t)(mixed >> 16);
}

/* A size from `least` on, of which each doubling is half as frequent, below `most`. */
__attribute__((unused)) static size_t falling_size(uint64_t *state, size_t least, size_t most) {
    size_t size = least;
    while (size * 2 < most && next(state) % 2 == 0) size *= 2;
    return size + next(state) % size;
}

/* What a thread has made and given back. */
typedef struct {
    uint64_t blocks, made, read;
} Sums;

/* What is written at the front of a block. */
typedef struct {
    uint64_t key, size;
} Front;

enum { SMALLEST = sizeof(Front) + sizeof(uint64_t) };

/* How far apart the marks in a block are, in bytes: a large block has one in each page. */
static size_t stride(size_t size) { return size <= 65536 ? 512 : 4096; }

/* A block of at least SMALLEST bytes, with the next key of the sequence. */
__attribute__((unused)) static void *make(size_t size, uint64_t *state, Sums *sums) {
    if (size < SMALLEST) size = SMALLEST;
    uint64_t key = (uint64_t)next(state) << 32 | next(state);
    char *block = malloc(size);
    if (block == NULL) fail("malloc returned NULL");
    if ((uintptr_t)block % 16 != 0) fail("malloc returned a block that is not aligned to 16 bytes");
    Front front = {key, size};
    memcpy(block, &front, sizeof front);
    for (size_t at = stride(size); at + 16 <= size; at += stride(size)) {
        uint64_t word = key ^ at;
        memcpy(block + at, &word, sizeof word);
    }
    uint64_t last = key ^ size;
    memcpy(block + size - sizeof last, &last, sizeof last);
    sums->blocks++;
    sums->made += key;
    return block;
}

/* Reads a block and frees it; nothing happens if there is none. */
__attribute__((unused)) static void unmake(void *pointer, Sums *sums) {
    if (pointer == NULL) return;
    char *block = pointer;
    Front front;
    memcpy(&front, block, sizeof front);
    if (front.size < SMALLEST || front.size > (uint64_t)1 << 40)
        fail("the first bytes of a block have changed");
    uint64_t last;
    memcpy(&last, block + front.size - sizeof last, sizeof last);
    if (last != (front.key ^ front.size)) fail("the last bytes of a block have changed");
    for (size_t at = stride(front.size); at + 16 <= front.size; at += stride(front.size)) {
        uint64_t word;
        memcpy(&word, block + at, sizeof word);
        if (word != (front.key ^ at)) fail("bytes inside a block have changed");
    }
    sums->read += front.key;
    free(block);
}

__attribute__((unused)) static void add(Sums *total, const Sums *of_thread) {
    total->blocks += of_thread->blocks;
    total->made += of_thread->made;
    total->read += of_thread->read;
}

/* Runs `work` in this many threads, each with the number of its thread, and waits. */
__attribute__((unused)) static void in_threads(int threads, void *(*work)(void *)) {
    pthread_t ids[64];
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, (void *)(intptr_t)i) != 0) fail("can't start a thread");
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
}

/* Ends a load: the keys that were read must be those that were made. */
__attribute__((unused)) static int finish(const char *name, const Sums *total) {
    if (total->made != total->read) fail("the sum of the keys that were read differs from the sum of the made ones");
    printf("%s: %llu blocks, checksum %016llx\n", name, (unsigned long long)total->blocks,
           (unsigned long long)total->read);
    return 0;
}
