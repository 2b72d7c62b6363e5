/* For files without the course's own segment.h (Stanford CS107, the older lab). */
#ifndef HEAPLAB_SEGMENT_H
#define HEAPLAB_SEGMENT_H

#include <stddef.h>

#define PAGE_SIZE 4096

extern void *init_heap_segment(size_t npages);
extern void *extend_heap_segment(size_t npages);
extern void *heap_segment_start(void);
extern size_t heap_segment_size(void);

#endif
