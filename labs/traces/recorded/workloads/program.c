/* A program for the compiler to chew on: an interpreter for a stack machine. */
#include <stddef.h>

enum op { PUSH, ADD, SUB, MUL, DUP, SWAP, DROP, JUMP, JUMP_IF_ZERO, CALL, RETURN, HALT };

struct instruction { enum op op; long operand; };
struct machine { long stack[256]; size_t depth; size_t calls[64]; size_t call_depth; };

static long pop(struct machine *m) { return m->depth ? m->stack[--m->depth] : 0; }
static void push(struct machine *m, long v) { if (m->depth < 256) m->stack[m->depth++] = v; }

long run(struct machine *m, const struct instruction *code, size_t length) {
    for (size_t at = 0; at < length; at++) {
        long a, b;
        switch (code[at].op) {
        case PUSH: push(m, code[at].operand); break;
        case ADD: a = pop(m); b = pop(m); push(m, b + a); break;
        case SUB: a = pop(m); b = pop(m); push(m, b - a); break;
        case MUL: a = pop(m); b = pop(m); push(m, b * a); break;
        case DUP: a = pop(m); push(m, a); push(m, a); break;
        case SWAP: a = pop(m); b = pop(m); push(m, a); push(m, b); break;
        case DROP: pop(m); break;
        case JUMP: at = (size_t)code[at].operand - 1; break;
        case JUMP_IF_ZERO: if (!pop(m)) at = (size_t)code[at].operand - 1; break;
        case CALL:
            if (m->call_depth < 64) m->calls[m->call_depth++] = at;
            at = (size_t)code[at].operand - 1;
            break;
        case RETURN: at = m->call_depth ? m->calls[--m->call_depth] : length; break;
        case HALT: return pop(m);
        }
    }
    return pop(m);
}

unsigned hash(const char *text) {
    unsigned h = 2166136261u;
    while (*text) h = (h ^ (unsigned char)*text++) * 16777619u;
    return h;
}

void sort(int *v, size_t n) {
    for (size_t gap = n / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < n; i++) {
            int x = v[i];
            size_t j = i;
            for (; j >= gap && v[j - gap] > x; j -= gap) v[j] = v[j - gap];
            v[j] = x;
        }
}
