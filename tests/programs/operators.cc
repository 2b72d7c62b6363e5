// operator new and delete in every form: prints what is wrong. It makes 4002 blocks, or a
// few more as the C++ library starts, and never calls malloc itself.
#include <cstdint>
#include <cstdio>
#include <new>

static int handled;

static void give_up_in_the_third_call() {
    if (++handled == 3) std::set_new_handler(nullptr);
}

static int is_aligned(void *block, std::uintptr_t align) {
    return block != nullptr && reinterpret_cast<std::uintptr_t>(block) % align == 0;
}

int main() {
    int wrong = 0;
    for (int i = 0; i < 500; i++) {
        void *block = operator new(100);
        operator delete(block);
        block = operator new[](100);
        operator delete[](block);
        block = operator new(100);
        operator delete(block, std::size_t(100));
        block = operator new[](100, std::nothrow);
        operator delete[](block, std::nothrow);
        block = operator new(100, std::align_val_t(256));
        wrong |= !is_aligned(block, 256);
        operator delete(block, std::align_val_t(256));
        block = operator new[](100, std::align_val_t(512));
        wrong |= !is_aligned(block, 512);
        operator delete[](block, std::size_t(100), std::align_val_t(512));
        block = operator new(100, std::align_val_t(64), std::nothrow);
        wrong |= !is_aligned(block, 64);
        operator delete(block, std::align_val_t(64), std::nothrow);
        block = operator new[](100, std::align_val_t(4096), std::nothrow);
        wrong |= !is_aligned(block, 4096);
        operator delete[](block, std::align_val_t(4096), std::nothrow);
    }
    volatile std::size_t huge = ~std::size_t(0) / 2;
    wrong |= operator new(huge, std::nothrow) != nullptr;
    std::set_new_handler(give_up_in_the_third_call);
    try {
        operator delete(operator new(huge));
        wrong = 1;
    } catch (std::bad_alloc &) {
    }
    wrong |= handled != 3;
    delete[] new int[2];
    operator delete(operator new(1));
    std::puts(wrong ? "not as it should be" : "as it should be");
    return wrong;
}
