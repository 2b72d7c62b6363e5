//! Mistakes in the implicit list.

use crate::mutant::{MUTANT, Memory, Mutant};

pub const MUTANTS: &[Mutant] = &[
    // Sizes.
    Mutant {
        name: "size-rounded-down",
        wrong: "asize = (size + DSIZE) & ~0xf rounds down",
        within: "fn block_bytes(",
        find: "self.align.round_up(size + self.overhead_bytes())",
        put: "(size + self.overhead_bytes()) & !(self.align.bytes() - 1)",
        shows: "a 0 13",
        caught: "usable-size",
        ..MUTANT
    },
    SIZE_WITHOUT_TAGS,
    Mutant {
        name: "size-without-footer",
        wrong: "asize = ALIGN(size + WSIZE): the footer's word is the payload's too, and usable_size agrees",
        file: "format.rs",
        within: "fn overhead_bytes(",
        find: "2 * WORD_BYTES",
        put: "WORD_BYTES",
        shows: "a 0 41",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "size-wraps",
        wrong: "asize = ALIGN(size + DSIZE) wraps to a few bytes for malloc((size_t)-8)",
        within: "fn block_bytes(",
        find: "if size > LARGEST_REQUEST_BYTES { return Err(OutOfMemory); }
               let bytes = self.align.round_up(size + self.overhead_bytes());
               Ok(bytes.max(self.minimum_block_bytes()))",
        put: "let bytes = size.wrapping_add(self.overhead_bytes() + 15) & !15;
              Ok(bytes.max(self.minimum_block_bytes()))",
        memory: Memory::AnyRequest,
        shows: "a 0 4294967294",
        caught: "outside-heap",
        ..MUTANT
    },
    Mutant {
        name: "large-requests-refused",
        wrong: "if (asize > CHUNKSIZE) return NULL: a request may be larger than a chunk",
        within: "fn block_bytes(",
        find: "size > LARGEST_REQUEST_BYTES",
        put: "size > CHUNK_BYTES",
        shows: "a 0 5504",
        caught: "out-of-memory",
        ..MUTANT
    },
    // malloc and free.
    Mutant {
        name: "null-after-growing",
        wrong: "extend_heap(asize); return NULL: the block just made is not used",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "{ self.grow(bytes)?; return Ok(Addr::NULL); }",
        shows: "a 0 5504",
        caught: "null",
        ..MUTANT
    },
    Mutant {
        name: "free-null-refused",
        wrong: "mm_free(NULL) goes on as if there were a block",
        within: "fn free(",
        find: "if payload.is_null() { return Ok(()); }",
        put: "",
        shows: "f -1",
        caught: "refused",
        ..MUTANT
    },
    Mutant {
        name: "free-reads-no-prev-bit",
        wrong: "PUT(HDRP(bp), PACK(size, PREV_ALLOC)): takes it that the block before is allocated",
        file: "format.rs",
        within: "fn mark_free(",
        find: "self.mark_rest(block, size, prev_allocated);",
        put: "self.mark_rest(block, size, true);",
        words: "elided",
        shows: "m 0 64 8, f 0",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "free-of-the-next-size",
        wrong: "size = GET_SIZE(HDRP(NEXT_BLKP(bp))): frees with the neighbour's size",
        within: "fn free(",
        find: "self.mark_free(block, tag.size());",
        put: "let next_bytes = block.next(tag.size()).header(&self.arena).size();
              let bytes = if next_bytes == 0 { tag.size() } else { next_bytes };
              self.mark_free(block, bytes);",
        shows: "a 0 8, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "trim-without-look",
        wrong: "after a large free, sbrk(-size) without a look at who is at the end",
        within: "fn free(",
        find: "self.coalesce(block);",
        put: "self.coalesce(block);
              if tag.size() >= CHUNK_BYTES {
                  self.arena.sbrk(-(CHUNK_BYTES as i32))?;
                  Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
              }",
        shows: "a 0 5504, a 1 8, f 0",
        caught: "shrink-live",
        ..MUTANT
    },
    Mutant {
        name: "trim-then-touch",
        wrong: "sbrk(-n) for the free end of the heap, and then clears the footer there",
        within: "fn free(",
        find: "self.coalesce(block);",
        put: "let block = self.coalesce(block);
              let size = block.header(&self.arena).size();
              if block.next(size).payload() == self.arena.brk() && size >= 2 * CHUNK_BYTES {
                  self.arena.sbrk(-(CHUNK_BYTES as i32))?;
                  block.set_tags(&mut self.arena, Tag::free(size - CHUNK_BYTES));
                  Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
                  self.arena.store(block.footer_addr(size), 0);
              }",
        shows: "a 0 5504, f 0",
        caught: "access-given-back",
        ..MUTANT
    },
    Mutant {
        name: "usable-size-too-small",
        wrong: "malloc_usable_size() takes the tags off, and so does its caller",
        within: "fn usable_size(",
        find: "tag.size() - self.overhead_bytes()",
        put: "tag.size() - 2 * self.overhead_bytes()",
        shows: "a 0 8",
        caught: "usable-size",
        ..MUTANT
    },
    // find_fit.
    Mutant {
        name: "fit-without-tags",
        wrong: "GET_SIZE(HDRP(bp)) + DSIZE >= asize: the tags are counted twice",
        within: "fn first_fit(",
        find: "tag.size() >= bytes",
        put: "tag.size() + 2 * WORD_BYTES >= bytes",
        align_bytes: 8,
        shows: "a 0 12, r 0 8, a 1 18",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "fit-takes-allocated",
        wrong: "asize <= GET_SIZE(HDRP(bp)), and !GET_ALLOC(HDRP(bp)) is forgotten",
        within: "fn first_fit(",
        find: "tag.is_free() && tag.size() >= bytes",
        put: "tag.size() >= bytes",
        shows: "a 0 16, a 1 12",
        caught: "still-live",
        ..MUTANT
    },
    Mutant {
        name: "search-past-the-end",
        wrong: "for (bp = heap_listp; ; bp = NEXT_BLKP(bp)): never looks for the epilogue",
        within: "fn first_fit(",
        find: "block < end",
        put: "true",
        shows: "a 0 5504",
        caught: "endless-loop",
        ..MUTANT
    },
    Mutant {
        name: "best-fit-too-small",
        wrong: "the smallest free block of all, whether it fits or not",
        within: "fn best_fit(",
        find: "tag.is_free() && size > bytes",
        put: "tag.is_free()",
        words: "best-fit",
        shows: "a 0 8, r 0 8, a 1 24",
        caught: "overlap",
        ..MUTANT
    },
    Mutant {
        name: "worst-fit-too-small",
        wrong: "the largest free block of all, whether it fits or not",
        within: "fn worst_fit(",
        find: "tag.is_free() && size >= bytes",
        put: "tag.is_free()",
        words: "worst-fit",
        shows: "a 0 5504",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "rover-left-in-a-merged-block",
        wrong: "coalesce() does not move the rover out of the block that was swallowed",
        within: "fn coalesce(",
        find: "self.keep_rover_on_a_block(start, size);",
        put: "",
        words: "next-fit",
        shows: "a 0 8, r 0 8, f 0",
        caught: "check I13",
        ..MUTANT
    },
    Mutant {
        name: "rover-past-the-split",
        wrong: "rover = bp + asize before the block is split there, or is not split",
        within: "fn search(",
        find: "self.rover = found.unwrap_or(self.rover);",
        put: "self.rover = found.map_or(self.rover, |block| block.next(bytes));",
        words: "next-fit",
        shows: "m 0 64 8",
        caught: "check I13",
        ..MUTANT
    },
    Mutant {
        name: "deferred-recursion",
        wrong: "if nothing fits: coalesce all, and return find_fit(asize) again",
        within: "fn find_fit(",
        find: "return self.search(bytes);",
        put: "let found = self.find_fit(bytes); return std::hint::black_box(found);",
        words: "deferred",
        shows: "a 0 5504",
        caught: "endless-loop",
        ..MUTANT
    },
    Mutant {
        name: "deferred-skips-a-run",
        wrong: "the pass that coalesces all goes on behind a merged block with its old size",
        within: "fn coalesce_all(",
        find: "self.coalesce(block);",
        put: "self.coalesce(block); block = next.next(tag.size());",
        words: "deferred",
        shows: "a 0 40, f 0, a 1 4, f 1, a 2 5504",
        caught: "load-stale",
        ..MUTANT
    },
    // place and split.
    Mutant {
        name: "exact-fit-not-marked",
        wrong: "place() marks the block allocated only where it splits",
        within: "fn place(",
        find: "self.mark_allocated(block, size);",
        put: "",
        shows: "a 0 232, a 1 8, f 0, a 2 232",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "split-below-minimum",
        wrong: "if (csize > asize) split: a rest of 8 bytes is not a block",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "size > bytes",
        align_bytes: 8,
        shows: "a 0 16, m 1 16 8, a 2 3",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-keeps-size",
        wrong: "PUT(HDRP(rest), PACK(csize, 0)): the rest keeps the size of the whole",
        within: "fn split(",
        find: "self.mark_rest(rest, size - bytes, true);",
        put: "self.mark_rest(rest, size, true);",
        shows: "a 0 8",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-not-marked",
        wrong: "the rest gets no header and no footer",
        within: "fn split(",
        find: "self.mark_rest(rest, size - bytes, true);",
        put: "",
        shows: "a 0 8",
        caught: "load-unwritten",
        ..MUTANT
    },
    // Tags.
    Mutant {
        name: "no-footer-on-free",
        wrong: "PUT(HDRP(bp), PACK(size, 0)), and no PUT(FTRP(bp), ..)",
        file: "format.rs",
        within: "fn mark_free(",
        find: "block.set_tags(&mut self.arena, Tag::free(size))",
        put: "block.set_header(&mut self.arena, Tag::free(size))",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "no-footer-on-place",
        wrong: "PUT(HDRP(bp), PACK(asize, 1)), and no PUT(FTRP(bp), ..)",
        file: "format.rs",
        within: "fn mark_allocated(",
        find: "block.set_tags(&mut self.arena, Tag::allocated(size))",
        put: "block.set_header(&mut self.arena, Tag::allocated(size))",
        shows: "a 0 8",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "footer-before-header",
        wrong: "PUT(FTRP(bp), ..) comes before PUT(HDRP(bp), ..), and FTRP reads the old size",
        file: "format.rs",
        within: "fn mark_free(",
        find: "block.set_tags(&mut self.arena, Tag::free(size))",
        put: "{
                let old = block.header(&self.arena).size();
                let footer = block.footer_addr(if old == 0 { size } else { old });
                self.arena.store(footer, Tag::free(size).to_word());
                block.set_header(&mut self.arena, Tag::free(size));
              }",
        shows: "a 0 8, f 0",
        caught: "check I3",
        ..MUTANT
    },
    PREV_BIT_LOST_ON_PLACE,
    Mutant {
        name: "next-not-told-on-place",
        wrong: "the next header still says that the block before it is free",
        file: "format.rs",
        within: "fn mark_allocated(",
        find: "block.next(size).set_prev_allocated(&mut self.arena, true);",
        put: "",
        words: "elided",
        shows: "a 0 232, a 1 8, f 0, a 2 232",
        caught: "usable-size",
        ..MUTANT
    },
    NEXT_NOT_TOLD_ON_FREE,
    Mutant {
        name: "elided-footer-read",
        wrong: "GET_ALLOC(FTRP(PREV_BLKP(bp))), where an allocated block has no footer",
        file: "format.rs",
        within: "fn is_prev_allocated(",
        find: "block.header(&self.arena).is_prev_allocated()",
        put: "block.prev_footer(&self.arena).is_allocated()",
        words: "elided",
        shows: "a 0 8, a 1 8",
        caught: "load-live",
        ..MUTANT
    },
    // coalesce: the four cases.
    Mutant {
        name: "case-2-not-merged",
        wrong: "coalesce case 2, free behind: does nothing",
        within: "fn coalesce(",
        find: "size += next_tag.size();",
        put: "",
        shows: "a 0 8, f 0",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "case-2-next-size-only",
        wrong: "coalesce case 2, free behind: size = the neighbour's, not the sum",
        within: "fn coalesce(",
        find: "size += next_tag.size();",
        put: "size = next_tag.size();",
        shows: "a 0 8, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "case-3-start-stays",
        wrong: "coalesce case 3, free before: bp is not moved to the block before",
        within: "fn coalesce(",
        find: "start = block.prev(&self.arena); size += block.payload() - start.payload();",
        put: "size += block.prev_footer(&self.arena).size();",
        shows: "a 0 5504",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "case-3-own-size-lost",
        wrong: "coalesce case 3, free before: the sum leaves out the block's own size",
        within: "fn coalesce(",
        find: "size += block.payload() - start.payload();",
        put: "size = block.payload() - start.payload();",
        shows: "a 0 5504",
        caught: "check I1",
        ..MUTANT
    },
    Mutant {
        name: "case-4-next-left-out",
        wrong: "coalesce case 4, free on both sides: the block behind is left out",
        within: "fn coalesce(",
        find: "next_tag.is_free()",
        put: "next_tag.is_free() && self.is_prev_allocated(block)",
        shows: "m 0 64 8, f 0",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "case-4-start-stays",
        wrong: "coalesce case 4, free on both sides: bp is not moved to the block before",
        within: "fn coalesce(",
        find: "start = block.prev(&self.arena); size += block.payload() - start.payload();",
        put: "let before = block.prev(&self.arena); size += block.payload() - before.payload(); if next_tag.is_allocated() { start = before; }",
        shows: "m 0 64 8, f 0",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "next-forgotten-late",
        wrong: "after 6000 calls, which is 12000 operations of the trace, coalesce() merges with nothing behind",
        within: "fn coalesce(",
        find: "next_tag.is_free()",
        put: "!crate::switch::late(6_000) && next_tag.is_free()",
        shows: "labs/traces/classic/coalescing.rep",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "coalesce-takes-allocated",
        wrong: "merges with the block behind unless it is the epilogue, allocated or not",
        within: "fn coalesce(",
        find: "next_tag.is_free()",
        put: "next_tag.size() != 0",
        shows: "a 0 8, a 1 8, f 0",
        caught: "check I5",
        ..MUTANT
    },
    // grow.
    Mutant {
        name: "grows-by-a-chunk-only",
        wrong: "extend_heap(CHUNKSIZE), however much was asked for",
        within: "fn grow(",
        find: "bytes.max(CHUNK_BYTES)",
        put: "CHUNK_BYTES",
        shows: "a 0 2000, a 1 377, a 2 5815",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "grows-with-tags-on-top",
        wrong: "the new block is given the size that sbrk was asked for plus DSIZE",
        within: "fn grow(",
        find: "self.mark_free(block, bytes);",
        put: "self.mark_free(block, bytes + 4 * WORD_BYTES);",
        shows: "",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "epilogue-lost",
        wrong: "extend_heap() writes no new epilogue",
        within: "fn grow(",
        find: "Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);",
        put: "",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "epilogue-past-the-break",
        wrong: "PUT(mem_sbrk(0), PACK(0, 1)): one word late",
        within: "fn grow(",
        find: "Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);",
        put: "let end = self.arena.brk(); self.arena.store(end, Tag::EPILOGUE.to_word());",
        shows: "",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "grow-prev-bit-lost",
        wrong: "the old epilogue's bit about the block before is not kept in the new header",
        within: "fn grow(",
        find: "self.mark_free(block, bytes);",
        put: "self.mark_rest(block, bytes, false);",
        words: "elided",
        shows: "",
        caught: "check I7",
        ..MUTANT
    },
    Mutant {
        name: "sbrk-refusal-not-seen",
        wrong: "(bp = mem_sbrk(size)) is not compared with (void *)-1",
        within: "fn grow(",
        find: "self.arena.sbrk(increment)?",
        put: "self.arena.sbrk(increment).unwrap_or(self.arena.brk())",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 5504",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "epilogue-freed-before-sbrk",
        wrong: "the old epilogue becomes a free header before it is known that sbrk works",
        within: "fn grow(",
        find: "self.arena.sbrk(increment)?",
        put: "{
                let epilogue = Block::at(self.arena.brk());
                let tag = epilogue.header(&self.arena);
                epilogue.set_header(&mut self.arena, Tag::free(bytes).with_prev_allocated(tag.is_prev_allocated()));
                self.arena.sbrk(increment)?
              }",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 5504",
        caught: "check I7",
        ..MUTANT
    },
    // memalign.
    Mutant {
        name: "memalign-no-offset",
        wrong: "finds room for the alignment and returns the start of the room",
        within: "fn memalign(",
        find: "self.split_lead(block, align_bytes)",
        put: "block",
        shows: "m 0 64 8",
        caught: "misaligned",
        ..MUTANT
    },
    Mutant {
        name: "memalign-no-room",
        wrong: "searches for size bytes, and then moves the payload up",
        within: "fn memalign(",
        find: "bytes.checked_add(align_bytes).ok_or(OutOfMemory)?",
        put: "bytes",
        shows: "m 0 256 8, m 1 256 8",
        caught: "still-live",
        ..MUTANT
    },
    Mutant {
        name: "memalign-lead-not-marked",
        wrong: "the block before the aligned one keeps its old header",
        within: "fn split_lead(",
        find: "self.mark_free(block, lead);",
        put: "",
        shows: "m 0 64 8",
        caught: "check I3",
        ..MUTANT
    },
    Mutant {
        name: "memalign-lead-below-minimum",
        wrong: "the gap before the aligned payload becomes a block even if it is 8 bytes",
        within: "fn split_lead(",
        find: "payload - block.payload() < self.minimum_block_bytes()",
        put: "false",
        align_bytes: 8,
        shows: "a 0 16, m 1 16 8",
        caught: "check I2",
        ..MUTANT
    },
    // realloc and calloc, as the contract has them.
    Mutant {
        name: "realloc-copies-old-size",
        wrong: "memcpy(new, old, GET_SIZE(HDRP(old)) - DSIZE), also when it shrinks",
        file: "contract.rs",
        within: "fn realloc(",
        find: "old_size.min(size)",
        put: "old_size",
        shows: "a 0 16, r 0 8",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "realloc-copies-new-size",
        wrong: "memcpy(new, old, size), also when it grows",
        file: "contract.rs",
        within: "fn realloc(",
        find: "old_size.min(size)",
        put: "size",
        shows: "a 0 8, r 0 24",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "realloc-copies-too-little",
        wrong: "memcpy(new, old, n - WSIZE): the last word is not copied",
        file: "contract.rs",
        within: "fn realloc(",
        find: "old_size.min(size)",
        put: "old_size.min(size).saturating_sub(WORD_BYTES)",
        shows: "a 0 8, r 0 8",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "realloc-frees-when-refused",
        wrong: "if malloc fails, the old block is freed before NULL is returned",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "match self.malloc(size) {
                Ok(moved) => moved,
                Err(error) => { self.free(payload)?; return Err(error); }
              }",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 8, r 0 5815",
        caught: "failed-dirty",
        ..MUTANT
    },
    Mutant {
        name: "realloc-0-returns-the-block",
        wrong: "realloc(p, 0) returns p and frees nothing",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.free(payload)?; return Ok(Addr::NULL);",
        put: "return Ok(payload);",
        shows: "a 0 8, r 0 0",
        caught: "not-null",
        ..MUTANT
    },
    Mutant {
        name: "calloc-not-zeroed",
        wrong: "calloc is malloc: new pages are zero, after all",
        file: "contract.rs",
        within: "fn calloc(",
        find: "self.arena_mut().zero(payload, bytes);",
        put: "",
        shows: "a 0 100, f 0, c 1 100",
        caught: "not-zeroed",
        ..MUTANT
    },
    Mutant {
        name: "calloc-zeroes-the-block",
        wrong: "memset(bp, 0, GET_SIZE(HDRP(bp))): the footer and the next header too",
        file: "contract.rs",
        within: "fn calloc(",
        find: "self.arena_mut().zero(payload, bytes);",
        put: "let bytes = Block::at(payload).header(&self.arena).size(); self.arena_mut().zero(payload, bytes);",
        shows: "c 0 8",
        caught: "usable-size",
        ..MUTANT
    },
];

