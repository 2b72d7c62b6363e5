/* First fit over one region, with a lock, all of malloc's names, and calls between them:
   calloc calls malloc, and realloc calls all three. The region is mapped by a
   constructor. A thread-local counter needs room for thread-local variables. */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

typedef struct Block {
    size_t size; /* of the payload */
    size_t is_free;
    struct Block *next; /* in address order */
    size_t padding;     /* the payload is aligned to 16 bytes */
} Block;

enum { REGION = 1 << 30 };

static Block *first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread unsigned long calls;

__attribute__((constructor)) static void set_up(void) {
    if (first != NULL) return;
    void *region = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return;
    first = region;
    first->size = REGION - sizeof(Block);
    first->is_free = 1;
    first->next = NULL;
}

static void merge(Block *block) {
    while (block->next != NULL && block->next->is_free) {
        block->size += sizeof(Block) + block->next->size;
        block->next = block->next->next;
    }
}

void *malloc(size_t size) {
    calls++;
    size = (size + 15) & ~(size_t)15;
    set_up();
    pthread_mutex_lock(&lock);
    for (Block *block = first; block != NULL; block = block->next) {
        if (!block->is_free) continue;
        merge(block);
        if (block->size < size) continue;
        if (block->size >= size + sizeof(Block) + 16) {
            Block *rest = (Block *)((char *)(block + 1) + size);
            rest->size = block->size - size - sizeof(Block);
            rest->is_free = 1;
            rest->next = block->next;
            block->next = rest;
            block->size = size;
        }
        block->is_free = 0;
        pthread_mutex_unlock(&lock);
        return block + 1;
    }
    pthread_mutex_unlock(&lock);
    errno = ENOMEM;
    return NULL;
}

void free(void *pointer) {
    if (pointer == NULL) return;
    Block *block = (Block *)((uintptr_t *)pointer - 4);
    /* An aligned block has the address of its block in front of it. */
    if (block->is_free > 1) block = (Block *)block->is_free;
    pthread_mutex_lock(&lock);
    block->is_free = 1;
    pthread_mutex_unlock(&lock);
}

size_t malloc_usable_size(void *pointer) {
    if (pointer == NULL) return 0;
    return ((Block *)pointer - 1)->size;
}

void *calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    void *block = malloc(count * size);
    if (block != NULL) memset(block, 0, count * size);
    return block;
}

void *realloc(void *pointer, size_t size) {
    if (pointer == NULL) return malloc(size);
    size_t before = malloc_usable_size(pointer);
    if (size <= before) return pointer;
    void *larger = malloc(size);
    if (larger == NULL) return NULL;
    memcpy(larger, pointer, before);
    free(pointer);
    return larger;
}

void *memalign(size_t align, size_t size) {
    if (align <= 16) return malloc(size);
    void *block = malloc(size + align + sizeof(Block));
    if (block == NULL) return NULL;
    uintptr_t at = ((uintptr_t)block + sizeof(Block) + align - 1) & ~(uintptr_t)(align - 1);
    Block *header = (Block *)at - 1;
    header->size = (uintptr_t)block + malloc_usable_size(block) - at;
    header->is_free = (uintptr_t)((Block *)block - 1);
    header->next = NULL;
    return (void *)at;
}

int posix_memalign(void **made, size_t align, size_t size) {
    *made = memalign(align, size);
    return *made == NULL ? ENOMEM : 0;
}

void *aligned_alloc(size_t align, size_t size) { return memalign(align, size); }
