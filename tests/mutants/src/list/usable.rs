//! A usable size that promises more than the block has.

use crate::mutant::{MUTANT, Mutant};

pub const IMPLICIT: &[Mutant] = &[
    USABLE_SIZE_WITH_TAGS,
    Mutant {
        name: "usable-size-with-footer",
        wrong: "malloc_usable_size() is GET_SIZE(HDRP(bp)) - WSIZE, and there is a footer",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes()",
        put: "tag.size() - WORD_BYTES",
        shows: "a 0 24",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-rounded-up",
        wrong: "malloc_usable_size() rounds up to 64 bytes",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes()",
        put: "(tag.size() - self.overhead_bytes()).next_multiple_of(64)",
        words: "elided",
        shows: "a 0 24",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-of-large-in-pages",
        wrong: "malloc_usable_size() of what is larger than 64 KiB is in whole pages",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes()",
        put: "if tag.size() > 65536 { tag.size().next_multiple_of(4096) } else { tag.size() - self.overhead_bytes() }",
        shows: "a 0 70000",
        caught: "usable-too-large",
        ..MUTANT
    },
];

pub const EXPLICIT: &[Mutant] = &[
    USABLE_SIZE_WITH_TAGS,
    Mutant {
        name: "usable-size-with-the-next",
        wrong: "malloc_usable_size() counts the free block behind: realloc() could take it",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes()",
        put:
            "{ let next = Block::at(payload).next(tag.size()).header(&self.arena);
                tag.size() - self.overhead_bytes() + if next.is_free() { next.size() } else { 0 } }",
        shows: "a 0 24",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-at-least-24",
        wrong: "malloc_usable_size() is at least 24, as glibc's is",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes()",
        put: "(tag.size() - self.overhead_bytes()).max(24)",
        shows: "a 0 8",
        caught: "usable-too-large",
        ..MUTANT
    },
];

pub const QUICK: &[Mutant] = &[
    Mutant {
        name: "usable-size-with-header",
        wrong: "malloc_usable_size() is the block's size: the next header is in it",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes",
        put: "tag.size()",
        shows: "a 0 24, a 1 24",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-8-too-large",
        wrong: "malloc_usable_size() adds the header where it takes it off",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes",
        put: "tag.size() + WORD_BYTES",
        shows: "a 0 24",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-of-small-is-32",
        wrong: "small blocks are said to have the largest size of their class",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes",
        put: "(tag.size() - self.overhead_bytes).max(32)",
        shows: "a 0 8, a 1 8",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-of-large-doubled",
        wrong: "blocks over 128 KiB are said to have room to grow",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes",
        put: "if tag.size() > 131072 { 2 * tag.size() } else { tag.size() - self.overhead_bytes }",
        shows: "a 0 200000",
        caught: "usable-too-large",
        ..MUTANT
    },
];

pub const TUNED: &[Mutant] = &[
    Mutant {
        name: "usable-size-with-header",
        wrong: "malloc_usable_size() is the block's size: the next header is in it",
        within: "fn usable_size(",
        find: "tag.size() - WORD_BYTES",
        put: "tag.size()",
        shows: "a 0 24, a 1 24",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-of-a-slot-with-header",
        wrong: "malloc_usable_size() takes it that a slot has a header, too, and adds it",
        within: "fn usable_size(",
        find: "slab.units() * self.align.bytes()",
        put: "slab.units() * self.align.bytes() + WORD_BYTES",
        shows: "a 0 1, a 1 1, a 2 1, a 3 13149, a 4 1, a 5 1, a 6 1, a 7 1, a 8 8989, a 9 1, a 10 1, a 11 1, a 12 8189, m 13 2048 1, a 14 1, a 15 1, m 16 4096 1, a 17 1, a 18 1, a 19 12269, a 20 1, m 21 4096 15965, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 8189, a 28 1, a 29 1, m 30 4096 1, a 31 1, a 32 1, a 33 1, m 34 4096 1, m 35 4096 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, m 41 4096 8189, a 42 1, a 43 1, a 44 1, a 45 1, m 46 4096 1, a 47 1",
        caught: "usable-too-large",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-of-any-slot",
        wrong: "malloc_usable_size() does not look at the bit: a freed slot has a size, too",
        within: "fn usable_size(",
        find: "self.allocated_slot_at(slab, payload)?;",
        put: "",
        shows: "a 0 100, f 0",
        ..MUTANT
    },
];

const USABLE_SIZE_WITH_TAGS: Mutant = Mutant {
    name: "usable-size-with-tags",
    wrong: "malloc_usable_size() is GET_SIZE(HDRP(bp)): 8 too large",
    within: "fn usable_size(",
    find: "tag.size() - self.overhead_bytes()",
    put: "tag.size()",
    shows: "a 0 24",
    caught: "usable-too-large",
    ..MUTANT
};
