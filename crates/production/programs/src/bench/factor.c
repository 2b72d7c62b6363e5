/* Factors a number with naturals of any length, each in a block of its own: a sum, a product
   or a remainder is a new block, and its operands are freed. Nearly all blocks are small and
   short-lived, as in calculators, interpreters and functional programs.

   The method is Pollard's rho: x becomes x * x + 1 modulo n, once and twice a step, until
   the difference of the two has a divisor in common with n. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t length;
    uint32_t digit[]; /* base 2^32, the lowest first; no zero in front */
} Natural;

static Natural *new_natural(uint32_t length) {
    Natural *made = calloc(1, sizeof(Natural) + (length ? length : 1) * sizeof(uint32_t));
    if (made == NULL) exit(1);
    made->length = length;
    return made;
}

static Natural *trimmed(Natural *n) {
    while (n->length > 0 && n->digit[n->length - 1] == 0) n->length--;
    return n;
}

static Natural *of(uint64_t value) {
    Natural *made = new_natural(2);
    made->digit[0] = (uint32_t)value;
    made->digit[1] = (uint32_t)(value >> 32);
    return trimmed(made);
}

static Natural *copy(const Natural *n) {
    Natural *made = new_natural(n->length);
    memcpy(made->digit, n->digit, n->length * sizeof(uint32_t));
    return made;
}

static int compare(const Natural *a, const Natural *b) {
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    for (uint32_t i = a->length; i-- > 0;)
        if (a->digit[i] != b->digit[i]) return a->digit[i] < b->digit[i] ? -1 : 1;
    return 0;
}

static Natural *product(const Natural *a, const Natural *b) {
    Natural *made = new_natural(a->length + b->length);
    for (uint32_t i = 0; i < a->length; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->length; j++) {
            carry += (uint64_t)a->digit[i] * b->digit[j] + made->digit[i + j];
            made->digit[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        made->digit[i + b->length] = (uint32_t)carry;
    }
    return trimmed(made);
}

static Natural *sum(const Natural *a, uint32_t b) {
    Natural *made = new_natural(a->length + 1);
    uint64_t carry = b;
    for (uint32_t i = 0; i < a->length; i++) {
        carry += a->digit[i];
        made->digit[i] = (uint32_t)carry;
        carry >>= 32;
    }
    made->digit[a->length] = (uint32_t)carry;
    return trimmed(made);
}

/* a - b, which is not negative. */
static Natural *difference(const Natural *a, const Natural *b) {
    Natural *made = new_natural(a->length);
    int64_t borrow = 0;
    for (uint32_t i = 0; i < a->length; i++) {
        int64_t rest = (int64_t)a->digit[i] - (i < b->length ? b->digit[i] : 0) + borrow;
        made->digit[i] = (uint32_t)rest;
        borrow = rest >> 32;
    }
    return trimmed(made);
}

static Natural *shifted(const Natural *n, unsigned bits) {
    Natural *made = new_natural(n->length + 1);
    uint64_t carry = 0;
    for (uint32_t i = 0; i < n->length; i++) {
        carry |= (uint64_t)n->digit[i] << bits;
        made->digit[i] = (uint32_t)carry;
        carry >>= 32;
    }
    made->digit[n->length] = (uint32_t)carry;
    return made;
}

/* a modulo n: long division as on paper, a digit at a time from the highest. Each digit of
   the quotient is guessed from the leading digits, and is at most two too large once the
   divisor's leading bit is set. */
static Natural *rest(const Natural *a, const Natural *n) {
    if (compare(a, n) < 0) return copy(a);
    unsigned bits = (unsigned)__builtin_clz(n->digit[n->length - 1]);
    Natural *divisor = trimmed(shifted(n, bits)), *left = shifted(a, bits);
    uint32_t length = divisor->length;
    for (uint32_t at = left->length - length; at-- > 0;) {
        uint64_t leading = (uint64_t)left->digit[at + length] << 32 | left->digit[at + length - 1];
        uint64_t guess = leading / divisor->digit[length - 1];
        if (guess > UINT32_MAX) guess = UINT32_MAX;
        int64_t borrow = 0;
        uint64_t carry = 0;
        for (uint32_t i = 0; i <= length; i++) {
            carry += i < length ? guess * divisor->digit[i] : 0;
            int64_t digit = (int64_t)left->digit[at + i] - (int64_t)(uint32_t)carry + borrow;
            left->digit[at + i] = (uint32_t)digit;
            borrow = digit >> 32;
            carry >>= 32;
        }
        while (borrow < 0) { /* too large: put one back */
            uint64_t put = 0;
            for (uint32_t i = 0; i <= length; i++) {
                put += (uint64_t)left->digit[at + i] + (i < length ? divisor->digit[i] : 0);
                left->digit[at + i] = (uint32_t)put;
                put >>= 32;
            }
            borrow += (int64_t)put;
        }
    }
    Natural *made = new_natural(left->length);
    for (uint32_t i = 0; i < left->length; i++) {
        uint64_t two = (uint64_t)left->digit[i] | (i + 1 < left->length ? (uint64_t)left->digit[i + 1] << 32 : 0);
        made->digit[i] = (uint32_t)(two >> bits);
    }
    free(divisor);
    free(left);
    return trimmed(made);
}

static Natural *common_divisor(Natural *a, Natural *b) {
    while (b->length > 0) {
        Natural *next = rest(a, b);
        free(a);
        a = b;
        b = next;
    }
    free(b);
    return a;
}

/* x * x + 1 modulo n, in the place of x. */
static Natural *step(Natural *x, const Natural *n) {
    Natural *square = product(x, x);
    Natural *more = sum(square, 1);
    Natural *next = rest(more, n);
    free(x);
    free(square);
    free(more);
    return next;
}

/* With an argument below 100, a percentage of the work, the number is a smaller one. */
int main(int argc, char **argv) {
    int is_short = argc > 1 && atoi(argv[1]) < 100;
    /* The product of two primes of 35 and 36 bits, or of 22 and 24. */
    Natural *p = of(is_short ? 4194301u : 34359738337u), *q = of(is_short ? 16777213u : 68719476503u);
    Natural *n = product(p, q);
    Natural *slow = of(2), *fast = of(2), *divisor = of(1);
    long steps = 0;
    while (divisor->length == 1 && divisor->digit[0] == 1) {
        slow = step(slow, n);
        fast = step(step(fast, n), n);
        free(divisor);
        Natural *apart = compare(slow, fast) < 0 ? difference(fast, slow) : difference(slow, fast);
        divisor = common_divisor(apart, copy(n));
        steps++;
    }
    int is_right = compare(divisor, p) == 0 || compare(divisor, q) == 0;
    printf("%s after %ld steps\n", is_right ? "factored" : "wrong", steps);
    free(p), free(q), free(n), free(slow), free(fast), free(divisor);
    return is_right ? 0 : 1;
}
