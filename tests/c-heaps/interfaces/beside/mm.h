#include <stddef.h>
#include <stdint.h>

typedef _Bool bool_t;
#define YES 1

bool_t mm_init(void);
void *mm_malloc(uint32_t size);
void mm_free(void *ptr);
void *mm_realloc(void *ptr, uint32_t size);
