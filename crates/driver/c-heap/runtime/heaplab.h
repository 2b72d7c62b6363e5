/* The machine as C sees it: one table, which the command fills after it has loaded the file.
   Everything that C code asks of heaplab goes through it. The Rust side is `src/machine.rs`:
   the two list the same fields in the same order. */
#ifndef HEAPLAB_RUNTIME_H
#define HEAPLAB_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

/* Of a deeper recursion only the outermost calls are known. */
#define HEAPLAB_MOST_CALLS 1024

struct heaplab_machine {
    /* The machine that the functions below belong to: their first argument. */
    void *context;
    /* The first byte of the heap, and the break: the first byte past it. Always up to date. */
    char *lo;
    char *brk;
    /* The most bytes that the heap may have. */
    uint64_t limit;
    /* Moves the break; returns the old one, or (void *)-1 with nothing changed. */
    void *(*sbrk)(void *context, int64_t increment);

    /* Only called by the checked build, before each access of the C code. `pc` is the return
       address of the call that reports it: the place in the C code. */
    void (*load)(void *context, const void *addr, uint64_t size, const void *pc);
    void (*store)(void *context, void *addr, uint64_t size, const void *pc);
    void (*copy)(void *context, void *to, const void *from, uint64_t size, const void *pc);
    void (*fill)(void *context, void *addr, uint64_t size, const void *pc);
    /* The same as `load`, of bytes that are only copied: they may have no meaning. */
    void (*load_to_copy)(void *context, const void *addr, uint64_t size, const void *pc);
    /* The C code calls a function that ends the process, or starts another. Does not return. */
    void (*ended)(const char *function, int64_t number, const char *text);
    /* Where the machine's address 0 is, and how large the machine is. */
    uintptr_t base;
    uintptr_t bytes;
    /* The end of the stack of the calling thread: accesses below it are of local variables. */
    uintptr_t stack_high;
    /* This library in memory: accesses there are of global variables. Filled by C. */
    uintptr_t image_start;
    uintptr_t image_end;
    /* Where `sbrk` was called, or a function that ends the process. Filled by C. */
    const void *sbrk_pc;
    /* How many functions of the C code run, and where each was called. Filled by the checked
       build. */
    uint64_t depth;
    const void *calls[HEAPLAB_MOST_CALLS];
};

/* Connects the loaded object to a machine. NULL disconnects it. */
void heaplab_connect(struct heaplab_machine *machine);

#endif
