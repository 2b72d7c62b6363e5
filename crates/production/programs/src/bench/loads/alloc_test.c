/* One thread with many live blocks: it has a table of some tens of thousands of places, and
   picks one at random. If the place is empty, the thread allocates a block there, in most
   cases a small one. If not, it frees the block. Blocks of any age are freed in any order,
   and the live blocks do not fit into the caches near the core. The load shows how well an
   allocator keeps memory together, in misses and in resident memory, as much as how fast the
   allocator is. */
#include "load.h"

enum { SLOTS = 30000 };

int main(int argc, char **argv) {
    static void *slots[SLOTS];
    begin(argc, argv);
    uint64_t state = 1;
    Sums sums = {0, 0, 0};
    for (long step = scaled(8000000); step-- > 0;) {
        uint32_t slot = next(&state) % SLOTS;
        if (slots[slot] == NULL) {
            slots[slot] = make(falling_size(&state, SMALLEST, 16384), &state, &sums);
        } else {
            unmake(slots[slot], &sums);
            slots[slot] = NULL;
        }
    }
    for (int i = 0; i < SLOTS; i++) unmake(slots[i], &sums);
    return finish("alloc-test", &sums);
}
