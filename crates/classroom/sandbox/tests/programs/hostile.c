/* Tries one thing that a program in a sandbox must not be able to do, named by
 * its first argument. Exit code 0: it worked. 77: it was refused, and standard
 * error says how. 2: it can't be tried. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static const char *argument(int argc, char **argv, int index)
{
    if (index >= argc) {
        fprintf(stderr, "argument %d is missing\n", index);
        exit(2);
    }
    return argv[index];
}

/* Ends with a verdict on a call that returned `result`. */
static void verdict(long result)
{
    if (result < 0) {
        fprintf(stderr, "refused: %s\n", strerror(errno));
        exit(77);
    }
    exit(0);
}

/* A call that fails for another reason than not being allowed was let through. */
static void verdict_of_a_call(long result)
{
    if (result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS))
        verdict(result);
    printf("let through: %s\n", result < 0 ? strerror(errno) : "done");
    exit(0);
}

static void *sleeper(void *unused)
{
    (void)unused;
    for (;;)
        pause();
    return NULL;
}

static void *adder(void *number)
{
    *(int *)number += 1;
    return NULL;
}

static void nap(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* What an allocator lab does: 4 GiB set aside, a little of it used, a thread. */
static void work(void)
{
    size_t size = (4ul << 30) + (64 << 10);
    char *space = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *guard = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED || guard == MAP_FAILED)
        verdict(-1);
    memset(space + (3ul << 30), 1, 1 << 20);
    if (madvise(space + (3ul << 30), 1 << 20, MADV_DONTNEED) < 0)
        verdict(-1);
    unsigned char resident[1];
    if (space[3ul << 30] != 0 || mincore(space + (3ul << 30), 4096, resident) < 0)
        verdict(-1);
    int number = 41;
    pthread_t thread;
    errno = pthread_create(&thread, NULL, adder, &number);
    if (errno != 0)
        verdict(-1);
    pthread_join(thread, NULL);
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        verdict(-1);
    char line[100];
    if (fgets(line, sizeof line, stdin) == NULL)
        strcpy(line, "nothing\n");
    printf("%d %s", number, line);
    exit(0);
}

/* A process that has left the process that started it, and writes its number to
 * standard output. */
