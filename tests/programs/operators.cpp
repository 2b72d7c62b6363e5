// Every form of operator new and delete once, in a known order, each block freed. The
// recording must hold exactly these calls after the marker, whatever allocator is linked.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <unistd.h>

static void must(bool condition) {
    if (!condition) std::_Exit(99);
}

int main() {
    using std::align_val_t;
    using std::nothrow;
    const align_val_t align{64};

    void *marker = std::malloc(123457);
    void *block[9];
    block[0] = ::operator new(10);
    block[1] = ::operator new[](20);
    block[2] = ::operator new(30, nothrow);
    block[3] = ::operator new[](40, nothrow);
    block[4] = ::operator new(64, align);
    block[5] = ::operator new[](128, align);
    block[6] = ::operator new(192, align, nothrow);
    block[7] = ::operator new[](256, align, nothrow);
    block[8] = ::operator new(50);
    for (void *each : block) must(each != nullptr);
    for (int i = 4; i < 8; i++) must((std::size_t)block[i] % 64 == 0);

    ::operator delete(block[0]);
    ::operator delete[](block[1]);
    ::operator delete(block[2], nothrow);
    ::operator delete[](block[3], nothrow);
    ::operator delete(block[4], align);
    ::operator delete[](block[5], 128, align);
    ::operator delete(block[6], align, nothrow);
    ::operator delete[](block[7], align, nothrow);
    ::operator delete(block[8], 50);
    ::operator delete(nullptr);

    // Sized forms of arrays, and a C block between them.
    block[0] = ::operator new[](60);
    void *plain = std::calloc(7, 10);
    block[1] = ::operator new(320, align);
    ::operator delete[](block[0], 60);
    std::free(plain);
    ::operator delete(block[1], 320, align);
    std::free(marker);
    must(write(1, "done\n", 5) == 5);
    std::_Exit(0);
}
