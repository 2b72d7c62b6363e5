/* For files without the course's own allocator_interface.h (MIT 6.172). */
#ifndef HEAPLAB_ALLOCATOR_INTERFACE_H
#define HEAPLAB_ALLOCATOR_INTERFACE_H

#include <stddef.h>

typedef struct {
    int (*init)(void);
    void *(*malloc)(size_t size);
    void *(*realloc)(void *ptr, size_t size);
    void (*free)(void *ptr);
    int (*check)(void);
    void (*reset_brk)(void);
    void *(*heap_lo)(void);
    void *(*heap_hi)(void);
} malloc_impl_t;

int my_init(void);
void *my_malloc(size_t size);
void *my_realloc(void *ptr, size_t size);
void my_free(void *ptr);
int my_check(void);
void my_reset_brk(void);
void *my_heap_lo(void);
void *my_heap_hi(void);

#endif
