/* For files without the course's own mm.h. What differs between courses is not declared:
   mm_init (int or bool) and mm_checkheap (void, int or bool). A declaration that the file makes
   in another way is left out: the file is compiled again with HEAPLAB_OWN_mm_malloc and its like. */
#ifndef HEAPLAB_MM_H
#define HEAPLAB_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifndef HEAPLAB_OWN_mm_malloc
extern void *mm_malloc(size_t size);
#endif
#ifndef HEAPLAB_OWN_mm_free
extern void mm_free(void *ptr);
#endif
#ifndef HEAPLAB_OWN_mm_realloc
extern void *mm_realloc(void *ptr, size_t size);
#endif
#ifndef HEAPLAB_OWN_mm_calloc
extern void *mm_calloc(size_t nmemb, size_t size);
#endif

/* CS:APP's lab asks for a variable `team`. */
#ifndef HEAPLAB_OWN_team_t
typedef struct {
    char *teamname;
    char *name1;
    char *id1;
    char *name2;
    char *id2;
} team_t;
#ifndef HEAPLAB_OWN_team
extern team_t team;
#endif
#endif

/* Seoul National University gives mm_init a list of the payloads. */
typedef struct range_t {
    char *lo;
    char *hi;
    struct range_t *next;
} range_t;

/* Penn State's names for memlib.h. */
extern void *mm_sbrk(intptr_t increment);
extern void *mm_heap_lo(void);
extern void *mm_heap_hi(void);
extern size_t mm_heapsize(void);
extern size_t mm_pagesize(void);
extern void *mm_memcpy(void *dst, const void *src, size_t n);
extern void *mm_memset(void *dst, int c, size_t n);

#endif
