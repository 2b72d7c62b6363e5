//! Mistakes with large blocks and alignments, that programs make and small
//! traces do not.

use crate::mutant::{MUTANT, Mutant};

pub const IMPLICIT: &[Mutant] = &[
    SIXTEEN_MIB_REFUSED,
    Mutant {
        name: "size-in-24-bits",
        wrong: "the size of a block is cut off to 24 bits",
        within: "fn block_bytes(",
        find: "Ok(bytes.max(self.minimum_block_bytes()))",
        put: "Ok((bytes & 0xff_ffff).max(self.minimum_block_bytes()))",
        shows: "a 0 16777216",
        caught: "outside-heap",
        ..MUTANT
    },
    COPIES_A_MEBIBYTE,
    ZEROES_A_MEBIBYTE,
    Mutant {
        name: "memalign-at-most-a-page",
        wrong: "memalign() aligns to 4096 at most",
        within: "fn memalign(",
        find: "self.split_lead(block, align_bytes)",
        put: "self.split_lead(block, align_bytes.min(4096))",
        shows: "m 0 65536 100",
        caught: "misaligned",
        ..MUTANT
    },
];

pub const EXPLICIT: &[Mutant] = &[
    Mutant {
        name: "grows-by-whole-pages-down",
        wrong: "extend_heap() of more than 1 MiB is rounded down to pages",
        within: "fn grow(",
        find: "bytes.max(CHUNK_BYTES)",
        put: "if bytes > 1 << 20 { bytes & !4095 } else { bytes.max(CHUNK_BYTES) }",
        shows: "a 0 4080, a 1 2000000",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "memalign-over-a-page-refused",
        wrong: "memalign() refuses alignments over 4096",
        within: "fn memalign(",
        find: "!align_bytes.is_power_of_two()",
        put: "!align_bytes.is_power_of_two() || align_bytes > 4096",
        shows: "m 0 8192 100",
        caught: "refused",
        ..MUTANT
    },
    Mutant {
        name: "malloc-0-at-the-break",
        wrong: "malloc(0) returns mem_sbrk(0)",
        within: "fn malloc(",
        find: "return Ok(Addr::NULL);",
        put: "return Ok(self.arena.brk());",
        shows: "a 0 0",
        caught: "outside-heap",
        ..MUTANT
    },
    COPIES_A_MEBIBYTE,
];

pub const QUICK: &[Mutant] = &[
    Mutant {
        name: "moves-a-mebibyte",
        wrong: "realloc() that moves copies at most 1 MiB",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "old_size.min(size)",
        put: "old_size.min(size).min(1 << 20)",
        shows: "a 0 2000000, a 1 24, r 0 3000000",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "memalign-at-most-a-page",
        wrong: "memalign() aligns to 4096 at most",
        within: "fn memalign(",
        find: "self.free_lead(room, align_bytes)",
        put: "self.free_lead(room, align_bytes.min(4096))",
        shows: "m 0 65536 100",
        caught: "misaligned",
        ..MUTANT
    },
    ZEROES_A_MEBIBYTE,
    SIXTEEN_MIB_REFUSED,
];

pub const TUNED: &[Mutant] = &[
    Mutant {
        name: "moves-a-mebibyte",
        wrong: "realloc() that moves copies at most 1 MiB",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "old_size.min(size)",
        put: "old_size.min(size).min(1 << 20)",
        shows: "a 0 2000000, a 1 24, r 0 3000000",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "memalign-at-most-a-page",
        wrong: "memalign() aligns to 4096 at most",
        within: "fn memalign(",
        find: "self.free_lead(room, align_bytes)",
        put: "self.free_lead(room, align_bytes.min(4096))",
        shows: "m 0 65536 100",
        caught: "misaligned",
        ..MUTANT
    },
    ZEROES_A_MEBIBYTE,
    SIXTEEN_MIB_REFUSED,
];

const SIXTEEN_MIB_REFUSED: Mutant = Mutant {
    name: "16-mib-refused",
    wrong: "if (size > 0xffffff) return NULL",
    within: "fn block_bytes(",
    find: "size > LARGEST_REQUEST_BYTES",
    put: "size > 0xff_ffff",
    shows: "a 0 16777216",
    caught: "out-of-memory",
    ..MUTANT
};

const COPIES_A_MEBIBYTE: Mutant = Mutant {
    name: "copies-a-mebibyte",
    wrong: "realloc() copies at most 1 MiB",
    file: "contract.rs",
    within: "fn realloc(",
    find: "old_size.min(size)",
    put: "old_size.min(size).min(1 << 20)",
    shows: "a 0 2000000, r 0 3000000",
    caught: "lost-by-realloc",
    ..MUTANT
};

const ZEROES_A_MEBIBYTE: Mutant = Mutant {
    name: "zeroes-a-mebibyte",
    wrong: "calloc() zeroes at most 1 MiB",
    file: "contract.rs",
    within: "fn calloc(",
    find: "self.arena_mut().zero(payload, bytes);",
    put: "self.arena_mut().zero(payload, bytes.min(1 << 20));",
    shows: "a 0 3000000, f 0, c 1 3000000",
    caught: "not-zeroed",
    ..MUTANT
};
