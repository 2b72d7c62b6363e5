//! Other policies than that of lab 0, the break.
//!
//! Edits that change no answer, and are not in the list:
//! - Without a smallest block: tags and one byte need 16 bytes at either alignment.
//! - `realloc` copies the tags, too: the new payload has room for them, and what is in the bytes
//!   behind the old payload is not defined.
//! - `free` always calls `give_back`: it returns at once if the last block is allocated.

use crate::mutant::Mutant;

pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a-word-more",
        clause: "`block_bytes` adds the header and the footer to the payload, and rounds up to the alignment.",
        instead: "adds a third word of overhead",
        stage: "first-block",
        within: "fn block_bytes(",
        find: "size + OVERHEAD_BYTES",
        put: "size + OVERHEAD_BYTES + WORD_BYTES",
    },
    Mutant {
        name: "rounds-to-32",
        clause: "`block_bytes` adds the header and the footer to the payload, and rounds up to the alignment.",
        instead: "rounds up to a multiple of 32",
        stage: "first-block",
        within: "fn block_bytes(",
        find: "self.align.round_up(size + OVERHEAD_BYTES)",
        put: "(size + OVERHEAD_BYTES).next_multiple_of(32)",
    },
    Mutant {
        name: "grows-by-lines",
        clause: "`grow` moves the break up by that many bytes.",
        instead: "moves the break up in steps of 64 bytes",
        stage: "first-block",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "self.grow(bytes.next_multiple_of(64))?",
    },
    Mutant {
        name: "minimum-of-32",
        clause: "The smallest block has 16 bytes.",
        instead: "makes no block below 32 bytes",
        stage: "sizes",
        within: "fn block_bytes(",
        find: "bytes.max(MINIMUM_BLOCK_BYTES)",
        put: "bytes.max(32)",
    },
    Mutant {
        name: "refuses-a-mebibyte",
        clause: "Refuse only a size above `LARGEST_REQUEST_BYTES`:",
        instead: "refuses what is larger than 1 MiB",
        stage: "sizes",
        within: "fn block_bytes(",
        find: "size > LARGEST_REQUEST_BYTES",
        put: "size > 1 << 20",
    },
    Mutant {
        name: "first-fit",
        clause: "a freed block stays where it is, and is not used again",
        instead: "looks for a freed block of the same size first",
        stage: "free",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "{
            let mut block = self.first_block();
            loop {
                if block.payload() == self.arena.brk() { break self.grow(bytes)?; }
                let tag = block.header(&self.arena);
                if tag.is_free() && tag.size() == bytes {
                    block.set_tags(&mut self.arena, Tag::allocated(bytes));
                    break block;
                }
                block = block.next(tag.size());
            }
        }",
    },
    Mutant {
        name: "merges-with-the-next",
        clause: "`free` can only mark the block free in its tags.",
        instead: "merges the freed block with a free one behind it",
        stage: "free",
        within: "fn free(",
        find: "block.set_tags(&mut self.arena, Tag::free(bytes));",
        put: "let next = block.next(bytes).header(&self.arena);
              let merged = if next.is_free() { bytes + next.size() } else { bytes };
              block.set_tags(&mut self.arena, Tag::free(merged));",
    },
    Mutant {
        name: "ignores-bad-pointers",
        clause: "`allocated_block` finds the block of a payload, and returns an error if there is none.",
        instead: "does nothing if the pointer is bad",
        stage: "free",
        within: "fn free(",
        find: "self.allocated_block(payload)?",
        put: "match self.allocated_block(payload) { Ok(found) => found, Err(_) => return Ok(()) }",
    },
    Mutant {
        name: "refuses-null",
        clause: "`free(NULL)` does nothing.",
        instead: "refuses the null pointer",
        stage: "free",
        within: "fn free(",
        find: "if payload.is_null() { return Ok(()); }",
        put: "",
    },
    Mutant {
        name: "never-gives-back",
        clause: "If the block is the last one of the heap, call `give_back`,",
        instead: "leaves the break where it is",
        stage: "give-back",
        within: "fn free(",
        find: "self.give_back()?;",
        put: "",
    },
    Mutant {
        name: "gives-one-block-back",
        clause: "The block before it is then the last one; if that block is free too, give it back as well, and so on.",
        instead: "gives only the last block back",
        stage: "give-back",
        within: "fn give_back(",
        find: "self.end_at_the_break();",
        put: "self.end_at_the_break(); return Ok(());",
    },
    Mutant {
        name: "gives-three-blocks-back",
        clause: "The block before it is then the last one; if that block is free too, give it back as well, and so on.",
        instead: "gives at most three blocks back",
        stage: "give-back",
        within: "fn give_back(",
        find: "loop {
            let last = Block::at(self.arena.brk()).prev_footer(&self.arena);
            if last.is_allocated() { return Ok(()); }
            self.arena.sbrk(-(last.size() as i32))?;
            self.end_at_the_break();
        }",
        put: "for _ in 0..3 {
            let last = Block::at(self.arena.brk()).prev_footer(&self.arena);
            if last.is_allocated() { return Ok(()); }
            self.arena.sbrk(-(last.size() as i32))?;
            self.end_at_the_break();
        }
        Ok(())",
    },
    Mutant {
        name: "keeps-small-blocks",
        clause: "If the last block of the heap is free, `sbrk` with a negative increment gives its bytes back to the system.",
        instead: "gives a block back only if it has 64 bytes or more",
        stage: "give-back",
        within: "fn give_back(",
        find: "last.is_allocated()",
        put: "last.is_allocated() || last.size() < 64",
    },
    Mutant {
        name: "null-with-room",
        clause: "`realloc(NULL, n)` is `malloc(n)`",
        instead: "asks for half as much again",
        stage: "realloc",
        within: "fn realloc(",
        find: "return self.malloc(size);",
        put: "return self.malloc(size + size / 2);",
    },
    Mutant {
        name: "zero-keeps-the-block",
        clause: "`realloc(p, 0)` frees `p` and returns NULL.",
        instead: "returns NULL, and keeps the block",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.free(payload)?; return Ok(Addr::NULL);",
        put: "return Ok(Addr::NULL);",
    },
    Mutant {
        name: "moves-to-shrink",
        clause: "A block that is large enough stays where it is.",
        instead: "moves a block unless its size is the same",
        stage: "realloc",
        within: "fn realloc(",
        find: "bytes <= old_bytes",
        put: "bytes == old_bytes",
    },
    Mutant {
        name: "splits-to-shrink",
        clause: "A block that is large enough stays where it is.",
        instead: "cuts off the end, as a free block",
        stage: "realloc",
        within: "fn realloc(",
        find: "if bytes <= old_bytes { return Ok(payload); }",
        put: "if bytes <= old_bytes {
            if old_bytes - bytes >= MINIMUM_BLOCK_BYTES {
                block.set_tags(&mut self.arena, Tag::allocated(bytes));
                block.next(bytes).set_tags(&mut self.arena, Tag::free(old_bytes - bytes));
            }
            return Ok(payload);
        }",
    },
    Mutant {
        name: "no-room-to-grow",
        clause: "so ask for one and a half times the size;",
        instead: "asks for the size",
        stage: "realloc",
        within: "fn realloc(",
        find: "size.saturating_add(size / 2)",
        put: "size",
    },
    Mutant {
        name: "doubles",
        clause: "so ask for one and a half times the size;",
        instead: "asks for twice the size",
        stage: "realloc",
        within: "fn realloc(",
        find: "size.saturating_add(size / 2)",
        put: "size.saturating_add(size)",
    },
    Mutant {
        name: "room-of-the-block",
        clause: "so ask for one and a half times the size;",
        instead: "asks for one and a half times the size of the block, with its tags",
        stage: "realloc",
        within: "fn realloc(",
        find: "size.saturating_add(size / 2)",
        put: "bytes.saturating_add(bytes / 2)",
    },
    Mutant {
        name: "asks-once",
        clause: "if there is no memory for that, ask for exactly the size.",
        instead: "fails",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.malloc(room).or_else(|_| self.malloc(size))?",
        put: "self.malloc(room)?",
    },
    Mutant {
        name: "last-block-moves-to-grow",
        clause: "The block that ends the heap can become larger or smaller without moving:",
        instead: "moves it if it becomes larger",
        stage: "in-place",
        within: "fn realloc(",
        find: "self.ends_the_heap(block, old_bytes)",
        put: "self.ends_the_heap(block, old_bytes) && bytes <= old_bytes",
    },
    Mutant {
        name: "last-block-keeps-its-size",
        clause: "The block that ends the heap can become larger or smaller without moving:",
        instead: "keeps its size if it need not be larger",
        stage: "in-place",
        within: "fn realloc(",
        find: "self.ends_the_heap(block, old_bytes)",
        put: "self.ends_the_heap(block, old_bytes) && bytes > old_bytes",
    },
    Mutant {
        name: "last-block-with-room",
        clause: "move the break by the difference of the two sizes.",
        instead: "moves the break by half as much again if the block becomes larger",
        stage: "in-place",
        within: "fn realloc(",
        find: "self.resize_last(block, old_bytes, bytes)?",
        put: "self.resize_last(block, old_bytes, if bytes > old_bytes { self.block_bytes(size + size / 2)? } else { bytes })?",
    },
    Mutant {
        name: "zero-only-marks",
        clause: "`realloc(p, 0)` frees `p` and returns NULL.",
        instead: "marks the last block free, and does not give it back",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.free(payload)?; return Ok(Addr::NULL);",
        put: "let (block, bytes) = self.allocated_block(payload)?; block.set_tags(&mut self.arena, Tag::free(bytes)); return Ok(Addr::NULL);",
    },
    Mutant {
        name: "realloc-of-a-bad-pointer",
        clause: "`allocated_block` refuses a pointer that is not a live payload, as in `free`.",
        instead: "allocates a block for a bad pointer",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.allocated_block(payload)?",
        put: "match self.allocated_block(payload) { Ok(found) => found, Err(_) => return self.malloc(size) }",
    },
    Mutant {
        name: "overflows-near-2-to-the-32",
        clause: "rounding up must not turn a size near 2^32 into a small one.",
        instead: "refuses only a size to which the tags can't be added",
        stage: "sizes",
        within: "fn block_bytes(",
        find: "size > LARGEST_REQUEST_BYTES",
        put: "size.checked_add(OVERHEAD_BYTES).is_none()",
    },
    Mutant {
        name: "room-of-32-bytes",
        clause: "so ask for one and a half times the size;",
        instead: "asks for 32 bytes more",
        stage: "realloc",
        within: "fn realloc(",
        find: "size.saturating_add(size / 2)",
        put: "size + 32",
    },
    Mutant {
        name: "room-of-three-quarters",
        clause: "so ask for one and a half times the size;",
        instead: "asks for one and three quarters",
        stage: "realloc",
        within: "fn realloc(",
        find: "size.saturating_add(size / 2)",
        put: "size + size / 4 * 3",
    },
    Mutant {
        name: "last-block-shrinks-to-half",
        clause: "The block that ends the heap can become larger or smaller without moving:",
        instead: "moves the break down only if the block becomes half as large",
        stage: "in-place",
        within: "fn realloc(",
        find: "self.ends_the_heap(block, old_bytes)",
        put: "(self.ends_the_heap(block, old_bytes) && (bytes > old_bytes || bytes <= old_bytes / 2))",
    },
    Mutant {
        name: "last-block-of-64",
        clause: "move the break by the difference of the two sizes.",
        instead: "makes it at least 64 bytes long if it becomes larger",
        stage: "in-place",
        within: "fn realloc(",
        find: "self.resize_last(block, old_bytes, bytes)?",
        put: "self.resize_last(block, old_bytes, if bytes > old_bytes { bytes.max(64) } else { bytes })?",
    },
    Mutant {
        name: "grows-by-pages",
        clause: "`grow` moves the break up by that many bytes.",
        instead: "moves the break up by whole pages for a large block",
        stage: "sizes",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "self.grow(if bytes >= 4096 { bytes.next_multiple_of(4096) } else { bytes })?",
    },
    Mutant {
        name: "keeps-large-blocks",
        clause: "If the last block of the heap is free, `sbrk` with a negative increment gives its bytes back to the system.",
        instead: "gives a block back only if it has less than 4096 bytes",
        stage: "give-back",
        within: "fn free(",
        find: "self.give_back()?;",
        put: "if bytes < 4096 { self.give_back()?; }",
    },
    Mutant {
        name: "moves-to-shrink-to-a-quarter",
        clause: "A block that is large enough stays where it is.",
        instead: "moves a block that becomes less than a quarter as large",
        stage: "realloc",
        within: "fn realloc(",
        find: "bytes <= old_bytes",
        put: "(bytes <= old_bytes && bytes * 4 > old_bytes)",
    },
    Mutant {
        name: "room-of-a-page-at-most",
        clause: "so ask for one and a half times the size;",
        instead: "asks for half as much again, but for 4096 bytes more at most",
        stage: "realloc",
        within: "fn realloc(",
        find: "size.saturating_add(size / 2)",
        put: "size + (size / 2).min(4096)",
    },
    Mutant {
        name: "last-block-moves-if-large",
        clause: "The block that ends the heap can become larger or smaller without moving:",
        instead: "moves it if it has 4096 bytes or more",
        stage: "in-place",
        within: "fn realloc(",
        find: "self.ends_the_heap(block, old_bytes)",
        put: "(self.ends_the_heap(block, old_bytes) && old_bytes < 4096)",
    },
];
