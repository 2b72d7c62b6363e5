/* One thread with many blocks alive: a table of some tens of thousands of places, of which one is
   picked at random. If it is empty, a block is put there, small ones being the most frequent
   by far; if not, the block is freed. Blocks of any age die in any order, and what is alive
   does not fit into the caches near the core. It shows how well an allocator keeps memory
   together, in misses and in resident memory, as much as how fast it is. */
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
