/* The checked build's half of the runtime, included by runtime.c: every load and store of the
 * allocator comes by here.
 *
 * The compiler puts a call of `__tsan_read4` before each load of 4 bytes, and so on, because the
 * allocator is compiled with -fsanitize=thread; the library of that sanitizer is not linked. The
 * linker sends calls of `memset` and its like to `__wrap_memset`, because it gets the option
 * --wrap=memset (`WRAPPED` in src/wrapped.rs lists them all). This file itself is compiled without
 * either, and with -fno-builtin.
 *
 * A function of the table does not return if the access breaks a rule: it unwinds out of the
 * allocator, so all C code is compiled with -fexceptions. */

#define HERE ((const void *)__builtin_return_address(0))

static inline int in_machine(const volatile void *at) {
    return (uintptr_t)at - machine->base < machine->bytes;
}

/* Whether these bytes are of a variable of this library, or of one on the stack. The variables of
   this runtime are not the allocator's: an array that is left may lead there. */
static inline int is_own(const volatile void *at, size_t size) {
    uintptr_t addr = (uintptr_t)at, image = machine->image_start;
    uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
    int is_of_runtime =
        (addr < (uintptr_t)(&unconnected + 1) && addr + size > (uintptr_t)&unconnected)
        || (addr < (uintptr_t)(&machine + 1) && addr + size > (uintptr_t)&machine);
    return (addr - image < machine->image_end - image && size <= machine->image_end - addr
            && (!is_of_runtime || machine == &unconnected))
        || (addr - stack < machine->stack_high - stack && size <= machine->stack_high - addr);
}

static inline void load(const volatile void *at, size_t size, const void *pc) {
    if (in_machine(at) || !(size == 0 || is_own(at, size)))
        machine->load(machine->context, (const void *)at, size, pc);
}

static inline void store(volatile void *at, size_t size, const void *pc) {
    if (in_machine(at) || !(size == 0 || is_own(at, size)))
        machine->store(machine->context, (void *)at, size, pc);
}

/* A load of bytes that are only copied, so that they may have no meaning. */
static inline void load_to_copy(const volatile void *at, size_t size, const void *pc) {
    if (in_machine(at) || !(size == 0 || is_own(at, size)))
        machine->load_to_copy(machine->context, (const void *)at, size, pc);
}

static inline void copy(const void *from, void *to, size_t size, const void *pc) {
    if (in_machine(from) && in_machine(to)) {
        machine->copy(machine->context, to, from, size, pc);
    } else {
        load_to_copy(from, size, pc);
        store(to, size, pc);
    }
}

static inline void fill(void *at, size_t size, const void *pc) {
    if (in_machine(at))
        machine->fill(machine->context, at, size, pc);
    else
        store(at, size, pc);
}

/* ---- what the compiler calls ---- */

void __tsan_init(void) {}

#ifdef HEAPLAB_LOCAL
void heaplab_entered(const void *called_at);
void heaplab_left(void);
#else
#define heaplab_entered(called_at) ((void)0)
#define heaplab_left() ((void)0)
#endif

void __tsan_func_entry(void *called_at) {
    heaplab_entered(called_at);
    uint64_t depth = machine->depth++;
    if (depth < HEAPLAB_MOST_CALLS)
        machine->calls[depth] = called_at;
}

void __tsan_func_exit(void) {
    heaplab_left();
    if (machine->depth > 0)
        machine->depth--;
}

#define OF_SIZE(size)                                                                 \
    void __tsan_read##size(void *at) { load(at, size, HERE); }                        \
    void __tsan_write##size(void *at) { store(at, size, HERE); }                      \
    void __tsan_unaligned_read##size(void *at) { load(at, size, HERE); }              \
    void __tsan_unaligned_write##size(void *at) { store(at, size, HERE); }            \
    void __tsan_volatile_read##size(void *at) { load(at, size, HERE); }               \
    void __tsan_volatile_write##size(void *at) { store(at, size, HERE); }             \
    void __tsan_unaligned_volatile_read##size(void *at) { load(at, size, HERE); }     \
    void __tsan_unaligned_volatile_write##size(void *at) { store(at, size, HERE); }   \
    void __tsan_read_write##size(void *at) {                                          \
        load(at, size, HERE);                                                         \
        store(at, size, HERE);                                                        \
    }                                                                                 \
    void __tsan_unaligned_read_write##size(void *at) {                                \
        load(at, size, HERE);                                                         \
        store(at, size, HERE);                                                        \
    }
