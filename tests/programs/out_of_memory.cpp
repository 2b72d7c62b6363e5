// What C++ does when memory runs out: it asks the handler until there is none, then throws.
#include <cstdio>
#include <new>

static int calls = 0;

static void handler() {
    if (++calls == 2) std::set_new_handler(nullptr);
}

int main() {
    volatile std::size_t absurd = (std::size_t)1 << 62;
    std::set_new_handler(handler);
    try {
        char *block = new char[absurd];
        std::printf("%p\n", (void *)block);
    } catch (const std::bad_alloc &) {
        std::printf("bad_alloc after %d calls\n", calls);
    }
    std::printf("%d\n", new (std::nothrow) char[absurd] == nullptr);
    int *after = new int[3];
    delete[] after;
    std::puts("done");
}
