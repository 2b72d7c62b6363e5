/* The program that a submission in C becomes: its file, runtime.c and this; and the program of a
 * user's own file for a 32-bit processor, with local.c. A submission's runs in a sandbox. It does
 * one call of the allocator after the other, as another process asks (src/remote). That process has
 * the machine's memory too, keeps the break, and believes nothing that it can't see.
 *
 *     descriptor 0   the socket for messages
 *     descriptor 1   the file with the machine's memory, and behind it room for reports
 *     descriptor 2   nothing; what the allocator prints goes there
 *
 * The allocator's names come from the command line of the compiler: -DHEAPLAB_MALLOC=mm_malloc. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "heaplab.h"
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef HEAPLAB_LOCAL
#include <fcntl.h>
#include <setjmp.h>
#include <time.h>
#endif

/* The same numbers as in src/remote/message.rs. */
enum { HELLO, INIT, MALLOC, FREE, REALLOC, CALLOC, CHECK, BLOCKS, LISTS, CALLS, RESET, REMAP };
enum { READY = 100, RETURNED, SBRK, FULL, ENDED, CRASHED };

struct message {
    uint64_t kind, a, b, c;
};

/* An access, as it is reported. */
struct report {
    uint64_t at, from, pc;
    uint32_t size, kind;
};
enum { LOAD, STORE, COPY, FILL, LOAD_TO_COPY, ENTER, LEAVE, BLOCK, LISTED };

/* What is mapped behind the machine: two texts, then reports. */
#define TEXT_BYTES 2048
#define SHARED_BYTES (1 << 20)
#define MOST_REPORTS ((SHARED_BYTES - 2 * TEXT_BYTES) / sizeof(struct report))

struct range {
    uintptr_t start, end;
};

/* In memory of its own, and found through the machine: the checked build reports a store to either
   before it is made. */
struct own_state {
    struct heaplab_machine machine;
    char *shared;
    uint64_t reports;
    /* The libraries: the allocator may read and write their variables, such as stdout. */
    struct range libraries[16];
    size_t most_libraries;
#ifdef HEAPLAB_LOCAL
    /* The calls of a trace, while they are made. */
    struct calls *calls;
    /* The values that the variables start with. */
    char *variables;
    /* Where in the file the reports are. */
    uint64_t shared_at;
    /* Whether the other side waits for each report, and whether it may end what runs. */
    int is_slow, can_stop;
    jmp_buf stop;
#endif
};
struct heaplab_machine *heaplab_connected(void);
#define state ((struct own_state *)heaplab_connected()->context)

#define SOCKET 15

static void tell(uint64_t kind, uint64_t a, uint64_t c) {
    struct message message = {kind, a, state->reports, c};
    state->reports = 0;
    if (write(SOCKET, &message, sizeof message) != sizeof message)
        syscall(SYS_exit_group, 3);
}

static struct message hear(void) {
    struct message message;
    size_t got = 0;
    while (got < sizeof message) {
        ssize_t bytes = read(SOCKET, (char *)&message + got, sizeof message - got);
        if (bytes <= 0)
            syscall(SYS_exit_group, 0);
        got += (size_t)bytes;
    }
    return message;
}

static void *move_break(void *context, int64_t increment) {
    (void)context;
    tell(SBRK, (uint64_t)increment, (uint64_t)(uintptr_t)state->machine.sbrk_pc);
    struct message answer = hear();
    state->machine.lo = (char *)(uintptr_t)answer.b;
    state->machine.brk = (char *)(uintptr_t)answer.c;
    return (void *)(uintptr_t)answer.a;
}

/* Tells what was reported, and waits until the other side has looked at it. */
static void empty(void) {
    tell(FULL, 0, 0);
#ifdef HEAPLAB_LOCAL
    if (hear().kind && state->can_stop)
        longjmp(state->stop, 1);
#else
    hear();
#endif
}

#ifdef HEAPLAB_LOCAL
static uint64_t replaced(const void *, uint64_t);
#endif

