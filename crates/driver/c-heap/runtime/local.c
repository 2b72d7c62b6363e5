/* Included by runner.c in a 32-bit program that the command itself has made, for a user's own file:
 * what a heap in the command's process has, and a graded program has not. The other process trusts
 * it as far as it trusts a heap in its own process.
 *
 *   - The calls that run are reported, and the bytes that a store replaces: the other side undoes
 *     the stores that came after a fault.
 *   - mm_blocks and mm_free_lists.
 *   - All calls of a trace at once, for the clock.
 *   - The variables get back the values that they started with; or they are kept, and the machine
 *     is another one.
 */

#if UINTPTR_MAX > UINT32_MAX
#error "this is only for 32-bit programs"
#endif

/* The linker sends calls of `memcpy` and its like to the reports, so they are not made here. */
static void copy_bytes(void *to, const void *from, size_t size) {
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static void clear_bytes(void *at, size_t size) {
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(0) : "memory");
}

static int are_equal(const char *one, const char *other, size_t size) {
    size_t words = size / sizeof(uint32_t);
    for (size_t i = 0; i < words; i++)
        if (((const uint32_t *)one)[i] != ((const uint32_t *)other)[i])
            return 0;
    for (size_t i = words * sizeof(uint32_t); i < size; i++)
        if (one[i] != other[i])
            return 0;
    return 1;
}

/* ---- reports ---- */

static void add(struct report one) {
    struct report *reports = (struct report *)(state->shared + 2 * TEXT_BYTES);
    reports[state->reports++] = one;
    if (state->reports == MOST_REPORTS)
        empty();
}

void heaplab_entered(const void *called_at) {
    if (state)
        add((struct report){.pc = (uintptr_t)called_at, .kind = ENTER});
}

void heaplab_left(void) {
    if (state)
        add((struct report){.kind = LEAVE});
}

/* Returns the bytes that a store replaces. */
static uint64_t replaced(const void *at, uint64_t size) {
    uint64_t old = 0;
    copy_bytes(&old, at, (size_t)size);
    return old;
}

/* ---- what the heap shows of itself ---- */

static void show_block(void *block, size_t bytes, void *payload, int allocated) {
    add((struct report){(uintptr_t)block, (uintptr_t)payload, allocated != 0, bytes, BLOCK});
}

static void show_listed(int list, void *payload) {
    add((struct report){.at = (uintptr_t)payload, .size = (uint32_t)list, .kind = LISTED});
}

#ifdef HEAPLAB_BLOCKS
extern void HEAPLAB_BLOCKS(void (*)(void *, size_t, void *, int));
#endif
#ifdef HEAPLAB_LISTS
extern void HEAPLAB_LISTS(void (*)(int, void *));
#endif

static void show(uint64_t kind) {
    (void)show_block, (void)show_listed;
    state->can_stop = 1;
    /* The other side has seen enough: a walk in circles. */
    if (setjmp(state->stop) == 0) {
#ifdef HEAPLAB_BLOCKS
        if (kind == BLOCKS)
            HEAPLAB_BLOCKS(show_block);
#endif
#ifdef HEAPLAB_LISTS
        if (kind == LISTS)
            HEAPLAB_LISTS(show_listed);
#endif
    }
    state->can_stop = 0;
}

/* ---- all calls of a trace ---- */

/* What is at the start of the file with the calls. The same as in src/remote/calls.rs. */
struct calls {
    uint64_t begun, nanoseconds;
    /* The break and the highest it was, as pointers, and the calls of sbrk. */
    uint64_t brk, high, sbrk_calls;
    /* The end of the heap at the limit, as a pointer. */
    uint64_t end;
    /* Whether the heap is up to its highest payload. */
    uint64_t is_segment;
    uint64_t steps, slots;
};
struct step {
    uint32_t slot_and_kind, size;
};
enum { STEP_FREE, STEP_FREE_NULL, STEP_MALLOC, STEP_CALLOC, STEP_REALLOC, STEP_REALLOC_NULL,
       STEP_MEMALIGN, STEP_WRITE };

/* `sbrk` while the clock runs: the other side learns of it afterwards. */
static void *move_break_here(void *context, int64_t increment) {
    struct own_state *own = context;
    char *old = own->machine.brk;
    int64_t bytes = old - own->machine.lo;
    own->calls->sbrk_calls++;
    if (increment > INT32_MAX || increment < -bytes
        || bytes + increment > (int64_t)own->calls->end - (int64_t)(uintptr_t)own->machine.lo)
        return (void *)-1;
    own->machine.brk = old + increment;
    if (increment < 0)
        clear_bytes(own->machine.brk, (size_t)-increment);
    if ((uintptr_t)own->machine.brk > own->calls->high)
        own->calls->high = (uintptr_t)own->machine.brk;
    return old;
}

