/* Waits for SIGTERM, which it obeys with exit code 5, or ignores if it has an argument. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void end(int signal) {
    (void)signal;
    _exit(5);
}

int main(int count, char **arguments) {
    (void)arguments;
    signal(SIGTERM, count > 1 ? SIG_IGN : end);
    if (!malloc(123457)) return 1;
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
