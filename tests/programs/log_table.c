/* Counts made-up words in a hash table that doubles, with strings and lists that grow by
   realloc: the mix of calls that many programs make. Calls no function of the C library
   that allocates by itself, so that all tracers see the same. */
#include <mcheck.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct word {
    struct word *next;
    char *text;
    size_t *places;
    size_t count, room;
};

static struct word **table;
static size_t buckets, words;

static uint32_t random_state = 12345;

static uint32_t next_random(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 16;
}

static size_t hash(const char *text) {
    size_t sum = 5381;
    while (*text != 0) sum = sum * 33 + (unsigned char)*text++;
    return sum;
}

static void grow(void) {
    size_t more = buckets == 0 ? 8 : 2 * buckets;
    struct word **wider = calloc(more, sizeof *wider);
    for (size_t i = 0; i < buckets; i++) {
        for (struct word *word = table[i], *next; word != NULL; word = next) {
            next = word->next;
            size_t at = hash(word->text) % more;
            word->next = wider[at];
            wider[at] = word;
        }
    }
    free(table);
    table = wider;
    buckets = more;
}

static struct word *find(const char *text) {
    if (words >= buckets) grow();
    size_t at = hash(text) % buckets;
    for (struct word *word = table[at]; word != NULL; word = word->next)
        if (strcmp(word->text, text) == 0) return word;
    struct word *word = malloc(sizeof *word);
    word->text = malloc(strlen(text) + 1);
    strcpy(word->text, text);
    word->places = NULL;
    word->count = word->room = 0;
    word->next = table[at];
    table[at] = word;
    words++;
    return word;
}

static void drop(const char *text) {
    size_t at = hash(text) % buckets;
    for (struct word **link = &table[at]; *link != NULL; link = &(*link)->next) {
        struct word *word = *link;
        if (strcmp(word->text, text) != 0) continue;
        *link = word->next;
        free(word->text);
        free(word->places);
        free(word);
        words--;
        return;
    }
}

int main(void) {
    mtrace();
    for (size_t place = 0; place < 1500; place++) {
        char text[24];
        size_t length = 1 + next_random() % 12;
        for (size_t i = 0; i < length; i++) text[i] = (char)('a' + next_random() % 3);
        text[length] = 0;
        if (place % 7 == 6 && words > 0) {
            drop(text);
            continue;
        }
        struct word *word = find(text);
        if (word->count == word->room) {
            word->room = word->room == 0 ? 1 : 2 * word->room;
            word->places = realloc(word->places, word->room * sizeof *word->places);
        }
        word->places[word->count++] = place;
    }
    for (size_t i = 0; i < buckets; i++) {
        for (struct word *word = table[i], *next; word != NULL; word = next) {
            next = word->next;
            free(word->text);
            free(word->places);
            free(word);
        }
    }
    free(table);
    return 0;
}
