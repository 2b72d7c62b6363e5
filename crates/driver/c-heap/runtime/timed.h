/* The part of runner.c that does a whole trace at once, so that another process can time it. It
 * takes the time, from its message to the answer; this process says nothing of it.
 *
 *     in the file     the machine, what runner.c shares, the steps of the trace, the slots
 *
 * Before each replay that process clears the machine, the slots and the shared room, and has the
 * variables set back to what they were, and the stack cleared. What this needs is in pages that
 * can't be written any more. */
#include <string.h>

/* The same numbers as in src/timed.rs. */
enum { PROGRAM = 10, NOTHING, EMPTY, REPLAY };
enum { STEP_FREE, STEP_FREE_NULL, STEP_MALLOC, STEP_CALLOC, STEP_REALLOC, STEP_REALLOC_NULL };
#define KIND_BITS 3

/* As in Rust's `Program`. */
struct step {
    uint32_t slot_and_kind, size;
};

/* Variables of one object, and the values that they get back. */
struct part {
    char *start, *values;
    size_t bytes;
};
#define MOST_PARTS 64

struct timed {
    const struct step *steps;
    void **slots;
    size_t parts;
    struct part part[MOST_PARTS];
};
/* At a known place, so that no variable has to point to it: below the machine. */
#define TIMED ((struct timed *)(uintptr_t)0x0f000000)
#define TIMED_BYTES (4 << 20)

static void *move_here(void *context, int64_t increment) {
    (void)context;
    struct heaplab_machine *machine = &state->machine;
    char *old = machine->brk;
    if (increment > (int64_t)machine->limit - (old - machine->lo) || increment < machine->lo - old)
        return (void *)-1;
    machine->brk = old + increment;
    /* What is given back reads as zero when it is taken again. */
    if (increment < 0)
        memset(machine->brk, 0, (size_t)-increment);
    return old;
}

/* Returns whether these variables can be kept. */
static int keep(char *start, size_t bytes) {
    struct timed *timed = TIMED;
    char *values = (char *)(timed + 1);
    if (timed->parts > 0) {
        struct part *last = &timed->part[timed->parts - 1];
        values = last->values + last->bytes;
    }
    if (timed->parts == MOST_PARTS || bytes > (size_t)((char *)TIMED + TIMED_BYTES - values))
        return 0;
    memcpy(values, start, bytes);
    timed->part[timed->parts++] = (struct part){start, values, bytes};
    return 1;
}

/* Keeps the variables of an object: those of its threads too. */
static int keep_object(struct dl_phdr_info *info, size_t size, void *failed) {
    (void)size;
    uintptr_t constant = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_GNU_RELRO)
            constant = (info->dlpi_addr + part->p_vaddr + part->p_memsz) & ~(uintptr_t)4095;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr, end = start + part->p_memsz;
        if (part->p_type == PT_TLS && info->dlpi_tls_data != NULL)
            *(int *)failed |= !keep(info->dlpi_tls_data, part->p_memsz);
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_W))
            continue;
        if (start < constant && constant <= end)
            start = constant;
        *(int *)failed |= !keep((char *)start, end - start);
    }
    return 0;
}

/* Reads what is to be replayed. Returns whether all is well. */
static int prepare(uint64_t machine_bytes) {
    struct message program;
    off_t at = (off_t)(machine_bytes + SHARED_BYTES);
    if (read(SOCKET, &program, sizeof program) != sizeof program || program.kind != PROGRAM)
        return 0;
    struct timed *timed = mmap(TIMED, TIMED_BYTES, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    const void *steps = mmap(NULL, program.a, PROT_READ, MAP_SHARED, 1, at);
    void *slots = mmap(NULL, program.b, PROT_READ | PROT_WRITE, MAP_SHARED, 1,
                       at + (off_t)program.a);
    if (timed != TIMED || steps == MAP_FAILED || slots == MAP_FAILED)
        return 0;
    timed->steps = steps;
    timed->slots = slots;
    state->machine.sbrk = move_here;
    state->machine.limit = program.c;
    return 1;
}

/* Keeps the variables: nothing of the allocator has run. Returns whether all is well. */
static int keep_variables(void) {
    int failed = 0;
    dl_iterate_phdr(keep_object, &failed);
    return !failed && mprotect(TIMED, TIMED_BYTES, PROT_READ) == 0;
}

static void *cleared(void *payload, size_t bytes) {
    if (payload != NULL)
        memset(payload, 0, bytes);
    return payload;
}

static __attribute__((noinline)) void replay(size_t count) {
    const struct step *steps = TIMED->steps;
    void **slots = TIMED->slots;
    for (size_t i = 0; i < count; i++) {
        void **slot = &slots[steps[i].slot_and_kind >> KIND_BITS];
        size_t size = steps[i].size;
        switch (steps[i].slot_and_kind & ((1 << KIND_BITS) - 1)) {
        case STEP_FREE:
            HEAPLAB_FREE(*slot);
            break;
        case STEP_FREE_NULL:
            HEAPLAB_FREE(NULL);
            break;
        case STEP_MALLOC:
            *slot = HEAPLAB_MALLOC(size);
            break;
        case STEP_CALLOC:
#ifdef HEAPLAB_CALLOC
            *slot = HEAPLAB_CALLOC(1, size);
            (void)cleared;
#else
            *slot = cleared(HEAPLAB_MALLOC(size), size);
#endif
            break;
#ifdef HEAPLAB_REALLOC
        case STEP_REALLOC:
            *slot = HEAPLAB_REALLOC(*slot, size);
            break;
        case STEP_REALLOC_NULL:
            *slot = HEAPLAB_REALLOC(NULL, size);
            break;
#endif
        }
    }
}

/* Forgets what the allocator has left on the stack below this function: it could know there what
   it answered before. */
static __attribute__((noinline)) void forget_stack(void) {
    /* The stack is far from everything else: no system lets it have less room than this. */
    const uintptr_t most = 64 << 20;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t near = (here - 4096) & ~(uintptr_t)4095;
    /* What is not mapped there is left out, with an error. */
    madvise((void *)(near - most), most, MADV_DONTNEED);
    /* The rest byte by byte: a function that is called would be below this one. */
    for (volatile char *at = (char *)near; at < (char *)here - 256; at++)
        *at = 0;
}

/* Makes an empty heap. Returns what the allocator says. */
static uint64_t empty_heap(const struct message *wanted, void **list) {
    for (size_t i = 0; i < TIMED->parts; i++) {
        const struct part *part = &TIMED->part[i];
        memcpy(part->start, part->values, part->bytes);
    }
    forget_stack();
    state->machine.brk = (char *)(uintptr_t)wanted->c;
    struct message init = {INIT, wanted->a, wanted->b, 0};
    *list = NULL;
    return call(&init, list);
}

static __attribute__((noinline)) void serve_replays(void **list) {
    for (;;) {
        struct message wanted = hear();
        uint64_t answer = 0;
        if (wanted.kind == EMPTY)
            answer = empty_heap(&wanted, list);
        else if (wanted.kind == REPLAY)
            replay(wanted.a);
        tell(RETURNED, answer, 0);
    }
}
