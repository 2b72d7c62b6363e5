//! Other policies than those of lab 1, the implicit list.
//!
//! Edits that change no answer, and are not in the list:
//! - A search that ends at the size 0 instead of `end`: that is the epilogue.
//! - Next fit whose second half goes on to the end of the heap: from the rover on, nothing fits. It
//!   reads twice as much at most, and the checks allow that.

use crate::mutant::Mutant;

pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "two-chunks",
        clause: "and a first chunk of 4096 bytes.",
        instead: "begins with two chunks",
        stage: "empty-heap",
        within: "pub fn new(",
        find: "heap.grow(CHUNK_BYTES)?;",
        put: "heap.grow(2 * CHUNK_BYTES)?;",
    },
    Mutant {
        name: "rounds-to-32",
        clause: "Write `block_bytes`, which adds the tags to the payload and rounds up to the alignment,",
        instead: "rounds up to a multiple of 32",
        stage: "search",
        within: "fn block_bytes(",
        find: "self.align.round_up(size + self.overhead_bytes())",
        put: "(size + self.overhead_bytes()).next_multiple_of(32)",
    },
    Mutant {
        name: "refuses-a-mebibyte",
        clause: "No request is too large for `block_bytes` unless its size is above `LARGEST_REQUEST_BYTES`.",
        instead: "refuses what is larger than 1 MiB",
        stage: "search",
        within: "fn block_bytes(",
        find: "size > LARGEST_REQUEST_BYTES",
        put: "size > 1 << 20",
    },
    Mutant {
        name: "a-chunk-more",
        clause: "a request takes the whole chunk, and for the next one the heap grows by what it needs.",
        instead: "grows by a chunk more",
        stage: "search",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "self.grow(bytes + CHUNK_BYTES)?",
    },
    Mutant {
        name: "grows-by-chunks",
        clause: "a request takes the whole chunk, and for the next one the heap grows by what it needs.",
        instead: "grows by whole chunks",
        stage: "search",
        within: "fn grow(",
        find: "bytes.max(CHUNK_BYTES)",
        put: "bytes.next_multiple_of(CHUNK_BYTES)",
    },
    Mutant {
        name: "never-splits",
        clause: "If it can, `split` makes an allocated block and a free one.",
        instead: "allocates the whole block",
        stage: "split",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "false",
    },
    Mutant {
        name: "keeps-the-smallest-rest",
        clause: "What is the smallest block, and which rest is too small to be a block?",
        instead: "leaves a rest of the smallest size in the block",
        stage: "split",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "size - bytes > self.minimum_block_bytes()",
    },
    Mutant {
        name: "keeps-small-rests",
        clause: "decide whether the rest of the block can be a block of its own.",
        instead: "splits only if the rest has 64 bytes or more",
        stage: "split",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "size - bytes >= 64",
    },
    Mutant {
        name: "takes-the-end",
        clause: "a small request leaves the rest free; when the rest can be a block",
        instead: "allocates the end of the free block, and leaves its start free",
        stage: "split",
        within: "fn malloc(",
        find: "self.place(block, bytes); Ok(block.payload())",
        put: "let size = block.header(&self.arena).size();
              if size - bytes < self.minimum_block_bytes() {
                  self.mark_allocated(block, size);
                  return Ok(block.payload());
              }
              let last = block.next(size - bytes);
              self.mark_rest(last, bytes, false);
              self.mark_free(block, size - bytes);
              self.mark_allocated(last, bytes);
              Ok(last.payload())",
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
        name: "ignores-bad-pointers",
        clause: "Any other payload must belong to an allocated block; if it does not, `allocated_block` returns an error.",
        instead: "does nothing if the pointer is bad",
        stage: "free",
        within: "fn free(",
        find: "self.allocated_block(payload)?",
        put: "match self.allocated_block(payload) { Ok(found) => found, Err(_) => return Ok(()) }",
    },
    Mutant {
        name: "first-fit-is-best-fit",
        clause: "walk from `block` to `end`; return the first free block of `bytes` bytes or more",
        instead: "returns the smallest that fits",
        stage: "free",
        within: "fn search(",
        find: "self.first_fit(first, end, bytes)",
        put: "self.best_fit(first, end, bytes)",
    },
    Mutant {
        name: "first-fit-is-worst-fit",
        clause: "walk from `block` to `end`; return the first free block of `bytes` bytes or more",
        instead: "returns the largest",
        stage: "free",
        within: "fn search(",
        find: "self.first_fit(first, end, bytes)",
        put: "self.worst_fit(first, end, bytes)",
    },
    Mutant {
        name: "first-fit-is-last-fit",
        clause: "walk from `block` to `end`; return the first free block of `bytes` bytes or more",
        instead: "returns the last that fits",
        stage: "free",
        within: "fn search(",
        find: "self.first_fit(first, end, bytes)",
        put: "{
            let (mut found, mut block) = (None, first);
            while block < end {
                let tag = block.header(&self.arena);
                if tag.is_free() && tag.size() >= bytes { found = Some(block); }
                block = block.next(tag.size());
            }
            found
        }",
    },
    Mutant {
        name: "no-case-2",
        clause: "In case 2 the block before is allocated, and the next block is free.",
        instead: "merges with the next block only if the one before is free, too",
        stage: "case-2",
        within: "fn coalesce(",
        find: "next_tag.is_free()",
        put: "next_tag.is_free() && !self.is_prev_allocated(block)",
    },
    Mutant {
        name: "no-case-3",
        clause: "In case 3 the block before is free, and the next block is allocated.",
        instead: "merges with the block before only if the next one is free, too",
        stage: "case-3",
        within: "fn coalesce(",
        find: "!self.is_prev_allocated(block)",
        put: "!self.is_prev_allocated(block) && next_tag.is_free()",
    },
    Mutant {
        name: "no-case-4",
        clause: "In case 4 both neighbours are free, and three blocks become one.",
        instead: "merges with one of the two",
        stage: "case-4",
        within: "fn coalesce(",
        find: "!self.is_prev_allocated(block)",
        put: "!self.is_prev_allocated(block) && !next_tag.is_free()",
    },
    Mutant {
        name: "grows-by-what-is-missing",
        clause: "The same happens when the heap grows and its last block is free: the new bytes join that block.",
        instead: "grows by less if the last block is free",
        stage: "case-3",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "{
            let end = Block::at(self.arena.brk());
            let free = if self.is_prev_allocated(end) { 0 } else { end.prev_footer(&self.arena).size() };
            self.grow(bytes - free)?
        }",
    },
    Mutant {
        name: "always-immediate",
        clause: "The policy `deferred` merges only when a search fails, in one pass over all blocks;",
        instead: "merges at every free",
        stage: "case-4",
        within: "fn free(",
        find: "self.policy.coalescing == Coalescing::Immediate",
        put: "true",
    },
    Mutant {
        name: "merges-before-every-search",
        clause: "The policy `deferred` merges only when a search fails, in one pass over all blocks;",
        instead: "merges before every search",
        stage: "case-4",
        within: "fn malloc(",
        find: "self.find_fit(bytes)",
        put: "{
            if self.policy.coalescing == Coalescing::Deferred { self.coalesce_all(); }
            self.find_fit(bytes)
        }",
    },
    Mutant {
        name: "grows-after-merging",
        clause: "Then the search is repeated, and the heap grows only if that fails, too.",
        instead: "merges, and grows the heap without another search",
        stage: "case-4",
        within: "fn find_fit(",
        find: "return self.search(bytes);",
        put: "return None;",
    },
    Mutant {
        name: "merges-when-growing-only",
        clause: "The policy `deferred` merges only when a search fails, in one pass over all blocks;",
        instead: "never makes that pass",
        stage: "case-4",
        within: "fn find_fit(",
        find: "self.coalesce_all();",
        put: "",
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
        name: "stays-if-large-enough",
        clause: "In every other case, allocate a new block, copy as many bytes as fit in both, and free the old block.",
        instead: "leaves a block that is large enough where it is",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "if size <= old_size { return Ok(payload) } else { self.malloc(size)? }",
    },
    Mutant {
        name: "stays-if-unchanged",
        clause: "In every other case, allocate a new block, copy as many bytes as fit in both, and free the old block.",
        instead: "leaves a block of the same size where it is",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "if size == old_size { return Ok(payload) } else { self.malloc(size)? }",
    },
    Mutant {
        name: "moves-with-room",
        clause: "In every other case, allocate a new block, copy as many bytes as fit in both, and free the old block.",
        instead: "allocates half as much again",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "self.malloc(size + size / 2)?",
    },
    Mutant {
        name: "grows-in-place",
        clause: "In every other case, allocate a new block, copy as many bytes as fit in both, and free the old block.",
        instead: "takes all of the next block if that is free and large enough",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "{
            let block = Block::at(payload);
            let own = block.header(&self.arena).size();
            let next = block.next(own).header(&self.arena);
            if next.is_free() && own + next.size() >= self.block_bytes(size)? {
                self.mark_allocated(block, own + next.size());
                return Ok(payload);
            }
            self.malloc(size)?
        }",
    },
    Mutant {
        name: "rover-never-moves",
        clause: "`self.rover` is the block that was found last.",
        instead: "leaves the rover at the start of the heap",
        stage: "next-fit",
        within: "fn search(",
        find: "self.rover = found.unwrap_or(self.rover);",
        put: "",
    },
    Mutant {
        name: "rover-behind-the-block",
        clause: "`self.rover` is the block that was found last.",
        instead: "moves the rover to the block behind",
        stage: "next-fit",
        within: "fn search(",
        find: "self.rover = found.unwrap_or(self.rover);",
        put: "if let Some(block) = found {
            let size = block.header(&self.arena).size();
            let behind = block.next(if size - bytes >= self.minimum_block_bytes() { bytes } else { size });
            self.rover = if behind < end { behind } else { first };
        }",
    },
    Mutant {
        name: "rover-to-the-start",
        clause: "If it finds nothing, the rover stays.",
        instead: "moves the rover to the start of the heap if nothing fits",
        stage: "next-fit",
        within: "fn search(",
        find: "self.rover = found.unwrap_or(self.rover);",
        put: "self.rover = found.unwrap_or(first);",
    },
    Mutant {
        name: "no-second-half",
        clause: "The search goes from the rover to the end of the heap, and then from the start of the heap to the rover.",
        instead: "ends at the end of the heap",
        stage: "next-fit",
        within: "fn search(",
        find: "self .first_fit(self.rover, end, bytes) .or_else(|| self.first_fit(first, self.rover, bytes))",
        put: "self.first_fit(self.rover, end, bytes)",
    },
    Mutant {
        name: "second-half-skips-a-block",
        clause: "The search goes from the rover to the end of the heap, and then from the start of the heap to the rover.",
        instead: "begins the second half at the second block",
        stage: "next-fit",
        within: "fn search(",
        find: "self.first_fit(first, self.rover, bytes)",
        put: "self.first_fit(first.next(first.header(&self.arena).size()), self.rover, bytes)",
    },
    Mutant {
        name: "begins-behind-the-rover",
        clause: "The search goes from the rover to the end of the heap, and then from the start of the heap to the rover.",
        instead: "begins behind the rover's block, and comes to it last",
        stage: "next-fit",
        within: "fn search(",
        find: "self .first_fit(self.rover, end, bytes) .or_else(|| self.first_fit(first, self.rover, bytes))",
        put: "{
            let rover = self.rover.header(&self.arena).size();
            self.first_fit(self.rover.next(rover), end, bytes).or_else(|| self.first_fit(first, end, bytes))
        }",
    },
    Mutant {
        name: "round-without-end",
        clause: "The search goes from the rover to the end of the heap, and then from the start of the heap to the rover.",
        instead: "goes round until it is at the rover again, but at first the rover is the prologue",
        stage: "next-fit",
        within: "fn search(",
        find: "self .first_fit(self.rover, end, bytes) .or_else(|| self.first_fit(first, self.rover, bytes))",
        put: "{
            let mut block = self.rover;
            loop {
                let tag = block.header(&self.arena);
                if tag.is_free() && tag.size() >= bytes { break Some(block); }
                block = block.next(tag.size());
                if block >= end { block = first; }
                if block == self.rover { break None; }
            }
        }",
    },
    Mutant {
        name: "rover-to-every-merge",
        clause: "If the rover's block is merged into the one before it, the rover no longer points to a block: `keep_rover_on_a_block` then moves it to the merged block. Other merges leave it where it is.",
        instead: "moves the rover to every block that is merged",
        stage: "next-fit",
        within: "fn keep_rover_on_a_block(",
        find: "merged < self.rover && self.rover < merged.next(size)",
        put: "true",
    },
    Mutant {
        name: "rover-from-the-next-block",
        clause: "If the rover's block is merged into the one before it, the rover no longer points to a block: `keep_rover_on_a_block` then moves it to the merged block. Other merges leave it where it is.",
        instead: "also moves a rover that is just behind the merged block",
        stage: "next-fit",
        within: "fn keep_rover_on_a_block(",
        find: "self.rover < merged.next(size)",
        put: "self.rover <= merged.next(size)",
    },
    Mutant {
        name: "rover-from-above",
        clause: "If the rover's block is merged into the one before it, the rover no longer points to a block: `keep_rover_on_a_block` then moves it to the merged block. Other merges leave it where it is.",
        instead: "moves a rover anywhere above the merged block",
        stage: "next-fit",
        within: "fn keep_rover_on_a_block(",
        find: "merged < self.rover && self.rover < merged.next(size)",
        put: "merged < self.rover",
    },
    Mutant {
        name: "merged-rover-to-the-start",
        clause: "if the rover is inside the merged block, move it to the start of that block",
        instead: "moves it to the start of the heap",
        stage: "next-fit",
        within: "fn keep_rover_on_a_block(",
        find: "self.rover = merged;",
        put: "self.rover = self.first_block();",
    },
    Mutant {
        name: "best-fit-takes-the-last",
        clause: "`best_fit` walks over all blocks and keeps the smallest one that fits; of equals, the first.",
        instead: "keeps the last of equals",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size < smallest",
        put: "size <= smallest",
    },
    Mutant {
        name: "best-fit-is-first-fit",
        clause: "`best_fit` walks over all blocks and keeps the smallest one that fits; of equals, the first.",
        instead: "keeps the first",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size < smallest",
        put: "false",
    },
    Mutant {
        name: "best-fit-ends-at-the-first-good-one",
        clause: "`best_fit` walks over all blocks and keeps the smallest one that fits; of equals, the first.",
        instead: "ends at a block that is at most 32 bytes too large",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size == bytes",
        put: "size >= bytes && size - bytes <= 32",
    },
    Mutant {
        name: "best-fit-goes-on",
        clause: "A block of exactly the requested size can't be improved on, so the walk ends there.",
        instead: "walks to the end",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "return Some(block);",
        put: "if best.is_none_or(|(_, smallest)| size < smallest) { best = Some((block, size)); }",
    },
    Mutant {
        name: "worst-fit-takes-the-last",
        clause: "`worst_fit` keeps the largest block, of equals the first, and always walks to the end.",
        instead: "keeps the last of equals",
        stage: "best-fit",
        within: "fn worst_fit(",
        find: "size > largest",
        put: "size >= largest",
    },
    Mutant {
        name: "worst-fit-is-best-fit",
        clause: "`worst_fit` keeps the largest block, of equals the first, and always walks to the end.",
        instead: "keeps the smallest",
        stage: "best-fit",
        within: "fn worst_fit(",
        find: "size > largest",
        put: "size < largest",
    },
    Mutant {
        name: "worst-fit-ends-early",
        clause: "`worst_fit` keeps the largest block, of equals the first, and always walks to the end.",
        instead: "ends at the first block of 1 KiB or more that fits",
        stage: "best-fit",
        within: "fn worst_fit(",
        find: "worst = Some((block, size));",
        put: "worst = Some((block, size)); if size >= 1024 { return worst.map(|(block, _)| block); }",
    },
    Mutant {
        name: "elided-overhead-of-two-words",
        clause: "So an allocated block needs no footer, and its payload can use that word.",
        instead: "keeps the word unused",
        stage: "elided",
        within: "fn overhead_bytes(",
        find: "match self.policy.footers { Footers::Kept => 2 * WORD_BYTES, Footers::Elided => WORD_BYTES, }",
        put: "2 * WORD_BYTES",
    },
    Mutant {
        name: "elided-minimum-of-16",
        clause: "the smallest block, with footers and without. It decides when the rest is split off.",
        instead: "keeps the minimum of 16 bytes without footers",
        stage: "elided",
        within: "fn minimum_block_bytes(",
        find: "match self.policy.footers { Footers::Kept => 4 * WORD_BYTES, Footers::Elided => self.align.bytes(), }",
        put: "4 * WORD_BYTES",
    },
    Mutant {
        name: "rover-from-below",
        clause: "If the rover's block is merged into the one before it, the rover no longer points to a block: `keep_rover_on_a_block` then moves it to the merged block. Other merges leave it where it is.",
        instead: "moves a rover anywhere below the end of the merged block",
        stage: "next-fit",
        within: "fn keep_rover_on_a_block(",
        find: "merged < self.rover && self.rover < merged.next(size)",
        put: "self.rover < merged.next(size)",
    },
    Mutant {
        name: "rover-to-the-grown-block",
        clause: "If it finds nothing, the rover stays.",
        instead: "moves the rover to the block that the heap grows by",
        stage: "next-fit",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "{ let block = self.grow(bytes)?; if self.policy.fit == Fit::Next { self.rover = block; } block }",
    },
    Mutant {
        name: "rover-stays-in-the-second-half",
        clause: "`self.rover` is the block that was found last.",
        instead: "leaves the rover where it is if the block is below it",
        stage: "next-fit",
        within: "fn search(",
        find: "self.rover = found.unwrap_or(self.rover);",
        put: "if found.is_some_and(|found| found >= self.rover) { self.rover = found.unwrap_or(self.rover); }",
    },
    Mutant {
        name: "best-fit-ends-within-an-eighth",
        clause: "`best_fit` walks over all blocks and keeps the smallest one that fits; of equals, the first.",
        instead: "ends at a block that is at most an eighth too large",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "tag.is_free() && size == bytes",
        put: "tag.is_free() && size >= bytes && size - bytes <= bytes / 8",
    },
    Mutant {
        name: "worst-fit-ends-at-half-a-chunk",
        clause: "and always walks to the end",
        instead: "ends at the first block of 2048 bytes or more that fits",
        stage: "best-fit",
        within: "fn worst_fit(",
        find: "worst = Some((block, size));",
        put: "worst = Some((block, size)); if size >= 2048 { return Some(block); }",
    },
    Mutant {
        name: "worst-fit-needs-a-rest",
        clause: "`worst_fit` keeps the largest block, of equals the first, and always walks to the end.",
        instead: "passes a block that fits exactly",
        stage: "best-fit",
        within: "fn worst_fit(",
        find: "tag.is_free() && size >= bytes",
        put: "tag.is_free() && size > bytes",
    },
    Mutant {
        name: "best-fit-needs-a-rest",
        clause: "A block of exactly the requested size can't be improved on, so the walk ends there.",
        instead: "passes a block that fits exactly",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "tag.is_free() && size == bytes",
        put: "false",
    },
    Mutant {
        name: "overflows-near-2-to-the-32",
        clause: "No request is too large for `block_bytes` unless its size is above `LARGEST_REQUEST_BYTES`.",
        instead: "refuses only a size to which the tags can't be added",
        stage: "search",
        within: "fn block_bytes(",
        find: "size > LARGEST_REQUEST_BYTES",
        put: "size.checked_add(self.overhead_bytes()).is_none()",
    },
    Mutant {
        name: "realloc-of-a-bad-pointer",
        clause: "`usable_size` refuses a pointer that is not a live payload.",
        instead: "allocates a block for a bad pointer",
        stage: "realloc",
        within: "fn realloc(",
        find: "self.usable_size(payload)?",
        put: "match self.usable_size(payload) { Ok(bytes) => bytes, Err(_) => return self.malloc(size) }",
    },
    Mutant {
        name: "best-fit-ends-at-twice-the-size",
        clause: "`best_fit` walks over all blocks and keeps the smallest one that fits; of equals, the first.",
        instead: "ends behind a block of at most twice the size",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "block < end",
        put: "block < end && best.is_none_or(|(_, size)| size > 4096 || size < 2 * bytes)",
    },
    Mutant {
        name: "grows-large-by-chunks",
        clause: "a request takes the whole chunk, and for the next one the heap grows by what it needs.",
        instead: "grows by whole chunks for a large block",
        stage: "search",
        within: "fn grow(",
        find: "bytes.max(CHUNK_BYTES)",
        put: "if bytes >= 8192 { bytes.next_multiple_of(CHUNK_BYTES) } else { bytes.max(CHUNK_BYTES) }",
    },
];