static void leave_a_daemon(void)
{
    pid_t child = fork();
    if (child < 0)
        verdict(-1);
    if (child == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        setsid();
        nap(20);
        printf("%d\n", getpid());
        fclose(stdout);
        fclose(stderr);
        nap(60000);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/* A process that is never the same one for long: it forks and dies, on and on,
 * `most` times, and each time makes a file longer. Returns once it is at it. */
static void hop(const char *path, int most)
{
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0)
        verdict(-1);
    pid_t first = fork();
    if (first < 0)
        verdict(-1);
    if (first > 0) {
        while (lseek(file, 0, SEEK_END) < 20)
            nap(1);
        return;
    }
    fclose(stdout);
    fclose(stderr);
    for (int hops = 0; hops < most; hops++) {
        setsid();
        if (write(file, "x", 1) != 1)
            _exit(1);
        pid_t child = fork();
        if (child < 0)
            nap(1);
        else if (child > 0)
            _exit(0);
    }
    _exit(0);
}

/* At most this many at a time: it must be possible to try it freely. */
static void bomb(int most)
{
    pid_t children[1000];
    int started = 0, error = 0;
    for (; started < most && started < 1000; started++) {
        children[started] = fork();
        error = errno;
        if (children[started] < 0)
            break;
        if (children[started] == 0) {
            nap(20000);
            _exit(0);
        }
    }
    for (int child = 0; child < started; child++) {
        kill(children[child], SIGKILL);
        waitpid(children[child], NULL, 0);
    }
    printf("%d\n", started);
    errno = error;
    verdict(started == most ? 0 : -1);
}

static void threads(int most)
{
    int started = 0;
    for (; started < most; started++) {
        pthread_t thread;
        errno = pthread_create(&thread, NULL, sleeper, NULL);
        if (errno != 0)
            break;
    }
    printf("%d\n", started);
    if (started == most)
        exit(0);
    verdict(-1);
}

static void eat(long mebibytes)
{
    for (long eaten = 0; eaten < mebibytes; eaten++) {
        char *piece = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (piece == MAP_FAILED)
            verdict(-1);
        memset(piece, 1, 1 << 20);
    }
}

static void write_much(const char *path, long mebibytes)
{
    static char zeros[1 << 20];
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    if (file < 0)
        verdict(-1);
    for (long written = 0; written < mebibytes; written++)
        if (write(file, zeros, sizeof zeros) != sizeof zeros)
            verdict(-1);
}

/* Without an end, though a compiler can't know. */
static int deeper(int depth)
{
    volatile char frame[1024];
    frame[depth % 1024] = (char)depth;
    return depth < 0 ? 0 : deeper(depth + 1) + frame[depth % 1024];
}

static int inet_socket(int kind, struct sockaddr_in *address, const char *port)
{
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address->sin_port = htons((unsigned short)atoi(port));
    int sock = socket(AF_INET, kind, 0);
    if (sock < 0)
        verdict(-1);
    return sock;
}

static void network(const char *what, int argc, char **argv)
{
    struct sockaddr_in address;
    if (!strcmp(what, "connect")) {
        int sock = inet_socket(SOCK_STREAM, &address, argument(argc, argv, 2));
        verdict(connect(sock, (struct sockaddr *)&address, sizeof address));
    } else if (!strcmp(what, "bind")) {
        int sock = inet_socket(SOCK_STREAM, &address, "0");
        verdict(bind(sock, (struct sockaddr *)&address, sizeof address));
    } else if (!strcmp(what, "send-udp")) {
        int sock = inet_socket(SOCK_DGRAM, &address, argument(argc, argv, 2));
        verdict(sendto(sock, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
    } else if (!strcmp(what, "local-socket")) {
        struct sockaddr_un local = {.sun_family = AF_UNIX};
        strcpy(local.sun_path + 1, argument(argc, argv, 2));
        int sock = socket(AF_UNIX, SOCK_STREAM, 0);
        if (sock < 0)
            verdict(-1);
        socklen_t length = (socklen_t)(sizeof local.sun_family + 1 + strlen(argv[2]));
        verdict(connect(sock, (struct sockaddr *)&local, length));
    }
}

static void files(const char *what, int argc, char **argv)
{
    const char *path = argc > 2 ? argv[2] : "";
    if (!strcmp(what, "read")) {
        char text[16];
        int file = open(path, O_RDONLY);
        verdict(file < 0 ? -1 : read(file, text, sizeof text));
    } else if (!strcmp(what, "list")) {
        verdict(open(path, O_RDONLY | O_DIRECTORY));
    } else if (!strcmp(what, "write")) {
        int file = open(path, O_WRONLY | O_CREAT, 0600);
        verdict(file < 0 ? -1 : write(file, "x", 1));
    } else if (!strcmp(what, "truncate")) {
        verdict(truncate(path, 0));
    } else if (!strcmp(what, "remove")) {
        verdict(unlink(path));
    } else if (!strcmp(what, "rename")) {
        verdict(rename(path, argument(argc, argv, 3)));
    } else if (!strcmp(what, "link")) {
        verdict(link(path, argument(argc, argv, 3)));
    } else if (!strcmp(what, "make-folder")) {
        verdict(mkdir(path, 0700));
    } else if (!strcmp(what, "make-fifo")) {
        verdict(mkfifo(path, 0600));
    } else if (!strcmp(what, "chmod")) {
        verdict(chmod(path, 0777));
    } else if (!strcmp(what, "touch")) {
        verdict(utimensat(AT_FDCWD, path, NULL, 0));
    } else if (!strcmp(what, "attribute")) {
        verdict(setxattr(path, "user.x", "y", 1, 0));
    } else if (!strcmp(what, "run")) {
        execl(path, path, "-c", "exit 0", NULL);
        verdict(-1);
    } else if (!strcmp(what, "descriptors")) {
        for (int number = 3; number < 1000; number++)
            if (fcntl(number, F_GETFD) >= 0)
                exit(0);
        errno = EBADF;
        verdict(-1);
    } else if (!strcmp(what, "open-many")) {
        for (int count = 0; count < 100; count++)
            if (dup(0) < 0)
                verdict(-1);
        exit(0);
    } else if (!strcmp(what, "write-much")) {
        signal(SIGXFSZ, SIG_IGN);
        write_much(path, atol(argument(argc, argv, 3)));
        exit(0);
    }
}

/* Things done to the process whose number is the second argument. */
static void others(const char *what, int argc, char **argv)
{
    pid_t other = argc > 2 ? atoi(argv[2]) : 0;
    if (!strcmp(what, "end-itself")) {
        kill(getpid(), SIGTERM);
        verdict(raise(SIGKILL));
    } else if (!strcmp(what, "signal")) {
        verdict(kill(other, SIGUSR1));
    } else if (!strcmp(what, "queue-signal")) {
        union sigval value = {0};
        verdict(sigqueue(other, SIGUSR1, value));
    } else if (!strcmp(what, "file-signal")) {
        int ends[2];
        if (pipe(ends) < 0 || fcntl(ends[0], F_SETOWN, other) < 0
            || fcntl(ends[0], F_SETSIG, SIGUSR1) < 0 || fcntl(ends[0], F_SETFL, O_ASYNC) < 0)
            verdict(-1);
        verdict(write(ends[1], "x", 1));
    } else if (!strcmp(what, "trace")) {
        verdict(ptrace(PTRACE_ATTACH, other, NULL, NULL));
    } else if (!strcmp(what, "peek")) {
        char byte;
        struct iovec mine = {&byte, 1}, theirs = {(void *)(long)0x400000, 1};
        verdict_of_a_call(process_vm_readv(other, &mine, 1, &theirs, 1, 0));
    } else if (!strcmp(what, "limit")) {
        struct rlimit limit = {100, 100};
        verdict(prlimit(other, RLIMIT_NOFILE, &limit, NULL));
    } else if (!strcmp(what, "slow-down")) {
        verdict(setpriority(PRIO_PROCESS, (id_t)other, 19));
    }
}

static void processes(const char *what, int argc, char **argv)
{
    if (!strcmp(what, "fork")) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        verdict(child);
    } else if (!strcmp(what, "vfork")) {
        pid_t child = vfork();
        if (child == 0)
            _exit(0);
        verdict(child);
    } else if (!strcmp(what, "clone3")) {
        struct clone_args args = {.exit_signal = SIGCHLD};
        long child = syscall(SYS_clone3, &args, sizeof args);
        if (child == 0)
            _exit(0);
        verdict(child);
    } else if (!strcmp(what, "system")) {
        verdict(system("exit 0") == 0 ? 0 : -1);
    } else if (!strcmp(what, "bomb")) {
        bomb(atoi(argument(argc, argv, 2)));
    } else if (!strcmp(what, "threads")) {
        threads(atoi(argument(argc, argv, 2)));
    } else if (!strcmp(what, "daemon")) {
        leave_a_daemon();
        exit(0);
    } else if (!strcmp(what, "daemon-and-sleep")) {
        leave_a_daemon();
        nap(60000);
    } else if (!strcmp(what, "hop")) {
        hop(argument(argc, argv, 2), atoi(argument(argc, argv, 3)));
        exit(0);
    } else if (!strcmp(what, "outlive")) {
        verdict(prctl(PR_SET_PDEATHSIG, 0));
    }
}

static void kernel(const char *what, int argc, char **argv)
{
    if (!strcmp(what, "mount")) {
        const char *folder = argument(argc, argv, 2);
        int mounted = mount("none", folder, "tmpfs", 0, NULL);
        int error = errno;
        umount(folder);
        errno = error;
        verdict(mounted);
    } else if (!strcmp(what, "unshare"))
        verdict(unshare(CLONE_NEWUSER));
    else if (!strcmp(what, "clone-namespace")) {
        long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
        if (child == 0)
            _exit(0);
        verdict(child);
    } else if (!strcmp(what, "keys"))
        verdict_of_a_call(syscall(SYS_keyctl, 0, -3, 1));
    else if (!strcmp(what, "bpf"))
        verdict_of_a_call(syscall(SYS_bpf, -1, NULL, 0));
    else if (!strcmp(what, "perf"))
        verdict_of_a_call(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
    else if (!strcmp(what, "io-uring"))
        verdict_of_a_call(syscall(SYS_io_uring_setup, 1, NULL));
    else if (!strcmp(what, "userfault"))
        verdict_of_a_call(syscall(SYS_userfaultfd, 1));
    else if (!strcmp(what, "personality"))
        verdict_of_a_call(syscall(SYS_personality, 0xffffffff));
    else if (!strcmp(what, "memory-file"))
        verdict(syscall(SYS_memfd_create, "x", 0));
    else if (!strcmp(what, "shared-memory")) {
        int id = shmget(IPC_PRIVATE, 4096, 0600);
        if (id >= 0)
            shmctl(id, IPC_RMID, NULL);
        verdict(id);
    } else if (!strcmp(what, "second-number")) {
        /* The number that it would have in the x32 ABI. */
        verdict_of_a_call(syscall(0x40000000 + SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
    }
}

static void itself(const char *what, int argc, char **argv)
{
    if (!strcmp(what, "work"))
        work();
    else if (!strcmp(what, "eat")) {
        eat(atol(argument(argc, argv, 2)));
        exit(0);
    } else if (!strcmp(what, "spin")) {
        for (volatile unsigned long count = 0;; count++) {
        }
    } else if (!strcmp(what, "sleep")) {
        puts("here");
        fflush(stdout);
        nap(60000);
    }
    else if (!strcmp(what, "abort"))
        abort();
    else if (!strcmp(what, "overflow"))
        exit(deeper(0));
    else if (!strcmp(what, "exit"))
        exit(atoi(argument(argc, argv, 2)));
    else if (!strcmp(what, "flood"))
        for (;;)
            puts("a line that says nothing, again and again and again");
    else if (!strcmp(what, "addresses")) {
        void *block = malloc(1);
        printf("%p %p %p\n", (void *)&block, block, (void *)puts);
        exit(0);
    }
    else if (!strcmp(what, "tell")) {
        extern char **environ;
        char folder[4096];
        printf("uid %u gid %u folder %s parent %d\n", getuid(), getgid(),
               getcwd(folder, sizeof folder), getppid());
        for (char **pair = environ; *pair != NULL; pair++)
            printf("%s\n", *pair);
        exit(0);
    }
}

int main(int argc, char **argv)
{
    const char *what = argument(argc, argv, 1);
    files(what, argc, argv);
    network(what, argc, argv);
    others(what, argc, argv);
    processes(what, argc, argv);
    kernel(what, argc, argv);
    itself(what, argc, argv);
    fprintf(stderr, "there is no %s\n", what);
    return 2;
}