OF_SIZE(1)
OF_SIZE(2)
OF_SIZE(4)
OF_SIZE(8)
OF_SIZE(16)

/* The copy of a struct is a read of a range and a write of another. */
void __tsan_read_range(void *at, size_t size) { load_to_copy(at, size, HERE); }
void __tsan_write_range(void *at, size_t size) { store(at, size, HERE); }

void __tsan_vptr_read(void **at) { load(at, sizeof *at, HERE); }
void __tsan_vptr_update(void **at, void *value) {
    (void)value;
    store(at, sizeof *at, HERE);
}

#define ATOMICS(bits, type)                                                                    \
    type __tsan_atomic##bits##_load(const volatile type *at, int order) {                      \
        (void)order;                                                                           \
        load(at, sizeof *at, HERE);                                                            \
        return *at;                                                                            \
    }                                                                                          \
    void __tsan_atomic##bits##_store(volatile type *at, type value, int order) {               \
        (void)order;                                                                           \
        store(at, sizeof *at, HERE);                                                           \
        *at = value;                                                                           \
    }                                                                                          \
    type __tsan_atomic##bits##_exchange(volatile type *at, type value, int order) {            \
        (void)order;                                                                           \
        load(at, sizeof *at, HERE);                                                            \
        store(at, sizeof *at, HERE);                                                           \
        return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                               \
    }                                                                                          \
    FETCH(bits, type, add)                                                                     \
    FETCH(bits, type, sub)                                                                     \
    FETCH(bits, type, and)                                                                     \
    FETCH(bits, type, or)                                                                      \
    FETCH(bits, type, xor)                                                                     \
    FETCH(bits, type, nand)                                                                    \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile type *at, type *expected,       \
                                                      type value, int order, int failed) {     \
        (void)order, (void)failed;                                                             \
        load(at, sizeof *at, HERE);                                                            \
        store(at, sizeof *at, HERE);                                                           \
        return __atomic_compare_exchange_n(at, expected, value, 0, __ATOMIC_SEQ_CST,           \
                                           __ATOMIC_SEQ_CST);                                  \
    }                                                                                          \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile type *at, type *expected,         \
                                                    type value, int order, int failed) {       \
        (void)order, (void)failed;                                                             \
        load(at, sizeof *at, HERE);                                                            \
        store(at, sizeof *at, HERE);                                                           \
        return __atomic_compare_exchange_n(at, expected, value, 0, __ATOMIC_SEQ_CST,           \
                                           __ATOMIC_SEQ_CST);                                  \
    }                                                                                          \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected,          \
                                                    type value, int order, int failed) {       \
        (void)order, (void)failed;                                                             \
        load(at, sizeof *at, HERE);                                                            \
        store(at, sizeof *at, HERE);                                                           \
        __atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_SEQ_CST,                 \
                                    __ATOMIC_SEQ_CST);                                         \
        return expected;                                                                       \
    }
#define FETCH(bits, type, work)                                                                \
    type __tsan_atomic##bits##_fetch_##work(volatile type *at, type value, int order) {        \
        (void)order;                                                                           \
        load(at, sizeof *at, HERE);                                                            \
        store(at, sizeof *at, HERE);                                                           \
        return __atomic_fetch_##work(at, value, __ATOMIC_SEQ_CST);                             \
    }
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
#if UINTPTR_MAX > UINT32_MAX
ATOMICS(64, uint64_t)
#endif