static int is_of_a_library(uintptr_t at) {
    for (size_t i = 0; i < state->most_libraries; i++)
        if (at - state->libraries[i].start < state->libraries[i].end - state->libraries[i].start)
            return 1;
    return 0;
}

static void report(uint32_t kind, const void *at, const void *from, uint64_t size, const void *pc) {
    uintptr_t address = (uintptr_t)at;
    int is_inside = address - state->machine.base < state->machine.bytes;
    if (!is_inside && is_of_a_library(address))
        return;
#ifdef HEAPLAB_LOCAL
    /* A copy that the compiler has put into this file. */
    if (address - (uintptr_t)state->shared < SHARED_BYTES)
        return;
#endif
    struct report *reports = (struct report *)(state->shared + 2 * TEXT_BYTES);
    reports[state->reports++] = (struct report){
        address, (uintptr_t)from, (uintptr_t)pc, size > UINT32_MAX ? UINT32_MAX : (uint32_t)size, kind};
    int is_awaited = !is_inside || state->reports == MOST_REPORTS;
#ifdef HEAPLAB_LOCAL
    /* What a short store replaces can be put back; the other side looks at others before they are
       made. */
    if (is_inside && kind == STORE && size <= 8 && size <= state->machine.bytes - (address - state->machine.base))
        reports[state->reports - 1].from = replaced(at, size);
    else if (kind == STORE || kind == COPY || kind == FILL)
        is_awaited = 1;
    is_awaited |= state->is_slow;
#endif
    /* An access elsewhere is a fault, and is not made. */
    if (is_awaited)
        empty();
}

static void on_load(void *context, const void *at, uint64_t size, const void *pc) {
    (void)context;
    report(LOAD, at, NULL, size, pc);
}
static void on_store(void *context, void *at, uint64_t size, const void *pc) {
    (void)context;
    report(STORE, at, NULL, size, pc);
}
static void on_copy(void *context, void *to, const void *from, uint64_t size, const void *pc) {
    (void)context;
    report(COPY, to, from, size, pc);
}
static void on_fill(void *context, void *at, uint64_t size, const void *pc) {
    (void)context;
    report(FILL, at, NULL, size, pc);
}
static void on_load_to_copy(void *context, const void *at, uint64_t size, const void *pc) {
    (void)context;
    report(LOAD_TO_COPY, at, NULL, size, pc);
}

static void say(size_t index, const char *text) {
    char *to = state->shared + index * TEXT_BYTES;
    size_t bytes = 0;
    /* Not by `memcpy`, which would be reported. */
    for (; text && text[bytes] && bytes < TEXT_BYTES - 1; bytes++) {
        to[bytes] = text[bytes];
        __asm__ volatile("" : : : "memory");
    }
    to[bytes] = 0;
}

/* The allocator called a function that ends a process, or starts one. */
static void on_end(const char *function, int64_t number, const char *text) {
    say(0, function);
    say(1, text);
    tell(ENDED, (uint64_t)number, (uint64_t)(uintptr_t)state->machine.sbrk_pc);
    hear();
    syscall(SYS_exit_group, 1);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
    ucontext_t *at = context;
#if defined(__x86_64__)
    uintptr_t pc = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
    uintptr_t stack = (uintptr_t)at->uc_mcontext.gregs[REG_RSP];
#elif defined(__i386__)
    uintptr_t pc = (uintptr_t)at->uc_mcontext.gregs[REG_EIP];
    uintptr_t stack = (uintptr_t)at->uc_mcontext.gregs[REG_ESP];
#elif defined(__aarch64__)
    uintptr_t pc = at->uc_mcontext.pc, stack = at->uc_mcontext.sp;
#endif
    uintptr_t address = (uintptr_t)info->si_addr;
#if defined(__x86_64__) || defined(__i386__)
    /* A call through a bad pointer has no code; it returns to where the stack says. */
    if (signal == SIGSEGV && pc == address)
        pc = *(uintptr_t *)stack - 1;
#endif
    int is_of_stack = address - (stack - 65536) < 2 * 65536;
    state->shared[0] = (char)is_of_stack;
    *(uint64_t *)(state->shared + 8) = address;
    /* The instruction itself, not one behind it. */
    tell(CRASHED, (uint64_t)signal, pc + 1);
    hear();
    syscall(SYS_exit_group, 1);
}

