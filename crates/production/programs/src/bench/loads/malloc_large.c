/* A few very large blocks: one thread has up to ten blocks of 5 to 25 MiB, and repeatedly
   replaces one at random. It writes to each page. An allocator that maps such blocks and
   gives them back to the system has the cost of every page again, in system time and in page
   faults. An allocator that keeps them is faster and has more memory resident. */
#include "load.h"

enum { SLOTS = 10, MEBIBYTE = 1 << 20 };

int main(int argc, char **argv) {
    static void *slots[SLOTS];
    begin(argc, argv);
    uint64_t state = 1;
    Sums sums = {0, 0, 0};
    for (long step = scaled(150); step-- > 0;) {
        uint32_t slot = next(&state) % SLOTS;
        unmake(slots[slot], &sums);
        size_t size = 5 * MEBIBYTE + next(&state) % (20 * MEBIBYTE);
        slots[slot] = make(size, &state, &sums);
    }
    for (int i = 0; i < SLOTS; i++) unmake(slots[i], &sums);
    return finish("malloc-large", &sums);
}