pub const SIZE_WITHOUT_TAGS: Mutant = Mutant {
    name: "size-without-tags",
    wrong: "asize = ALIGN(size) leaves no room for header and footer",
    within: "fn block_bytes(",
    find: "self.align.round_up(size + self.overhead_bytes())",
    put: "self.align.round_up(size)",
    shows: "a 0 13",
    caught: "usable-size",
    ..MUTANT
};

pub const PREV_BIT_LOST_ON_PLACE: Mutant = Mutant {
    name: "prev-bit-lost-on-place",
    wrong: "PUT(HDRP(bp), PACK(asize, 1)) drops the bit about the block before",
    file: "format.rs",
    within: "fn mark_allocated(",
    find: "Tag::allocated(size).with_prev_allocated(prev_allocated)",
    put: "Tag::allocated(size)",
    words: "elided",
    shows: "a 0 8",
    caught: "check I4",
    ..MUTANT
};

pub const NEXT_NOT_TOLD_ON_FREE: Mutant = Mutant {
    name: "next-not-told-on-free",
    wrong: "the next header still says that the block before it is allocated",
    file: "format.rs",
    within: "fn mark_rest(",
    find: "block.next(size).set_prev_allocated(&mut self.arena, false);",
    put: "",
    words: "elided",
    shows: "a 0 8, a 1 8, f 0",
    caught: "check I4",
    ..MUTANT
};