void __tsan_atomic_thread_fence(int order) {
    (void)order;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
void __tsan_atomic_signal_fence(int order) { (void)order; }

/* ---- what the linker sends here instead of to the C library ---- */

void *__real_memset(void *, int, size_t);
void *__real_memcpy(void *, const void *, size_t);
void *__real_memmove(void *, const void *, size_t);
int __real_memcmp(const void *, const void *, size_t);
size_t __real_strlen(const char *);

void *__wrap_memset(void *at, int byte, size_t size) {
    fill(at, size, HERE);
    return __real_memset(at, byte, size);
}

void *__wrap_memcpy(void *to, const void *from, size_t size) {
    copy(from, to, size, HERE);
    /* Bytes that overlap are copied as memmove does it: what else happens is luck. */
    return __real_memmove(to, from, size);
}

void *__wrap_memmove(void *to, const void *from, size_t size) {
    copy(from, to, size, HERE);
    return __real_memmove(to, from, size);
}

void *__wrap_mempcpy(void *to, const void *from, size_t size) {
    copy(from, to, size, HERE);
    return (char *)__real_memmove(to, from, size) + size;
}

void __wrap_bzero(void *at, size_t size) {
    fill(at, size, HERE);
    __real_memset(at, 0, size);
}

void __wrap_explicit_bzero(void *at, size_t size) {
    fill(at, size, HERE);
    __real_memset(at, 0, size);
}

void __wrap_bcopy(const void *from, void *to, size_t size) {
    copy(from, to, size, HERE);
    __real_memmove(to, from, size);
}

/* Newer compilers call these by themselves. */
void *__tsan_memset(void *at, int byte, size_t size) {
    fill(at, size, HERE);
    return __real_memset(at, byte, size);
}
void *__tsan_memcpy(void *to, const void *from, size_t size) {
    copy(from, to, size, HERE);
    return __real_memmove(to, from, size);
}
void *__tsan_memmove(void *to, const void *from, size_t size) {
    copy(from, to, size, HERE);
    return __real_memmove(to, from, size);
}

/* The same with the courses' names: the place is the caller's. */
WEAK void *mem_memcpy(void *to, const void *from, size_t size) {
    copy(from, to, size, HERE);
    return __real_memmove(to, from, size);
}
WEAK void *mem_memset(void *at, int byte, size_t size) {
    fill(at, size, HERE);
    return __real_memset(at, byte, size);
}
WEAK void *mm_memcpy(void *to, const void *from, size_t size) {
    copy(from, to, size, HERE);
    return __real_memmove(to, from, size);
}
WEAK void *mm_memset(void *at, int byte, size_t size) {
    fill(at, size, HERE);
    return __real_memset(at, byte, size);
}
WEAK uint64_t mem_read(const void *at, size_t size) {
    uint64_t value = 0;
    size = size > sizeof value ? sizeof value : size;
    load(at, size, HERE);
    __real_memcpy(&value, at, size);
    return value;
}
WEAK void mem_write(void *at, uint64_t value, size_t size) {
    size = size > sizeof value ? sizeof value : size;
    store(at, size, HERE);
    __real_memcpy(at, &value, size);
}

/* These read byte by byte, so that a string is not read past its end. */
int __wrap_memcmp(const void *one, const void *other, size_t size) {
    const unsigned char *a = one, *b = other;
    for (size_t i = 0; i < size; i++) {
        load(a + i, 1, HERE);
        load(b + i, 1, HERE);
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

int __wrap_bcmp(const void *one, const void *other, size_t size) {
    const unsigned char *a = one, *b = other;
    for (size_t i = 0; i < size; i++) {
        load(a + i, 1, HERE);
        load(b + i, 1, HERE);
        if (a[i] != b[i])
            return 1;
    }
    return 0;
}

void *__wrap_memchr(const void *at, int byte, size_t size) {
    const unsigned char *a = at;
    for (size_t i = 0; i < size; i++) {
        load(a + i, 1, HERE);
        if (a[i] == (unsigned char)byte)
            return (void *)(a + i);
    }
    return NULL;
}

/* Returns the length of a string in front of its end, after reading it. */
static inline size_t length(const char *text, size_t most, const void *pc) {
    size_t size = 0;
    while (size < most) {
        load(text + size, 1, pc);
        if (text[size] == 0)
            break;
        size++;
    }
    return size;
}

size_t __wrap_strlen(const char *text) { return length(text, SIZE_MAX, HERE); }
size_t __wrap_strnlen(const char *text, size_t most) { return length(text, most, HERE); }

char *__wrap_strcpy(char *to, const char *from) {
    size_t size = length(from, SIZE_MAX, HERE) + 1;
    store(to, size, HERE);
    return __real_memmove(to, from, size);
}

char *__wrap_stpcpy(char *to, const char *from) {
    size_t size = length(from, SIZE_MAX, HERE);
    store(to, size + 1, HERE);
    return (char *)__real_memmove(to, from, size + 1) + size;
}

char *__wrap_strncpy(char *to, const char *from, size_t size) {
    size_t copied = length(from, size, HERE);
    store(to, size, HERE);
    __real_memmove(to, from, copied);
    __real_memset(to + copied, 0, size - copied);
    return to;
}

char *__wrap_strcat(char *to, const char *from) {
    size_t old = length(to, SIZE_MAX, HERE), size = length(from, SIZE_MAX, HERE) + 1;
    store(to + old, size, HERE);
    __real_memmove(to + old, from, size);
    return to;
}

char *__wrap_strncat(char *to, const char *from, size_t most) {
    size_t old = length(to, SIZE_MAX, HERE), size = length(from, most, HERE);
    store(to + old, size + 1, HERE);
    __real_memmove(to + old, from, size);
    to[old + size] = 0;
    return to;
}

int __wrap_strcmp(const char *one, const char *other) {
    for (size_t i = 0;; i++) {
        load(one + i, 1, HERE);
        load(other + i, 1, HERE);
        unsigned char a = (unsigned char)one[i], b = (unsigned char)other[i];
        if (a != b || a == 0)
            return (a > b) - (a < b);
    }
}

int __wrap_strncmp(const char *one, const char *other, size_t most) {
    for (size_t i = 0; i < most; i++) {
        load(one + i, 1, HERE);
        load(other + i, 1, HERE);
        unsigned char a = (unsigned char)one[i], b = (unsigned char)other[i];
        if (a != b || a == 0)
            return (a > b) - (a < b);
    }
    return 0;
}

char *__wrap_strchr(const char *text, int letter) {
    for (size_t i = 0;; i++) {
        load(text + i, 1, HERE);
        if (text[i] == (char)letter)
            return (char *)(text + i);
        if (text[i] == 0)
            return NULL;
    }
}

char *__wrap_strrchr(const char *text, int letter) {
    const char *last = NULL;
    for (size_t i = 0;; i++) {
        load(text + i, 1, HERE);
        if (text[i] == (char)letter)
            last = text + i;
        if (text[i] == 0)
            return (char *)last;
    }
}

void *__wrap_memrchr(const void *at, int byte, size_t size) {
    const unsigned char *a = at;
    while (size-- > 0) {
        load(a + size, 1, HERE);
        if (a[size] == (unsigned char)byte)
            return (void *)(a + size);
    }
    return NULL;
}

char *__wrap_strstr(const char *text, const char *word) {
    size_t size = length(word, SIZE_MAX, HERE);
    for (size_t at = 0;; at++) {
        size_t same = 0;
        while (same < size) {
            load(text + at + same, 1, HERE);
            if (text[at + same] != word[same])
                break;
            same++;
        }
        if (same == size)
            return (char *)(text + at);
        if (text[at] == 0)
            return NULL;
    }
}

/* A hardened program says how much room it knows to be there, and ends if that is too little. */
static inline void expect_room(size_t size, size_t room) {
    if (size > room)
        __wrap_abort();
}

void *__wrap___memset_chk(void *at, int byte, size_t size, size_t room) {
    fill(at, size, HERE);
    expect_room(size, room);
    return __real_memset(at, byte, size);
}

void *__wrap___memcpy_chk(void *to, const void *from, size_t size, size_t room) {
    copy(from, to, size, HERE);
    expect_room(size, room);
    return __real_memmove(to, from, size);
}

void *__wrap___memmove_chk(void *to, const void *from, size_t size, size_t room) {
    copy(from, to, size, HERE);
    expect_room(size, room);
    return __real_memmove(to, from, size);
}

void *__wrap___mempcpy_chk(void *to, const void *from, size_t size, size_t room) {
    copy(from, to, size, HERE);
    expect_room(size, room);
    return (char *)__real_memmove(to, from, size) + size;
}

char *__wrap___strcpy_chk(char *to, const char *from, size_t room) {
    size_t size = length(from, SIZE_MAX, HERE) + 1;
    store(to, size, HERE);
    expect_room(size, room);
    return __real_memmove(to, from, size);
}

char *__wrap___stpcpy_chk(char *to, const char *from, size_t room) {
    size_t size = length(from, SIZE_MAX, HERE);
    store(to, size + 1, HERE);
    expect_room(size + 1, room);
    return (char *)__real_memmove(to, from, size + 1) + size;
}

char *__wrap___strncpy_chk(char *to, const char *from, size_t size, size_t room) {
    size_t copied = length(from, size, HERE);
    store(to, size, HERE);
    expect_room(size, room);
    __real_memmove(to, from, copied);
    __real_memset(to + copied, 0, size - copied);
    return to;
}

char *__wrap___strcat_chk(char *to, const char *from, size_t room) {
    size_t old = length(to, SIZE_MAX, HERE), size = length(from, SIZE_MAX, HERE) + 1;
    store(to + old, size, HERE);
    expect_room(old + size, room);
    __real_memmove(to + old, from, size);
    return to;
}

char *__wrap___strncat_chk(char *to, const char *from, size_t most, size_t room) {
    size_t old = length(to, SIZE_MAX, HERE), size = length(from, most, HERE);
    store(to + old, size + 1, HERE);
    expect_room(old + size + 1, room);
    __real_memmove(to + old, from, size);
    to[old + size] = 0;
    return to;
}
