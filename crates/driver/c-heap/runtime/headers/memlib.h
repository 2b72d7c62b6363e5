/* For files without the course's own memlib.h. */
#ifndef HEAPLAB_MEMLIB_H
#define HEAPLAB_MEMLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* Moves the break; returns the old one, or (void *)-1. */
extern void *mem_sbrk(intptr_t incr);
/* The first byte of the heap, and the last. */
extern void *mem_heap_lo(void);
extern void *mem_heap_hi(void);
extern size_t mem_heapsize(void);
extern size_t mem_pagesize(void);
extern void mem_init(void);
extern void mem_deinit(void);
extern void mem_reset_brk(void);

/* CMU since 2016: loads and stores as calls. */
extern uint64_t mem_read(const void *addr, size_t len);
extern void mem_write(void *addr, uint64_t val, size_t len);
extern void *mem_memcpy(void *dst, const void *src, size_t n);
extern void *mem_memset(void *dst, int c, size_t n);

#endif
