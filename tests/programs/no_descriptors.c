/* Forks three times when no more files can be opened, so that a child can't have a log. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    free(malloc(123457));
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) return 1;
    for (int child = 0; child < 3; child++) {
        pid_t pid = fork();
        if (pid == 0) {
            free(malloc(10));
            _exit(0);
        }
        int status;
        if (waitpid(pid, &status, 0) != pid || status != 0) return 2;
    }
    return 0;
}