static void catch_signals(void) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
#ifdef HEAPLAB_TIMED
    /* A variable, which is set back before each replay. */
    static char room[65536];
#else
    char *room = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#endif
    stack_t stack = {.ss_sp = room, .ss_size = 65536};
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {.sa_sigaction = on_signal,
                                   .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND};
        sigaction(signals[i], &action, NULL);
    }
}

static int note_library(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size, (void)argument;
    /* The first has no name: it is this program. */
    if (info->dlpi_name[0] == 0 && info->dlpi_addr == 0)
        return 0;
    struct range whole = {UINTPTR_MAX, 0};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD)
            continue;
        whole.start = start < whole.start ? start : whole.start;
        whole.end = start + part->p_memsz > whole.end ? start + part->p_memsz : whole.end;
    }
    if (state->most_libraries < sizeof state->libraries / sizeof *state->libraries)
        state->libraries[state->most_libraries++] = whole;
    return 0;
}

extern int *__errno_location(void);

static void note_libraries(void) {
    dl_iterate_phdr(note_library, NULL);
    uintptr_t own = (uintptr_t)__errno_location();
    if (state->most_libraries < sizeof state->libraries / sizeof *state->libraries)
        state->libraries[state->most_libraries++] = (struct range){own, own + sizeof(int)};
}

#ifndef HEAPLAB_LOCAL
/* From here on, this process can talk and end, and nothing else: no memory but what it has. */
static int shut(void) {
#if defined(__x86_64__)
    const uint32_t processor = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    const uint32_t processor = AUDIT_ARCH_AARCH64;
#endif
    static const uint32_t allowed[] = {SYS_read, SYS_write, SYS_exit, SYS_exit_group,
#ifdef HEAPLAB_TIMED
                                       SYS_madvise,
#endif
                                       SYS_rt_sigreturn};
    enum { ALLOWED = sizeof allowed / sizeof *allowed };
    struct sock_filter filter[4 + 2 * ALLOWED + 1];
    size_t at = 0;
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                offsetof(struct seccomp_data, arch));
    filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, processor, 1, 0);
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < ALLOWED; i++) {
        filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
        filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    /* EPERM: what the C library tries besides, it can do without. */
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1);
    struct sock_fprog program = {(unsigned short)at, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}
#endif

/* The allocator's functions. */
extern void *HEAPLAB_MALLOC(size_t);
extern void HEAPLAB_FREE(void *);
#ifdef HEAPLAB_INIT
/* What it takes is known only to its file. */
extern int HEAPLAB_INIT();
#endif
#ifdef HEAPLAB_REALLOC
extern void *HEAPLAB_REALLOC(void *, size_t);
#endif
#ifdef HEAPLAB_CALLOC
extern void *HEAPLAB_CALLOC(size_t, size_t);
#endif
#ifdef HEAPLAB_CHECK
extern int HEAPLAB_CHECK(int);
#endif

#ifdef HEAPLAB_LOCAL
#include "local.c"
#endif

static uint64_t call(const struct message *wanted, void **list) {
    void *pointer = (void *)(uintptr_t)wanted->a;
    switch (wanted->kind) {
#ifdef HEAPLAB_INIT
    case INIT:
        /* Stanford's gets the segment and its bytes; Seoul's a place for a list; others nothing. */
        return (uint64_t)HEAPLAB_INIT(pointer ? pointer : list, (size_t)wanted->b);
#endif
    case MALLOC:
        return (uintptr_t)HEAPLAB_MALLOC(wanted->a);
    case FREE:
        HEAPLAB_FREE(pointer);
        return 0;
#ifdef HEAPLAB_REALLOC
    case REALLOC:
        return (uintptr_t)HEAPLAB_REALLOC(pointer, wanted->b);
#endif
#ifdef HEAPLAB_CALLOC
    case CALLOC:
        return (uintptr_t)HEAPLAB_CALLOC(wanted->a, wanted->b);
#endif
#ifdef HEAPLAB_CHECK
    case CHECK:
        return (uint64_t)HEAPLAB_CHECK(0);
#endif
    default:
#ifdef HEAPLAB_LOCAL
        return call_of_command(wanted);
#else
        return 0;
#endif
    }
}

