// A plug-in in C++, which brings the C++ library into a program that began without it.
#include <cstdio>
#include <new>
#include <string>
#include <vector>

struct alignas(128) Wide {
    char bytes[256];
};

extern "C" int run_plugin() {
    std::vector<std::string> words;
    for (int i = 0; i < 100; i++) words.push_back(std::string(100 + i, 'x'));
    delete new Wide;
    volatile std::size_t absurd = (std::size_t)1 << 62;
    try {
        delete[] new char[absurd];
    } catch (const std::bad_alloc &) {
        std::puts("bad_alloc");
    }
    return (int)words.size();
}
