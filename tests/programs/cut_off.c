/* Cuts itself off: closes every descriptor, leaves its folder, session and environment, and
   goes on allocating, also in a child. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    void *marker = malloc(123457);
    for (int file = 0; file < 256; file++) close(file);
    if (chdir("/") != 0 || clearenv() != 0) _exit(99);
    pid_t child = fork();
    if (child == 0) setsid();
    for (int i = 0; i < 50000; i++) free(malloc(i));
    if (child == 0) _exit(0);
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) _exit(98);
    free(marker);
    _exit(0);
}
