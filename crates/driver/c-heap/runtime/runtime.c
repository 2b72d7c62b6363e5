/* Compiled into every C heap, next to the files that were named: the functions of the courses'
   `memlib.c`, over the machine that the command connects. All are weak: a file that brings its
   own `mem_sbrk` keeps it. */
#include "heaplab.h"
#include <errno.h>
#include <string.h>

#define WEAK __attribute__((weak))

#ifndef HEAPLAB_SBRK_INCREMENT
#define HEAPLAB_SBRK_INCREMENT intptr_t
#endif

/* Before it is connected, nothing is checked: constructors run then. */
static struct heaplab_machine unconnected = {.image_end = UINTPTR_MAX};
static struct heaplab_machine *machine = &unconnected;

/* The linker knows where this library begins and ends. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

void heaplab_connect(struct heaplab_machine *connected) {
    machine = connected ? connected : &unconnected;
    if (connected) {
        connected->image_start = (uintptr_t)__ehdr_start;
        connected->image_end = (uintptr_t)_end;
    }
}

struct heaplab_machine *heaplab_connected(void) {
    return machine;
}

/* Callers that were compiled with `mem_sbrk(int)` leave the upper half undefined. */
static void *sbrk_bytes(HEAPLAB_SBRK_INCREMENT increment) {
    return machine->sbrk(machine->context, increment);
}

/* Notes where the C code calls. */
#define NOTE_CALL (machine->sbrk_pc = __builtin_return_address(0))

/* The courses' names. */
WEAK void mem_init(void) {}
WEAK void mem_deinit(void) {}
WEAK void *mem_sbrk(HEAPLAB_SBRK_INCREMENT increment) {
    NOTE_CALL;
    return sbrk_bytes(increment);
}
WEAK void *mem_heap_lo(void) { return machine->lo; }
WEAK void *mem_heap_hi(void) { return machine->brk - 1; }
WEAK size_t mem_heapsize(void) { return (size_t)(machine->brk - machine->lo); }
WEAK size_t mem_pagesize(void) { return 4096; }
WEAK void mem_reset_brk(void) {
    NOTE_CALL;
    sbrk_bytes(-(int64_t)(machine->brk - machine->lo));
}

/* Files that ask the system itself for memory: the calls of <unistd.h>. */
WEAK void *sbrk(intptr_t increment) {
    void *old;
    NOTE_CALL;
    old = machine->sbrk(machine->context, increment);
    if (old == (void *)-1) errno = ENOMEM;
    return old;
}
WEAK int brk(void *addr) {
    return sbrk((char *)addr - (char *)machine->brk) == (void *)-1 ? -1 : 0;
}

/* Penn State CMPSC 473. */
WEAK void *mm_sbrk(intptr_t increment) {
    NOTE_CALL;
    return machine->sbrk(machine->context, increment);
}
WEAK void *mm_heap_lo(void) { return machine->lo; }
WEAK void *mm_heap_hi(void) { return machine->brk - 1; }
WEAK size_t mm_heapsize(void) { return (size_t)(machine->brk - machine->lo); }
WEAK size_t mm_pagesize(void) { return 4096; }

/* CMU since 2016: loads and stores as calls. */
#ifndef HEAPLAB_CHECKED
WEAK void *mem_memcpy(void *dst, const void *src, size_t n) { return memcpy(dst, src, n); }
WEAK void *mem_memset(void *dst, int c, size_t n) { return memset(dst, c, n); }
WEAK void *mm_memcpy(void *dst, const void *src, size_t n) { return memcpy(dst, src, n); }
WEAK void *mm_memset(void *dst, int c, size_t n) { return memset(dst, c, n); }
WEAK uint64_t mem_read(const void *addr, size_t len) {
    uint64_t val = 0;
    memcpy(&val, addr, len > sizeof val ? sizeof val : len);
    return val;
}
WEAK void mem_write(void *addr, uint64_t val, size_t len) {
    memcpy(addr, &val, len > sizeof val ? sizeof val : len);
}
#endif

/* Stanford CS107, the older lab: whole pages, and the segment is reset when it is initialized. */
#define CS107_PAGE_BYTES 4096
WEAK void *heap_segment_start(void) { return machine->lo; }
WEAK size_t heap_segment_size(void) { return (size_t)(machine->brk - machine->lo); }
WEAK void *extend_heap_segment(size_t pages) {
    void *old;
    NOTE_CALL;
    if (pages > INTPTR_MAX / CS107_PAGE_BYTES) return NULL;
    old = machine->sbrk(machine->context, (int64_t)(pages * CS107_PAGE_BYTES));
    return old == (void *)-1 ? NULL : old;
}
WEAK void *init_heap_segment(size_t pages) {
    NOTE_CALL;
    machine->sbrk(machine->context, -(int64_t)(machine->brk - machine->lo));
    return extend_heap_segment(pages);
}

/* What ends the process, or copies it: the linker sends these calls here. They do not return. */
#define ENDS(function, parameters, number)                                                     \
    void *__wrap_##function parameters {                                                       \
        NOTE_CALL;                                                                             \
        machine->ended(#function, number, NULL);                                               \
        return NULL;                                                                           \
    }
ENDS(exit, (int status), status)
ENDS(_exit, (int status), status)
ENDS(_Exit, (int status), status)
ENDS(quick_exit, (int status), status)
ENDS(abort, (void), 0)
ENDS(fork, (void), 0)
ENDS(vfork, (void), 0)
ENDS(system, (void), 0)
ENDS(popen, (void), 0)
ENDS(execve, (void), 0)
ENDS(fopen, (void), 0)
ENDS(freopen, (void), 0)
ENDS(open, (void), 0)
ENDS(openat, (void), 0)
ENDS(creat, (void), 0)
ENDS(socket, (void), 0)
void __wrap___assert_fail(const char *condition, const char *file, unsigned line,
                          const char *function) {
    (void)file, (void)line, (void)function;
    NOTE_CALL;
    machine->ended("assert", 0, condition);
}

#ifdef HEAPLAB_CHECKED
#include "checked.c"
#endif
