/* Damages the heap: `loop` writes into blocks that it has freed, so that the list of free
   blocks leads round; `quick` does so with small blocks; `tag` writes past a block's end, over what is there; `before` in
   front of one; `empty` makes a tag say that an allocated block has no bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words) {
    const char *how = count > 1 ? words[1] : "";
    char *volatile blocks[8];
    for (int i = 0; i < 8; i++) blocks[i] = malloc(2000);
    if (strcmp(how, "loop") == 0) {
        for (int i = 1; i < 7; i += 2) free(blocks[i]);
        /* A link of the heap is the low half of a pointer. */
        uint32_t own = (uint32_t)(uintptr_t)blocks[3];
        uint32_t links[2] = {own, own};
        memcpy(blocks[3], links, sizeof links);
        memcpy(blocks[5], links, sizeof links);
    } else if (strcmp(how, "quick") == 0) {
        char *volatile small[8];
        for (int i = 0; i < 8; i++) small[i] = malloc(100);
        for (int i = 1; i < 7; i += 2) free(small[i]);
        uint32_t own = (uint32_t)(uintptr_t)small[3];
        memcpy(small[3], &own, sizeof own);
    } else if (strcmp(how, "tag") == 0) {
        memset(blocks[2], 0, 2000 + 40);
    } else if (strcmp(how, "empty") == 0) {
        memcpy(blocks[2] - 4, &(uint32_t){1}, 4);
    } else if (strcmp(how, "before") == 0) {
        blocks[2][-4] = 'x';
    }
    for (int i = 0; i < 1000; i++) {
        void *volatile more = malloc(5000 + i);
        if (i % 3 == 0) free(more);
    }
    if (strcmp(how, "loop") != 0 && strcmp(how, "empty") != 0)
        for (int i = 0; i < 8; i++) free(blocks[i]);
    puts("it went on");
    return 0;
}
