/* A few calls after a marker, then the end without any more. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    void *marker = malloc(123457);
    char *text = calloc(3, 7);
    strcpy(text, "content");
    text = realloc(text, 5000);
    if (strcmp(text, "content") != 0) _exit(99);
    free(text);
    free(marker);
    _exit(0);
}
