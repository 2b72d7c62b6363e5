/* Threads that fork, while others hold a stream's lock and allocate in getline, and others
   wait for it in fflush(NULL) with the lock of all streams. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 150 };
static atomic_int stop;
static char text[4000];

static void *read_lines(void *path) {
    while (!atomic_load(&stop)) {
        FILE *file = fopen(path, "r");
        if (file == NULL) _exit(98);
        char *line = NULL;
        size_t room = 0;
        while (getline(&line, &room, file) > 0) {
            free(line);
            line = NULL;
            room = 0;
        }
        free(line);
        fclose(file);
    }
    return NULL;
}

static void *flush_all(void *unused) {
    (void)unused;
    while (!atomic_load(&stop)) fflush(NULL);
    return NULL;
}

static void *churn(void *unused) {
    (void)unused;
    while (!atomic_load(&stop)) free(realloc(malloc(300), 3000));
    return NULL;
}

static void *fork_often(void *unused) {
    (void)unused;
    long failures = 0;
    for (int i = 0; i < FORKS; i++) {
        char *block = malloc(500);
        pid_t child = fork();
        if (child == 0) {
            free(block);
            for (int j = 0; j < 50; j++) free(malloc(j * 100));
            FILE *file = tmpfile();
            if (file != NULL) fclose(file);
            _exit(0);
        }
        int status = 1;
        if (child < 0 || waitpid(child, &status, 0) != child) failures++;
        failures += status != 0;
        free(block);
    }
    return (void *)failures;
}

int main(void) {
    char path[] = "lines-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    memset(text, 'x', sizeof text - 2);
    for (int i = 1; i < 60; i++) fprintf(file, "%.*s\n", i * 60, text);
    fclose(file);

    void *(*others[])(void *) = {read_lines, read_lines, flush_all, flush_all, churn};
    enum { OTHERS = sizeof others / sizeof *others };
    pthread_t threads[OTHERS], forkers[2];
    for (int i = 0; i < OTHERS; i++) pthread_create(&threads[i], NULL, others[i], path);
    for (int i = 0; i < 2; i++) pthread_create(&forkers[i], NULL, fork_often, NULL);
    long failures = 0;
    for (int i = 0; i < 2; i++) {
        void *failed;
        pthread_join(forkers[i], &failed);
        failures += (long)failed;
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < OTHERS; i++) pthread_join(threads[i], NULL);
    unlink(path);
    printf("%d forks, %ld failures\n", 2 * FORKS, failures);
    return failures != 0;
}
