/* Allocates in a constructor, before main, and frees in main: the library must
   have been there already. */
#include <stdlib.h>

static char *early;

__attribute__((constructor(101))) static void allocate_early(void) {
    early = malloc(31337);
}

int main(void) {
    free(early);
    return early == NULL;
}