/* Answers until the other side has gone. The frame of this function is above the stack that is the
   allocator's. */
static __attribute__((noinline)) void serve(void **list) {
    state->machine.stack_high = (uintptr_t)__builtin_frame_address(0);
    for (;;) {
        struct message wanted = hear();
        state->machine.depth = 0;
        state->machine.brk = (char *)(uintptr_t)wanted.c;
        tell(RETURNED, call(&wanted, list), 0);
    }
}

#ifdef HEAPLAB_TIMED
#include "timed.h"
#endif

/* What the allocator prints: it is shown to the user, or not kept. */
static char printed[4096];

/* How much of the machine fits in this process: a 32-bit process has room for less. */
static uint64_t bytes_of_machine(uint64_t bytes) {
#if UINTPTR_MAX > UINT32_MAX
    return bytes;
#else
    const uint64_t most = 0xd0000000;
    return bytes < most ? bytes : most;
#endif
}

int main(void) {
    struct message hello;
#ifdef HEAPLAB_LOCAL
    /* It ends with the other process, even in an endless loop. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (dup2(0, SOCKET) != SOCKET || dup2(2, 0) != 0)
        return 2;
    if (read(SOCKET, &hello, sizeof hello) != sizeof hello)
        return 2;
    size_t pages = (sizeof(struct own_state) + 4095) & ~(size_t)4095;
    struct own_state *own = mmap(NULL, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t bytes = bytes_of_machine(hello.b);
    void *wanted = (void *)(uintptr_t)hello.a, *base = MAP_FAILED;
    /* Half of it, if something is in the way. */
    for (; base == MAP_FAILED && bytes >= 1 << 24; bytes /= 2)
        base = mmap(wanted, (size_t)bytes, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, 1, 0);
    bytes *= 2;
    char *shared = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, 1, (off_t)hello.b);
    if (own == MAP_FAILED || base != wanted || shared == MAP_FAILED)
        return 2;
    own->shared = shared;
    own->machine = (struct heaplab_machine){
        .context = own,
        .lo = (char *)(uintptr_t)hello.c,
        .brk = (char *)(uintptr_t)hello.c,
        .limit = bytes,
        .sbrk = move_break,
        .load = on_load,
        .store = on_store,
        .copy = on_copy,
        .fill = on_fill,
        .load_to_copy = on_load_to_copy,
        .ended = on_end,
        .base = (uintptr_t)hello.a,
        .bytes = (uintptr_t)(bytes >> 32 ? (uint64_t)1 << 32 : bytes),
    };
    heaplab_connect(&own->machine);
#ifdef HEAPLAB_TIMED
    if (!prepare(hello.b))
        return 2;
#endif
    dup2(2, 1);
    catch_signals();
    note_libraries();
    void *list = NULL;
#ifdef HEAPLAB_LOCAL
    own->shared_at = hello.b;
    own->is_slow = hello.kind != HELLO;
    setvbuf(stdout, printed, _IOLBF, sizeof printed);
    if (!keep_variables(own))
        return 2;
#else
    setvbuf(stdout, printed, _IOFBF, sizeof printed);
#ifdef HEAPLAB_TIMED
    if (!keep_variables())
        return 2;
#endif
    if (shut() != 0)
        return 2;
#endif
#ifdef HEAPLAB_TIMED
    tell(READY, 0, 0);
    serve_replays(&list);
#else
    tell(READY, bytes, 0);
    serve(&list);
#endif
}
