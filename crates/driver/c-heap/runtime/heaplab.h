/* The machine as C sees it: one table, which the command fills after it has loaded the file.
   Everything that C code asks of heaplab goes through it. The Rust side is `src/machine.rs`:
   the two list the same fields in the same order. */
#ifndef HEAPLAB_RUNTIME_H
#define HEAPLAB_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

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
    /* A function of the C code begins (`pc` is in its caller) and ends. */
    void (*enter)(void *context, const void *function, const void *pc);
    void (*leave)(void *context);
};

/* Connects the loaded object to a machine. NULL disconnects it. */
void heaplab_connect(struct heaplab_machine *machine);

#endif
