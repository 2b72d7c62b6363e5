/* Forks in a signal handler, again and again, while the only thread allocates: the
   handler interrupts malloc itself. Each child allocates and leaves. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 200 };
static volatile sig_atomic_t forks, failures;

static void on_alarm(int signal) {
    (void)signal;
    if (forks == FORKS) return;
    forks++;
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 10; i++) free(malloc(100 + i));
        _exit(0);
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) failures++;
}

int main(void) {
    signal(SIGALRM, on_alarm);
    struct itimerval often = {{0, 500}, {0, 500}};
    setitimer(ITIMER_REAL, &often, NULL);
    char *kept[64] = {0};
    for (unsigned i = 0; forks < FORKS; i++) {
        free(kept[i % 64]);
        kept[i % 64] = malloc(i * 37 % 3000);
        if (i % 7 == 0) kept[i % 64] = realloc(kept[i % 64], i * 91 % 5000 + 1);
    }
    printf("%d children, %d failures\n", (int)forks, (int)failures);
    return failures != 0;
}
