/* One access a function, to see whether each is reported (src/self_test.rs). The functions are
   not compiled into their caller, so that each access stays as it is written here. */
#include <stdint.h>
#include <string.h>

#ifdef __clang__
#define ALONE __attribute__((noinline)) static
#else
/* gcc may still move a load into the caller. */
#define ALONE __attribute__((noinline, noipa)) static
#endif

struct three { int64_t a, b, c; };
struct bits { unsigned low : 3, high : 29; };

ALONE void store_1(char *at) { *at = 1; }
ALONE void store_2(char *at) { *(uint16_t *)at = 1; }
ALONE void store_4(char *at) { *(uint32_t *)at = 1; }
ALONE void store_8(char *at) { *(uint64_t *)at = 1; }
ALONE int load_1(char *at) { return *(signed char *)at; }
ALONE int load_2(char *at) { return *(int16_t *)at; }
ALONE int load_4(char *at) { return *(int32_t *)at; }
ALONE long load_8(char *at) { return *(int64_t *)at; }
ALONE void copy_struct(char *at) { *(struct three *)at = *(struct three *)(at + 64); }
ALONE void store_bits(char *at) { ((struct bits *)at)->high = 5; }
ALONE void set_8(char *at) { memset(at, 0, 8); }
ALONE void set_100(char *at) { memset(at, 7, 100); }
ALONE void copy_8(char *at) { memcpy(at, at + 64, 8); }
ALONE void copy_100(char *at) { memmove(at, at + 128, 100); }
ALONE void set_by_loop(char *at) { for (int i = 0; i < 32; i++) at[i] = 0; }
ALONE int add_1(char *at) { return ++*(int *)at; }
ALONE int exchange(char *at) { return __atomic_exchange_n((int *)at, 1, __ATOMIC_SEQ_CST); }

long heaplab_self_test(char *at) {
    long sum = 0;
    store_1(at + 1), store_2(at + 2), store_4(at + 4), store_8(at + 8);
    sum += load_1(at + 1) + load_2(at + 2) + load_4(at + 4) + load_8(at + 8);
    copy_struct(at), store_bits(at), set_8(at), set_100(at), copy_8(at), copy_100(at);
    set_by_loop(at);
    sum += add_1(at) + exchange(at);
    return sum;
}

/* For the program that is made of this file where it can't be loaded. */
void *heaplab_self_test_none(size_t size) { (void)size; return NULL; }
