/* The simplest load: one thread allocates a batch of blocks of one size and frees them in
   the order in which it allocated them. Batches have 25 to 1600 blocks, so that a short list
   of free blocks suffices for the smallest batch and not for the largest. The load measures
   the shortest path through malloc and free: the lookup of a size class, a push and a pop. */
#include "load.h"

enum { LARGEST_BATCH = 1600 };

int main(int argc, char **argv) {
    static const size_t sizes[] = {24, 40, 128, 504, 2040};
    static const int batches[] = {25, 100, 400, LARGEST_BATCH};
    static void *blocks[LARGEST_BATCH];
    begin(argc, argv);
    uint64_t state = 1;
    Sums sums = {0, 0, 0};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
            long rounds = scaled(240000 / batches[b]);
            for (long round = 0; round < rounds; round++) {
                for (int i = 0; i < batches[b]; i++) blocks[i] = make(sizes[s], &state, &sums);
                for (int i = 0; i < batches[b]; i++) unmake(blocks[i], &sums);
            }
        }
    return finish("glibc-simple", &sums);
}
