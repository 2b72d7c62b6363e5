/* For files without the course's own memlib.h. */
#ifndef HEAPLAB_MEMLIB_H
#define HEAPLAB_MEMLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* Moves the break; returns the old one, or (void *)-1. */
#ifndef HEAPLAB_OWN_mem_sbrk
extern void *mem_sbrk(intptr_t incr);
#endif
/* The first byte of the heap, and the last. */
#ifndef HEAPLAB_OWN_mem_heap_lo
extern void *mem_heap_lo(void);
#endif
#ifndef HEAPLAB_OWN_mem_heap_hi
extern void *mem_heap_hi(void);
#endif
#ifndef HEAPLAB_OWN_mem_heapsize
extern size_t mem_heapsize(void);
#endif
#ifndef HEAPLAB_OWN_mem_pagesize
extern size_t mem_pagesize(void);
#endif
#ifndef HEAPLAB_OWN_mem_init
extern void mem_init(void);
#endif
#ifndef HEAPLAB_OWN_mem_deinit
extern void mem_deinit(void);
#endif
#ifndef HEAPLAB_OWN_mem_reset_brk
extern void mem_reset_brk(void);
#endif

/* CMU since 2016: loads and stores as calls. */
extern uint64_t mem_read(const void *addr, size_t len);
extern void mem_write(void *addr, uint64_t val, size_t len);
extern void *mem_memcpy(void *dst, const void *src, size_t n);
extern void *mem_memset(void *dst, int c, size_t n);

#endif
