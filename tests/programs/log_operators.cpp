// C++'s operators in their common forms, and a vector of structures that grows.
#include <cstdlib>
#include <mcheck.h>
#include <new>
#include <vector>

struct alignas(64) Line {
    char bytes[128];
};

struct Node {
    Node *next;
    int value;
};

int main() {
    mtrace();
    int *one = new int(1);
    int *many = new int[10];
    Line *line = new Line;
    Line *lines = new Line[3];
    double *quiet = new (std::nothrow) double[5];
    Node *list = nullptr;
    for (int i = 0; i < 5; i++) list = new Node{list, i};
    {
        std::vector<Node> nodes;
        for (int i = 0; i < 20; i++) nodes.push_back(Node{nullptr, i});
    }
    void *mixed = std::malloc(33);
    delete one;
    delete[] many;
    delete line;
    while (list != nullptr) {
        Node *next = list->next;
        delete list;
        list = next;
    }
    delete[] lines;
    std::free(mixed);
    delete[] quiet;
    delete static_cast<int *>(nullptr);
}