static inline void *answer_to(uint32_t kind, void *held, size_t size) {
    switch (kind) {
    case STEP_CALLOC:
#ifdef HEAPLAB_CALLOC
        return HEAPLAB_CALLOC(1, size);
#else
        held = HEAPLAB_MALLOC(size);
        if (held)
            clear_bytes(held, size);
        return held;
#endif
#ifdef HEAPLAB_REALLOC
    case STEP_REALLOC:
        return HEAPLAB_REALLOC(held, size);
    case STEP_REALLOC_NULL:
        return HEAPLAB_REALLOC(NULL, size);
#else
    case STEP_REALLOC:
    case STEP_REALLOC_NULL:
        return NULL;
#endif
    case STEP_WRITE:
        return held;
    default:
        return HEAPLAB_MALLOC(size);
    }
}

/* The loop of the command, `Program::replay`, in C. */
static __attribute__((noinline)) void make_calls(struct calls *calls, const struct step *steps,
                                                 void **slots) {
    volatile uint64_t *begun = &calls->begun;
    for (size_t i = 0, count = calls->steps; i < count; i++) {
        struct step step = steps[i];
        void **slot = &slots[step.slot_and_kind >> 3];
        uint32_t kind = step.slot_and_kind & 7;
        void *held = *slot;
        *begun = i + 1;
        if (kind <= STEP_FREE_NULL) {
            HEAPLAB_FREE(kind == STEP_FREE ? held : NULL);
            continue;
        }
        *slot = answer_to(kind, held, step.size);
        if (calls->is_segment && *slot && (uintptr_t)*slot + step.size > calls->high)
            calls->high = (uintptr_t)*slot + step.size;
    }
}

static int open_of(uint64_t process, uint64_t descriptor) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/fd/%u", (unsigned)process, (unsigned)descriptor);
    return (int)syscall(SYS_open, path, O_RDWR | O_CLOEXEC | O_LARGEFILE);
}

static uint64_t replay(const struct message *wanted) {
    struct timespec start, end;
    int file = open_of(wanted->a, wanted->b >> 32);
    size_t bytes = (size_t)(wanted->b & UINT32_MAX);
    struct calls *calls = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
    struct step *steps = (struct step *)(calls + 1);
    close(file);
    if (calls == MAP_FAILED)
        return 0;
    state->calls = calls;
    state->machine.sbrk = move_break_here;
    clock_gettime(CLOCK_MONOTONIC, &start);
    make_calls(calls, steps, (void **)(steps + calls->steps));
    clock_gettime(CLOCK_MONOTONIC, &end);
    state->machine.sbrk = move_break;
    calls->brk = (uintptr_t)state->machine.brk;
    calls->nanoseconds = (uint64_t)(end.tv_sec - start.tv_sec) * 1000000000u
                         + (uint64_t)end.tv_nsec - (uint64_t)start.tv_nsec;
    munmap(calls, bytes);
    return 1;
}

/* ---- variables ---- */

extern char __data_start[], _end[];

/* Copies the pages that differ: a large array of zeros is not touched. */
static __attribute__((noinline)) void copy_pages(char *to, const char *from, size_t size) {
    for (size_t at = 0; at < size; at += 4096) {
        size_t bytes = size - at < 4096 ? size - at : 4096;
        if (!are_equal(to + at, from + at, bytes))
            copy_bytes(to + at, from + at, bytes);
    }
}

static int keep_variables(struct own_state *own) {
    size_t size = (size_t)(_end - __data_start);
    own->variables = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (own->variables == MAP_FAILED)
        return 0;
    copy_pages(own->variables, __data_start, size);
    return 1;
}

static void reset(void) {
    copy_pages(__data_start, state->variables, (size_t)(_end - __data_start));
}

/* Maps another machine where the first one was. */
static uint64_t remap(const struct message *wanted) {
    struct own_state *own = state;
    int file = open_of(wanted->a, wanted->b);
    void *base = mmap((void *)own->machine.base, own->machine.bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_NORESERVE | MAP_FIXED, file, 0);
    void *shared = mmap(own->shared, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                        file, (off_t)own->shared_at);
    close(file);
    return base != MAP_FAILED && shared != MAP_FAILED;
}

static uint64_t call_of_command(const struct message *wanted) {
    switch (wanted->kind) {
    case BLOCKS:
    case LISTS:
        show(wanted->kind);
        return 0;
    case CALLS:
        return replay(wanted);
    case RESET:
        reset();
        return 1;
    case REMAP:
        return remap(wanted);
    default:
        return 0;
    }
}
