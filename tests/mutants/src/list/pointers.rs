//! Bad pointers that are not refused, or that change the heap. No trace has such
//! calls: `caught` is empty where the operations alone show nothing.

use crate::mutant::{MUTANT, Mutant};

pub const IMPLICIT: &[Mutant] = &[
    BAD_FREE_IGNORED,
    Mutant {
        name: "double-free-not-seen",
        wrong: "free() does not look at the allocated bit",
        file: "format.rs",
        within: "fn allocated_block(",
        find: "Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?",
        put: "match Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena) {
                  Err(HeapError::BadPointer { .. })
                      if payload >= self.first_block().payload() && payload < self.arena.brk()
                          && payload.is_aligned_to(align_bytes) =>
                      (Block::at(payload), Block::at(payload).header(&self.arena)),
                  other => other?,
              }",
        shows: "a 0 100, f 0",
        ..MUTANT
    },
    Mutant {
        name: "bad-free-grows",
        wrong: "free() of a bad pointer grows the heap before it is refused",
        within: "fn free(",
        find: "self.allocated_block(payload)?",
        put: "{ if self.allocated_block(payload).is_err() { self.grow(CHUNK_BYTES)?; }
                self.allocated_block(payload)? }",
        shows: "a 0 100, f 0",
        ..MUTANT
    },
];

pub const EXPLICIT: &[Mutant] = &[
    BAD_FREE_IGNORED,
    Mutant {
        name: "bad-realloc-leaks",
        wrong: "realloc() of a bad pointer has allocated before it is refused",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.usable_size(payload)?",
        put: "self.usable_size(payload).unwrap_or(0)",
        shows: "a 0 100, r 0 200",
        ..MUTANT
    },
    Mutant {
        name: "bad-realloc-is-malloc",
        wrong: "realloc() of a bad pointer is taken for malloc()",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.usable_size(payload)?",
        put: "match self.usable_size(payload) { Ok(size) => size, Err(_) => return self.malloc(size) }",
        shows: "a 0 100, r 0 200",
        ..MUTANT
    },
];

pub const QUICK: &[Mutant] = &[
    BAD_FREE_IGNORED,
    Mutant {
        name: "bad-realloc-returns-null",
        wrong: "realloc() of a bad pointer returns NULL as if it had freed it",
        file: "realloc.rs",
        within: "fn realloc_in_place_or_move(",
        find: "self.allocated_block(payload)?",
        put: "match self.allocated_block(payload) { Ok(found) => found, Err(_) => return Ok(Addr::NULL) }",
        shows: "a 0 100, r 0 200",
        ..MUTANT
    },
    Mutant {
        name: "bad-realloc-0-ignored",
        wrong: "realloc(p, 0) of a bad pointer is not an error",
        file: "realloc.rs",
        within: "fn realloc_in_place_or_move(",
        find: "self.free(payload)?; return Ok(Addr::NULL);",
        put: "let _ = self.free(payload); return Ok(Addr::NULL);",
        shows: "a 0 100, r 0 0",
        ..MUTANT
    },
];

pub const TUNED: &[Mutant] = &[
    BAD_FREE_IGNORED,
    Mutant {
        name: "bad-realloc-is-malloc",
        wrong: "realloc() of a bad pointer is taken for malloc()",
        file: "realloc.rs",
        within: "fn resize(",
        find: "self.allocated_block(payload)?",
        put: "match self.allocated_block(payload) { Ok(found) => found, Err(_) => return self.malloc(size) }",
        shows: "a 0 100, r 0 200",
        ..MUTANT
    },
];

const BAD_FREE_IGNORED: Mutant = Mutant {
    name: "bad-free-ignored",
    wrong: "free() of a bad pointer returns as if it had worked",
    within: "fn free(",
    find: "self.allocated_block(payload)?",
    put: "match self.allocated_block(payload) { Ok(found) => found, Err(_) => return Ok(()) }",
    shows: "a 0 100, f 0",
    ..MUTANT
};
