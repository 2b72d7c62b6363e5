/* Ends in the way that its argument names, with blocks whose sizes and contents are known. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *block(size_t size, const char *text) {
    char *made = malloc(size);
    strcpy(made, text);
    return made;
}

int main(int count, char **words) {
    const char *how = count > 1 ? words[1] : "";
    char *first = block(100, "password: </script><b>\xc3\xa9 \xff end");
    if (!strcmp(how, "killed")) {
        block(50, "second");
        block(60, "not seen");
        raise(SIGKILL);
    } else if (!strcmp(how, "returns")) {
        char *large = block(1000, "at the peak");
        strcpy(large, "as it was freed");
        free(large);
        strcpy(first, "changed");
    } else if (!strcmp(how, "leaves")) {
        strcpy(first, "changed");
        _exit(7);
    } else if (!strcmp(how, "becomes")) {
        block(20, "before");
        execl(words[0], words[0], "leaves", (char *)0);
    } else if (!strcmp(how, "resizes")) {
        char *resized = block(1000, "resized");
        if (realloc(resized, 3000000000u)) return 1;
        resized = realloc(resized, 500);
        if (realloc(resized, 3000000000u)) return 1;
    } else if (!strcmp(how, "forks")) {
        char *both = block(1000, "the parent's");
        if (fork() == 0) {
            strcpy(both, "the child's");
            free(first);
            block(10, "new");
            return 0;
        }
        wait(0);
        free(both);
    } else if (!strcmp(how, "closes")) {
        for (int file = 0; file < 1024; file++) close(file);
        if (chdir("/")) return 1;
        for (int size = 1; size <= 1000; size++) malloc(size);
    }
    return 3;
}
