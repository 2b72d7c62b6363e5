/* Replays a trace on a heap of Windows, made by HeapCreate.

   For real Windows with MSVC:    cl /O2 replay.c
   elsewhere with mingw-w64:      x86_64-w64-mingw32-gcc -O2 -o replay.exe replay.c

       replay check FILE                  looks at every answer
       replay memory FILE                 what the heap has committed at the peak
       replay time FILE TURNS SECONDS     nanoseconds an operation, turn by turn
       replay ready                       nothing: that programs run here at all

   FILE is a trace whose blocks have been given slots of a table. Its first line
   says how many slots and operations there are; each other line is an operation:

       m SLOT SIZE 0        malloc, into an empty slot
       c SLOT SIZE 0        calloc
       a SLOT SIZE ALIGN    memalign
       r SLOT SIZE 0        realloc; into an empty slot it is malloc, to size 0 free
       f SLOT 0 0           free; of an empty slot it does nothing

   Results are lines `KEY VALUE`, the last of them `done 1`: without it the program
   did not come to its end, whatever its exit code is. A heap that answers wrongly
   has the line `fault CODE OPERATION MESSAGE`, the operation counted from 0 or -1 for
   the end, and exit code 1. Exit code 2: there was nothing to replay; standard error
   says why. */
#define _CRT_SECURE_NO_WARNINGS /* MSVC would have fscanf_s, which is its own */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* What HeapAlloc aligns to in a 64-bit process. */
#define ALIGNMENT 16

/* A sample lasts at least so long. */
#define SAMPLE_SECONDS 1e-3

struct operation {
    uint32_t kind, slot, size, align;
};

/* A block in its slot. HeapAlloc has no alignment to ask for: memalign asks for more
   bytes, and the payload begins at the first aligned one. `raw` is what the heap
   knows the block by. It is NULL in an empty slot. */
struct block {
    unsigned char *raw;
    size_t offset; /* of the payload; 0 but for memalign */
};

/* What the program knows of a block, besides where it is. */
struct content {
    size_t size;
    uint32_t seed; /* of its pattern */
};

static struct operation *operations;
static struct block *blocks;
static uint32_t slot_count, operation_count;

static void give_up(const char *message, const char *what)
{
    fprintf(stderr, "%s: %s\n", message, what);
    exit(2);
}

/* An array of zeros. */
static void *table(size_t count, size_t bytes_each)
{
    void *memory = calloc(count + 1, bytes_each);
    if (memory == NULL)
        give_up("no memory for", "the tables");
    return memory;
}

static void read_operations(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        give_up("can't open", path);
    if (fscanf(file, "%u %u", &slot_count, &operation_count) != 2)
        give_up("expected the numbers of slots and operations at the start of", path);
    operations = table(operation_count, sizeof *operations);
    blocks = table(slot_count, sizeof *blocks);
    for (uint32_t at = 0; at < operation_count; at++) {
        struct operation *op = &operations[at];
        char kind;
        int read = fscanf(file, " %c %u %u %u", &kind, &op->slot, &op->size, &op->align);
        if (read != 4 || strchr("mcarf", kind) == NULL || op->slot >= slot_count)
            give_up("a line that is not an operation in", path);
        op->kind = (uint32_t)kind;
    }
    fclose(file);
}

static HANDLE new_heap(void)
{
    HANDLE heap = HeapCreate(0, 0, 0);
    if (heap == NULL)
        give_up("no new heap", "HeapCreate");
    return heap;
}

/* ---- The operations on the heap ---- */

static void allocate(HANDLE heap, struct block *block, DWORD flags, size_t size)
{
    block->raw = HeapAlloc(heap, flags, size);
    block->offset = 0;
}

static void allocate_aligned(HANDLE heap, struct block *block, size_t align, size_t size)
{
    size_t more = align > ALIGNMENT ? align - ALIGNMENT : 0;
    allocate(heap, block, 0, size + more);
    if (more > 0)
        block->offset = (0 - (uintptr_t)block->raw) & (align - 1);
}

static void release(HANDLE heap, struct block *block)
{
    if (block->raw != NULL)
        HeapFree(heap, 0, block->raw);
    block->raw = NULL;
}

/* The bytes before the payload are kept, and so it stays where it is in its block. */
static int reallocate(HANDLE heap, struct block *block, size_t size)
{
    void *moved = HeapReAlloc(heap, 0, block->raw, block->offset + size);
    if (moved == NULL)
        return 0;
    block->raw = moved;
    return 1;
}

