/* Forks again and again while three threads allocate. Every child frees a block
   of its parent's, makes some of its own, and leaves by a different door. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, CHILDREN = 8 };
static atomic_int stop;

static void *churn(void *unused) {
    (void)unused;
    while (!atomic_load(&stop)) {
        void *block = malloc(200);
        block = realloc(block, 900);
        free(block);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc > 1) { /* the program after exec */
        free(malloc(4242));
        return 0;
    }
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, churn, NULL);
    for (int child = 0; child < CHILDREN; child++) {
        char *inherited = malloc(3131);
        char *grown = malloc(50);
        if (fork() == 0) {
            free(inherited);
            grown = realloc(grown, 60);
            for (int i = 0; i < 100; i++) free(malloc(i + 1));
            free(grown);
            if (child == 0) execl("/proc/self/exe", argv[0], "again", (char *)NULL);
            _exit(0);
        }
        free(inherited);
        free(grown);
    }
    int failures = 0;
    for (int status; wait(&status) > 0;) failures += status != 0;
    atomic_store(&stop, 1);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return failures;
}
