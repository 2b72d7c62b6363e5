//! The planted faults: the mistakes that students make in C, each one edit of `sound.c`.

/// One mistake.
pub struct Planted {
    /// What it is called.
    pub name: &'static str,
    /// What is wrong, in the words of a reviewer.
    pub what: &'static str,
    /// The text that it replaces, which is once in the file.
    pub find: &'static str,
    /// The text that replaces it.
    pub with: &'static str,
    /// Where the mistake's line makes no wrong access itself: the text of the line that makes the
    /// first one. It touches bytes that the sound program leaves alone then, or writes a wrong tag
    /// or link; for a macro, it is a use. Empty if no access is wrong, or the first is not known.
    pub first: &'static str,
}

/// Returns a mistake that is reported at its own line, or where it makes its first wrong access.
const fn planted(
    name: &'static str,
    what: &'static str,
    (find, with): (&'static str, &'static str),
    first: &'static str,
) -> Planted {
    Planted { name, what, find, with, first }
}

/// All of them.
pub const LIST: &[Planted] = &[
    planted(
        "header-one-word-off",
        "HDRP(bp) is two words before the payload",
        ("((char *)(bp) - WSIZE)\n#define FTRP", "((char *)(bp) - DSIZE)\n#define FTRP"),
        "PUT(FTRP(left), PACK(rest, 0));",
    ),
    planted(
        "footer-past-the-block",
        "FTRP(bp) forgets to go back over the header and the footer",
        ("+ GET_SIZE(HDRP(bp)) - DSIZE)", "+ GET_SIZE(HDRP(bp)))"),
        "PUT(FTRP(bp), PACK(size, 0));",
    ),
    planted(
        "footer-one-word-off",
        "FTRP(bp) goes back one word, not two: it is the next header",
        ("+ GET_SIZE(HDRP(bp)) - DSIZE)", "+ GET_SIZE(HDRP(bp)) - WSIZE)"),
        "PUT(FTRP(left), PACK(rest, 0));",
    ),
    planted(
        "previous-by-own-header",
        "PREV_BLKP(bp) reads its own header, not the footer before it",
        ("GET_SIZE((char *)(bp) - DSIZE))", "GET_SIZE((char *)(bp) - WSIZE))"),
        "char *next = NEXT_FREE(bp);",
    ),
    planted(
        "macro-without-parentheses",
        "#define GET(p) (*(size_t *)p)",
        ("#define GET(p) (*(size_t *)(p))", "#define GET(p) (*(size_t *)p)"),
        "PUT(HDRP(NEXT_BLKP(bp)), PACK(0, 1));",
    ),
    planted(
        "words-for-bytes",
        "the footer is found by arithmetic on size_t *, which counts words",
        ("#define FTRP(bp) ((char *)(bp)", "#define FTRP(bp) (char *)((size_t *)(bp)"),
        "PUT(FTRP(bp), PACK(size, 0));",
    ),
    planted(
        "next-by-words",
        "NEXT_BLKP(bp) adds the size to a void ** pointer",
        ("#define NEXT_BLKP(bp) ((char *)(bp)", "#define NEXT_BLKP(bp) (char *)((void **)(bp)"),
        "PUT(HDRP(NEXT_BLKP(bp)), PACK(0, 1));",
    ),
    planted(
        "previous-link-in-bytes",
        "PREV_FREE(bp) is one byte, not one word, behind the payload's start",
        ("((char *)(bp) + WSIZE))", "((char *)(bp) + 1))"),
        "PREV_FREE(bp) = NULL;",
    ),
    planted(
        "size-keeps-its-flags",
        "GET_SIZE(p) masks one bit, and leaves the allocated bit in the size",
        ("(GET(p) & ~(size_t)0xf)", "(GET(p) & ~(size_t)0x2)"),
        "PUT(FTRP(bp), PACK(size, 1));",
    ),
    planted(
        "tag-of-half-a-word",
        "GET(p) reads an unsigned short: sizes above 64 KiB lose their upper half",
        ("#define GET(p) (*(size_t *)(p))", "#define GET(p) ((size_t)*(unsigned short *)(p))"),
        "PUT(FTRP(left), PACK(rest, 0));",
    ),
    planted(
        "no-prologue-footer",
        "mm_init does not write the prologue's footer",
        ("    PUT(start + 2 * WSIZE, PACK(DSIZE, 1));\n", ""),
        "size_t prev_alloc = GET_ALLOC(HDRP(bp) - WSIZE);",
    ),
    planted(
        "prologue-past-the-break",
        "mm_init writes the prologue's header past the memory that it got",
        (
            "    PUT(start + 1 * WSIZE, PACK(DSIZE, 1));\n",
            "    PUT(start + 4 * WSIZE, PACK(DSIZE, 1));\n",
        ),
        "",
    ),
    planted(
        "epilogue-lost",
        "extend does not write the new epilogue",
        ("    PUT(HDRP(NEXT_BLKP(bp)), PACK(0, 1));\n", ""),
        "size_t next_alloc = GET_ALLOC(HDRP(NEXT_BLKP(bp)));",
    ),
    planted(
        "epilogue-free",
        "extend writes an epilogue that is free",
        ("PUT(HDRP(NEXT_BLKP(bp)), PACK(0, 1))", "PUT(HDRP(NEXT_BLKP(bp)), PACK(0, 0))"),
        "",
    ),
    planted(
        "epilogue-past-the-break",
        "extend writes the epilogue behind the next block's header",
        ("PUT(HDRP(NEXT_BLKP(bp)), PACK(0, 1))", "PUT(NEXT_BLKP(bp), PACK(0, 1))"),
        "",
    ),
    planted(
        "sbrk-failure-is-null",
        "extend compares what mem_sbrk returns with NULL, not with -1",
        (
            "    if (bp == (void *)-1)\n        return NULL;\n    PUT(HDRP(bp), PACK(size, 0));",
            "    if (bp == NULL)\n        return NULL;\n    PUT(HDRP(bp), PACK(size, 0));",
        ),
        "PUT(HDRP(bp), PACK(size, 0));",
    ),
    planted(
        "extends-by-the-request",
        "extend gets as many bytes as were asked for, but writes a block of a whole chunk",
        ("mem_sbrk(size)", "mem_sbrk(bytes)"),
        "PUT(FTRP(bp), PACK(size, 0));",
    ),
    planted(
        "extends-without-rounding",
        "extend rounds nothing: a block with an odd end",
        ("size_t size = MAX(ROUND_UP(bytes), CHUNK);", "size_t size = MAX(bytes + 4, CHUNK);"),
        "",
    ),
    planted(
        "footer-not-written-on-merge",
        "coalesce writes the header of the merged block and forgets the footer",
        ("    PUT(FTRP(bp), PACK(size, 0));\n    insert(bp);", "    insert(bp);"),
        "",
    ),
    planted(
        "footer-not-written-on-split",
        "split writes no footer of what is left over",
        (
            "        PUT(FTRP(left), PACK(rest, 0));\n        coalesce(left);",
            "        insert(left);",
        ),
        "char *next = NEXT_FREE(bp);",
    ),
    planted(
        "footer-before-header",
        "coalesce writes the footer first, with the old size in the header",
        (
            "    PUT(HDRP(bp), PACK(size, 0));\n    PUT(FTRP(bp), PACK(size, 0));\n    insert(bp);",
            "    PUT(FTRP(bp), PACK(size, 0));\n    PUT(HDRP(bp), PACK(size, 0));\n    insert(bp);",
        ),
        "",
    ),
    planted(
        "not-marked-allocated",
        "split marks a block that is used whole as free",
        ("        PUT(HDRP(bp), PACK(whole, 1));", "        PUT(HDRP(bp), PACK(whole, 0));"),
        "",
    ),
    planted(
        "allocated-block-stays-listed",
        "mm_malloc does not take the block off its list",
        (
            "    unlink_block(bp);\n    split(bp, needed);\n    return bp;\n}\n\nvoid mm_free",
            "    split(bp, needed);\n    return bp;\n}\n\nvoid mm_free",
        ),
        "PUT(HDRP(bp), PACK(whole, 1));",
    ),
    planted(
        "merged-next-stays-listed",
        "coalesce swallows the next block and leaves it on its list",
        (
            "        unlink_block(next);\n        size += GET_SIZE(HDRP(next));",
            "        size += GET_SIZE(HDRP(next));",
        ),
        "if (GET_SIZE(HDRP(bp)) >= size)",
    ),
    planted(
        "merged-previous-stays-listed",
        "coalesce swallows the block before and leaves it on its list",
        (
            "        unlink_block(bp);\n        size += GET_SIZE(HDRP(bp));",
            "        size += GET_SIZE(HDRP(bp));",
        ),
        "PREV_FREE(first) = bp;",
    ),
    planted(
        "previous-link-stale",
        "unlink_block does not mend the next block's link back",
        ("    if (next != NULL)\n        PREV_FREE(next) = prev;\n", ""),
        "",
    ),
    planted(
        "previous-link-not-set",
        "insert does not tell the old first block that there is one before it",
        ("    if (first != NULL)\n        PREV_FREE(first) = bp;\n", ""),
        "PREV_FREE(next) = prev;",
    ),
    planted(
        "previous-link-uninitialised",
        "insert leaves the new block's link back as it was",
        ("    PREV_FREE(bp) = NULL;\n", ""),
        "char *prev = PREV_FREE(bp);",
    ),
    planted(
        "list-head-not-moved",
        "unlink_block forgets that the first block of a list has its head before it",
        ("        free_lists[class_of(GET_SIZE(HDRP(bp)))] = next;", "        ;"),
        "PREV_FREE(next) = prev;",
    ),
    planted(
        "head-without-null-check",
        "insert follows the old first block though there may be none",
        ("    if (first != NULL)\n        PREV_FREE(first) = bp;", "    PREV_FREE(first) = bp;"),
        "",
    ),
    planted(
        "state-not-reset",
        "mm_init leaves the lists as an earlier trace left them",
        ("        free_lists[class] = NULL;", "        ;"),
        "bp = NEXT_FREE(bp);",
    ),
    planted(
        "class-past-the-table",
        "class_of counts one list too many",
        (
            "while (class < CLASSES - 1 && size > most)",
            "while (class < CLASSES + 3 && size > most)",
        ),
        "char *first = free_lists[class];",
    ),
    planted(
        "class-of-the-new-size",
        "coalesce inserts before it writes the new size",
        (
            "    PUT(HDRP(bp), PACK(size, 0));\n    PUT(FTRP(bp), PACK(size, 0));\n    insert(bp);",
            "    insert(bp);\n    PUT(HDRP(bp), PACK(size, 0));\n    PUT(FTRP(bp), PACK(size, 0));",
        ),
        "PREV_FREE(first) = bp;",
    ),
    planted(
        "fit-too-small",
        "find_fit takes any block of the class, large enough or not",
        ("            if (GET_SIZE(HDRP(bp)) >= size)", "            if (GET_SIZE(HDRP(bp)) > 0)"),
        "PUT(HDRP(bp), PACK(size, 1));",
    ),
    planted(
        "fit-by-a-word-too-small",
        "find_fit lacks a word: GET_SIZE(HDRP(bp)) + DSIZE >= size",
        (
            "            if (GET_SIZE(HDRP(bp)) >= size)",
            "            if (GET_SIZE(HDRP(bp)) + DSIZE >= size)",
        ),
        "PUT(FTRP(bp), PACK(size, 1));",
    ),
    planted(
        "search-without-end",
        "find_fit never goes to the next block",
        ("            bp = NEXT_FREE(bp);", "            ;"),
        "if (GET_SIZE(HDRP(bp)) >= size)",
    ),
    planted(
        "size-without-tags",
        "block_size leaves no room for header and footer",
        ("MAX(ROUND_UP(size + DSIZE), MIN_BLOCK)", "MAX(ROUND_UP(size), MIN_BLOCK)"),
        "size_t prev_alloc = GET_ALLOC(HDRP(bp) - WSIZE);",
    ),
    planted(
        "size-with-one-tag",
        "block_size leaves room for the header only",
        ("MAX(ROUND_UP(size + DSIZE), MIN_BLOCK)", "MAX(ROUND_UP(size + WSIZE), MIN_BLOCK)"),
        "size_t prev_alloc = GET_ALLOC(HDRP(bp) - WSIZE);",
    ),
    planted(
        "size-in-an-int",
        "block_size computes in a short: large sizes overflow",
        (
            "static size_t block_size(size_t size)\n{\n",
            "static size_t block_size(size_t request)\n{\n    unsigned short size = request;\n",
        ),
        "PUT(HDRP(bp), PACK(size, 1));",
    ),
    planted(
        "smallest-block-too-small",
        "MIN_BLOCK is 16: a free block has no room for its links",
        ("#define MIN_BLOCK 32", "#define MIN_BLOCK 16"),
        "PREV_FREE(bp) = NULL;",
    ),
    planted(
        "unaligned-return",
        "mm_malloc returns the address behind the header's half",
        (
            "    split(bp, needed);\n    return bp;\n}\n\nvoid mm_free",
            "    split(bp, needed);\n    return bp + 4;\n}\n\nvoid mm_free",
        ),
        "",
    ),
    planted(
        "header-returned",
        "mm_malloc returns the block, not its payload",
        (
            "    split(bp, needed);\n    return bp;\n}\n\nvoid mm_free",
            "    split(bp, needed);\n    return HDRP(bp);\n}\n\nvoid mm_free",
        ),
        "",
    ),
    planted(
        "alignment-of-eight",
        "ROUND_UP rounds to 8",
        ("#define ALIGNMENT 16", "#define ALIGNMENT 8"),
        "PUT(HDRP(bp), PACK(size, 1));",
    ),
    planted(
        "use-after-free",
        "mm_realloc frees the old block before it copies",
        (
            "    memcpy(moved, bp, old - DSIZE);\n    mm_free(bp);",
            "    mm_free(bp);\n    memcpy(moved, bp, old - DSIZE);",
        ),
        "NEXT_FREE(bp) = first;",
    ),
    planted(
        "copies-the-new-size",
        "mm_realloc copies as much as the new block has",
        ("memcpy(moved, bp, old - DSIZE)", "memcpy(moved, bp, needed)"),
        "",
    ),
    planted(
        "copies-the-tags",
        "mm_realloc copies the size of the old block, tags and all, and then some",
        ("memcpy(moved, bp, old - DSIZE)", "memcpy(moved, bp, old + DSIZE)"),
        "",
    ),
    planted(
        "copies-nothing",
        "mm_realloc copies the other way round",
        ("memcpy(moved, bp, old - DSIZE)", "memcpy(bp, moved, old - DSIZE)"),
        "",
    ),
    planted(
        "copies-words",
        "mm_realloc copies as many bytes as there are words",
        ("memcpy(moved, bp, old - DSIZE)", "memcpy(moved, bp, (old - DSIZE) / WSIZE)"),
        "",
    ),
    planted(
        "grows-into-a-live-block",
        "mm_realloc takes the next block without a look whether it is free",
        ("    if (!GET_ALLOC(HDRP(next)) && old", "    if (old"),
        "char *next = NEXT_FREE(bp);",
    ),
    planted(
        "grows-and-stays-listed",
        "mm_realloc takes the next block and leaves it on its list",
        ("        unlink_block(next);\n        size_t both", "        size_t both"),
        "if (GET_SIZE(HDRP(bp)) >= size)",
    ),
    planted(
        "shrinks-to-the-request",
        "mm_realloc splits at the request, which is not rounded",
        (
            "    if (needed <= old) {\n        split(bp, needed);",
            "    if (needed <= old) {\n        split(bp, size);",
        ),
        "PUT(FTRP(bp), PACK(size, 1));",
    ),
    planted(
        "clears-too-much",
        "mm_calloc clears the whole block, with its footer",
        ("memset(bp, 0, count * size)", "memset(bp, 0, GET_SIZE(HDRP(bp)))"),
        "",
    ),
    planted(
        "clears-too-little",
        "mm_calloc clears the size of one element",
        ("memset(bp, 0, count * size)", "memset(bp, 0, size / 2)"),
        "",
    ),
    planted(
        "divides-by-zero",
        "class_of divides by what is left over, which may be nothing",
        (
            "    int class = 0;\n    size_t most",
            "    int class = (int)(size / (size % 112) / 65536);\n    size_t most",
        ),
        "",
    ),
    planted(
        "endless-recursion",
        "mm_malloc calls itself after it has extended the heap, which it does not see",
        (
            "        bp = extend(needed);\n        if (bp == NULL)\n            return NULL;",
            "        return mm_malloc(size);",
        ),
        "",
    ),
    planted(
        "assertion-fails",
        "an assertion that a block is free, in the wrong place",
        (
            "    unlink_block(bp);\n    split(bp, needed);\n    return bp;\n}\n\nvoid mm_free",
            "    unlink_block(bp);\n    split(bp, needed);\n    assert(!GET_ALLOC(HDRP(bp)));\n    return bp;\n}\n\nvoid mm_free",
        ),
        "",
    ),
    planted(
        "exits-when-out-of-memory",
        "extend ends the program when there is no memory",
        (
            "    if (bp == (void *)-1)\n        return NULL;\n    PUT(HDRP(bp), PACK(size, 0));",
            "    if (bp != (void *)-1)\n        exit(1);\n    PUT(HDRP(bp), PACK(size, 0));",
        ),
        "",
    ),
    planted(
        "bad-function-pointer",
        "a function pointer that is never set",
        (
            "    unlink_block(bp);\n    split(bp, needed);\n    return bp;\n}\n\nvoid mm_free",
            "    unlink_block(bp);\n    split(bp, needed);\n    static void (*volatile trace_hook)(void);\n    trace_hook();\n    return bp;\n}\n\nvoid mm_free",
        ),
        "",
    ),
    planted(
        "wrong-cast-of-a-link",
        "insert keeps the link in an int, and sign-extends it",
        (
            "    NEXT_FREE(bp) = first;",
            "    NEXT_FREE(bp) = (char *)(intptr_t)(short)(intptr_t)first;",
        ),
        "",
    ),
    planted(
        "gives-back-a-live-block",
        "mm_free gives the end of the heap back whatever is there",
        (
            "    coalesce(bp);\n}",
            "    coalesce(bp);\n    if (size >= 256)\n        mem_sbrk(-256);\n}",
        ),
        "PUT(FTRP(left), PACK(rest, 0));",
    ),
    planted(
        "writes-a-guard-word",
        "mm_malloc writes a guard word at the end of the payload, where the footer is",
        (
            "    split(bp, needed);\n    return bp;\n}\n\nvoid mm_free",
            "    split(bp, needed);\n    *(size_t *)(bp + size) = 0xfeedface;\n    return bp;\n}\n\nvoid mm_free",
        ),
        "",
    ),
    planted(
        "poisons-the-whole-block",
        "mm_free fills the block with a pattern, by its size from the payload on",
        ("    coalesce(bp);\n}", "    memset(bp, 0xdd, size);\n    coalesce(bp);\n}"),
        "",
    ),
];