/* Does one operation; 0 if the heap refuses. */
static int perform(HANDLE heap, struct block *block, const struct operation *op)
{
    switch (op->kind) {
    case 'f':
        release(heap, block);
        return 1;
    case 'r':
        if (block->raw != NULL && op->size > 0)
            return reallocate(heap, block, op->size);
        if (block->raw != NULL) {
            release(heap, block);
            return 1;
        }
        allocate(heap, block, 0, op->size);
        break;
    case 'a':
        allocate_aligned(heap, block, op->align, op->size);
        break;
    default:
        allocate(heap, block, op->kind == 'c' ? HEAP_ZERO_MEMORY : 0, op->size);
    }
    return block->raw != NULL;
}

/* ---- Every answer looked at ---- */

static void fault(const char *code, long long operation, const char *message)
{
    printf("fault %s %lld %s\n", code, operation, message);
    exit(1);
}

/* Each block has a pattern of its own: no two near each other have the same byte. */
static unsigned char pattern(uint32_t seed, size_t at)
{
    return (unsigned char)(seed * 151u + at * 7u + at / 256u);
}

static void write_pattern(const struct block *block, struct content content)
{
    for (size_t at = 0; at < content.size; at++)
        block->raw[block->offset + at] = pattern(content.seed, at);
}

/* Whether the first bytes are as they were written. */
static int has_pattern(const struct block *block, struct content content, size_t bytes)
{
    for (size_t at = 0; at < bytes; at++)
        if (block->raw[block->offset + at] != pattern(content.seed, at))
            return 0;
    return 1;
}

static int is_zero(const struct block *block, size_t bytes)
{
    for (size_t at = 0; at < bytes; at++)
        if (block->raw[block->offset + at] != 0)
            return 0;
    return 1;
}

/* The payload that an operation has made: is it where and as large as asked? */
static void check_payload(HANDLE heap, const struct block *block, uint32_t at)
{
    const struct operation *op = &operations[at];
    size_t align = op->align > ALIGNMENT ? op->align : ALIGNMENT;
    if ((uintptr_t)(block->raw + block->offset) % align != 0)
        fault("misaligned", at, "the payload is not aligned");
    size_t usable = HeapSize(heap, 0, block->raw);
    if (usable == (size_t)-1 || usable < block->offset + op->size)
        fault("usable-size", at, "HeapSize is less than the requested size");
    if (op->kind == 'c' && !is_zero(block, op->size))
        fault("not-zeroed", at, "calloc gave a payload that is not all zeros");
}

/* Does an operation, with the payload looked at before and after. */
static void check_operation(HANDLE heap, struct content *contents, uint32_t at)
{
    const struct operation *op = &operations[at];
    struct block *block = &blocks[op->slot];
    struct content *content = &contents[op->slot];
    size_t kept = 0;
    if (block->raw != NULL) {
        if (!has_pattern(block, *content, content->size))
            fault("trampled", at, "bytes of the payload have changed since they were written");
        kept = content->size < op->size ? content->size : op->size;
    }
    if (!perform(heap, block, op))
        fault("null", at, "no memory");
    if (block->raw == NULL)
        return;
    if (!has_pattern(block, *content, kept))
        fault("lost-by-realloc", at, "realloc lost bytes of the payload");
    check_payload(heap, block, at);
    content->size = op->size;
    content->seed = at;
    write_pattern(block, *content);
}

static void check(void)
{
    struct content *contents = table(slot_count, sizeof *contents);
    HANDLE heap = new_heap();
    for (uint32_t at = 0; at < operation_count; at++)
        check_operation(heap, contents, at);
    for (uint32_t slot = 0; slot < slot_count; slot++)
        if (blocks[slot].raw != NULL && !has_pattern(&blocks[slot], contents[slot], contents[slot].size))
            fault("trampled", -1, "bytes of a payload have changed, seen at the end");
    if (!HeapValidate(heap, 0, NULL))
        fault("check", -1, "HeapValidate finds the heap damaged");
}

/* ---- Memory ---- */

/* Bytes that the process has committed for itself: no file stands behind them, and no
   other process has them. Windows counts them against its limit, whether the pages
   were touched or not. VirtualQuery says so page by page, on Windows as under Wine,
   and however a heap keeps its books; what HeapWalk tells of a heap's regions depends
   on how the heap is made, and GetProcessMemoryInfo on which system counts. */
