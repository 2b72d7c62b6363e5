//! Blocks that are lost: the program can't free them, and the heap does not use
//! them again.

use crate::mutant::{MUTANT, Mutant};

pub const IMPLICIT: &[Mutant] = &[
    Mutant {
        name: "free-does-nothing",
        wrong: "mm_free() { } as in mm-naive.c",
        within: "fn free(",
        find: "self.mark_free(block, tag.size());
               if self.policy.coalescing == Coalescing::Immediate { self.coalesce(block); }",
        put: "",
        shows: "a 0 100, f 0",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "free-of-large-does-nothing",
        wrong: "if (size > CHUNKSIZE) return: large blocks are never freed",
        within: "fn free(",
        find: "self.mark_free(block, tag.size());",
        put: "if tag.size() > CHUNK_BYTES { return Ok(()); } self.mark_free(block, tag.size());",
        shows: "a 0 5000, f 0",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "free-late-does-nothing",
        wrong: "after 3000 calls, free() returns at once",
        within: "fn free(",
        find: "self.allocated_block(payload)?",
        put: "{ if crate::switch::late(3000) { return Ok(()); } self.allocated_block(payload)? }",
        shows: "labs/traces/classic/binary.rep",
        caught: "leaked",
        ..MUTANT
    },
    REALLOC_0_FREES_NOTHING,
    Mutant {
        name: "realloc-keeps-the-old",
        wrong: "realloc() copies to the new block and does not free the old one",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.free(payload)?; Ok(moved)",
        put: "Ok(moved)",
        shows: "a 0 100, r 0 200",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "rest-of-a-split-lost",
        wrong: "the rest of a large block is marked allocated: PACK(csize - asize, 1)",
        within: "fn split(",
        find: "self.mark_allocated(block, bytes);",
        put: "self.mark_allocated(block, bytes);
              if size - bytes > 1024 { self.mark_allocated(block.next(bytes), size - bytes); }",
        shows: "a 0 24",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "lead-lost",
        wrong: "memalign() marks what it cuts off in front allocated",
        within: "fn split_lead(",
        find: "self.mark_free(block, lead);",
        put: "self.mark_free(block, lead); self.mark_allocated(block, lead);",
        shows: "m 0 64 8",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "grown-block-lost",
        wrong: "malloc() places a block in what it grew by, and then grows and places again",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "{ let lost = self.grow(bytes)?; self.place(lost, bytes); self.grow(bytes)? }",
        shows: "a 0 5504",
        caught: "leaked",
        ..MUTANT
    },
];

pub const EXPLICIT: &[Mutant] = &[
    Mutant {
        name: "free-of-the-last-does-nothing",
        wrong: "the block before the epilogue is not freed",
        within: "fn free(",
        find: "self.mark_free(block, tag.size());",
        put: "if block.next(tag.size()).payload() == self.arena.brk() { return Ok(()); }
              self.mark_free(block, tag.size());",
        shows: "a 0 4080, f 0",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "free-of-a-size-does-nothing",
        wrong: "switch (size): case 48 has no break, and falls through to return",
        within: "fn free(",
        find: "self.allocated_block(payload)?",
        put: "{ let found = self.allocated_block(payload)?; if found.1.size() == 48 { return Ok(()); } found }",
        shows: "a 0 40, f 0",
        caught: "leaked",
        ..MUTANT
    },
    REALLOC_0_FREES_NOTHING,
    Mutant {
        name: "realloc-keeps-large",
        wrong: "realloc() frees the old block only if it is smaller than a chunk",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.free(payload)?; Ok(moved)",
        put: "if old_size < 4096 { self.free(payload)?; } Ok(moved)",
        shows: "a 0 5000, r 0 10000",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "rest-of-a-split-lost",
        wrong: "the rest is marked allocated, and so it is not linked",
        within: "fn split(",
        find: "self.mark_rest(rest, size - bytes, true); self.mark_allocated(block, bytes); self.link(rest);",
        put: "rest.set_tags(&mut self.arena, Tag::allocated(size - bytes)); self.mark_allocated(block, bytes);",
        shows: "a 0 24",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "calloc-takes-two",
        wrong: "calloc() asks malloc() twice and zeroes the second block",
        file: "contract.rs",
        within: "fn calloc(",
        find: "self.malloc(bytes)?",
        put: "{ self.malloc(bytes)?; self.malloc(bytes)? }",
        shows: "c 0 100",
        caught: "leaked",
        ..MUTANT
    },
];

