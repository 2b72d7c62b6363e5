/* For files without the course's own allocator.h (Stanford CS107). `myinit` is not declared: it
   differs between the years. */
#ifndef HEAPLAB_ALLOCATOR_H
#define HEAPLAB_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

#ifndef ALIGNMENT
#define ALIGNMENT 8
#endif
#ifndef MAX_REQUEST_SIZE
#define MAX_REQUEST_SIZE (1 << 30)
#endif

extern void *mymalloc(size_t requested_size);
extern void *myrealloc(void *old_ptr, size_t new_size);
extern void myfree(void *ptr);
extern bool validate_heap(void);

#endif