static uint64_t committed_bytes(void)
{
    MEMORY_BASIC_INFORMATION region;
    char *address = NULL;
    uint64_t bytes = 0;
    while (VirtualQuery(address, &region, sizeof region) == sizeof region) {
        if (region.State == MEM_COMMIT && region.Type == MEM_PRIVATE)
            bytes += region.RegionSize;
        address = (char *)region.BaseAddress + region.RegionSize;
    }
    return bytes;
}

/* The operation after which most bytes of payload are live, and how many. */
static uint32_t find_peak(uint64_t *peak_bytes)
{
    size_t *sizes = table(slot_count, sizeof *sizes);
    uint64_t live = 0;
    uint32_t peak_at = 0;
    *peak_bytes = 0;
    for (uint32_t at = 0; at < operation_count; at++) {
        const struct operation *op = &operations[at];
        live = live - sizes[op->slot] + op->size;
        sizes[op->slot] = op->size;
        if (live > *peak_bytes) {
            *peak_bytes = live;
            peak_at = at;
        }
    }
    free(sizes);
    return peak_at;
}

static void memory(void)
{
    uint64_t peak_bytes;
    uint32_t peak_at = find_peak(&peak_bytes);
    uint64_t before = committed_bytes();
    HANDLE heap = new_heap();
    for (uint32_t at = 0; at < operation_count && at <= peak_at; at++) {
        const struct operation *op = &operations[at];
        struct block *block = &blocks[op->slot];
        if (!perform(heap, block, op))
            fault("null", at, "no memory");
        if (block->raw != NULL)
            memset(block->raw + block->offset, 0xa5, op->size);
    }
    uint64_t at_peak = committed_bytes();
    printf("peak_payload_bytes %llu\n", (unsigned long long)peak_bytes);
    printf("committed_bytes %llu\n", (unsigned long long)(at_peak - before));
}

/* ---- Time ---- */

static double seconds_now(void)
{
    LARGE_INTEGER ticks, ticks_a_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&ticks_a_second);
    return (double)ticks.QuadPart / (double)ticks_a_second.QuadPart;
}

/* One replay on a new heap, which is made and thrown away off the clock: seconds. */
static double replay(void)
{
    int right = 1;
    HANDLE heap = new_heap();
    memset(blocks, 0, slot_count * sizeof *blocks);
    double start = seconds_now();
    for (uint32_t at = 0; at < operation_count; at++)
        right &= perform(heap, &blocks[operations[at].slot], &operations[at]);
    double taken = seconds_now() - start;
    HeapDestroy(heap);
    if (!right)
        fault("null", -1, "no memory, in the timed run");
    return taken;
}

/* Replays until the sample is long enough, or has taken `budget` seconds with all
   that is off the clock: nanoseconds an operation. */
static double sample(double budget)
{
    double start = seconds_now(), timed = 0;
    uint64_t replays = 0;
    do {
        timed += replay();
        replays++;
    } while (timed == 0 || (timed < SAMPLE_SECONDS && seconds_now() - start < budget));
    return timed * 1e9 / ((double)replays * operation_count);
}

/* The first sample is to have memory and code at hand. If it alone takes as long as
   all may, it is the only one. */
static void time_turns(long turns, double budget)
{
    double start = seconds_now();
    double warm_up = sample(budget);
    if (seconds_now() - start >= budget)
        printf("ns_per_op %.6f\n", warm_up);
    for (long turn = 0; turn < turns && seconds_now() - start < budget; turn++)
        printf("ns_per_op %.6f\n", sample(budget));
}

/* A crash ends the program at once: no window that asks what to do, no debugger. */
static LONG WINAPI crashed(EXCEPTION_POINTERS *unused)
{
    (void)unused;
    TerminateProcess(GetCurrentProcess(), 3);
    return EXCEPTION_EXECUTE_HANDLER;
}

int main(int count, char **words)
{
    const char *task = count > 1 ? words[1] : "";
    SetUnhandledExceptionFilter(crashed);
    if (count > 2)
        read_operations(words[2]);
    if (strcmp(task, "ready") == 0 && count == 2)
        ; /* it is: there is nothing to do */
    else if (strcmp(task, "check") == 0 && count == 3)
        check();
    else if (strcmp(task, "memory") == 0 && count == 3)
        memory();
    else if (strcmp(task, "time") == 0 && count == 5 && operation_count > 0)
        time_turns(strtol(words[3], NULL, 10), strtod(words[4], NULL));
    else
        give_up("expected", "check FILE, memory FILE, time FILE TURNS SECONDS, or ready");
    printf("done 1\n");
    return 0;
}