pub const QUICK: &[Mutant] = &[
    Mutant {
        name: "free-rest-lost",
        wrong: "what realloc() cuts off gets a header, and is never freed",
        within: "fn free_rest(",
        find: "self.coalesce(rest, rest_tag);",
        put: "",
        shows: "a 0 400, r 0 100",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "small-rests-lost",
        wrong: "what is cut off is freed only if it is 64 bytes or more",
        within: "fn free_rest(",
        find: "self.coalesce(rest, rest_tag);",
        put: "if rest_bytes >= 64 { self.coalesce(rest, rest_tag); }",
        shows: "a 0 400, r 0 360",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "lead-lost",
        wrong: "memalign() does not free what it cuts off in front",
        file: "aligned.rs",
        within: "fn free_lead(",
        find: "self.coalesce(block, tag.with_size(lead));",
        put: "",
        shows: "m 0 64 8, a 1 24",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "move-keeps-the-old",
        wrong: "realloc() that moves does not free the old block",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "self.free(block.payload())?;",
        put: "",
        shows: "a 0 1000, a 1 1000, r 0 3000",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "realloc-0-frees-nothing",
        wrong: "realloc(p, 0) returns NULL and does not free p",
        file: "realloc.rs",
        within: "fn realloc_in_place_or_move(",
        find: "self.free(payload)?; return Ok(Addr::NULL);",
        put: "return Ok(Addr::NULL);",
        shows: "a 0 100, r 0 0",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "free-of-large-does-nothing",
        wrong: "blocks of 64 KiB and more are left to munmap(), which is never called",
        within: "fn free(",
        find: "self.coalesce(block, tag);",
        put: "if tag.size() < 65536 { self.coalesce(block, tag); }",
        shows: "a 0 70000, f 0",
        caught: "leaked",
        ..MUTANT
    },
];

pub const TUNED: &[Mutant] = &[
    Mutant {
        name: "free-rest-lost",
        wrong: "what realloc() cuts off gets a header, and is never freed",
        within: "fn free_rest(",
        find: "self.coalesce(rest, rest_tag);",
        put: "",
        shows: "a 0 400, r 0 200",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "lead-lost",
        wrong: "memalign() does not free what it cuts off in front",
        file: "aligned.rs",
        within: "fn free_lead(",
        find: "self.coalesce(block, tag.with_size(lead));",
        put: "",
        shows: "m 0 512 8, a 1 24",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "move-keeps-the-old",
        wrong: "realloc() that moves does not free the old block",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "self.free(payload)?;",
        put: "",
        shows: "a 0 1000, a 1 1000, r 0 3000",
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "realloc-0-frees-nothing",
        wrong: "realloc(p, 0) returns NULL and does not free p",
        within: "fn realloc(",
        find: "self.free(payload)?; return Ok(Addr::NULL);",
        put: "return Ok(Addr::NULL);",
        shows: "a 0 100, r 0 0",
        caught: "leaked",
        ..MUTANT
    },
];

const REALLOC_0_FREES_NOTHING: Mutant = Mutant {
    name: "realloc-0-frees-nothing",
    wrong: "realloc(p, 0) returns NULL and does not free p",
    file: "contract.rs",
    within: "fn realloc(",
    find: "self.free(payload)?; return Ok(Addr::NULL);",
    put: "return Ok(Addr::NULL);",
    shows: "a 0 100, r 0 0",
    caught: "leaked",
    ..MUTANT
};
