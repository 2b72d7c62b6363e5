/* A module: it takes blocks from the program, and gives it blocks. */
#include <stdlib.h>
#include <string.h>

char *swap_block(char *block) {
    free(block);
    return strdup("a block of the module");
}
