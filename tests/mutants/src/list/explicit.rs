//! Mistakes in the explicit list.

use super::implicit::{NEXT_NOT_TOLD_ON_FREE, PREV_BIT_LOST_ON_PLACE, SIZE_WITHOUT_TAGS};
use crate::mutant::{MUTANT, Memory, Mutant};

pub const MUTANTS: &[Mutant] = &[
    // Sizes.
    SIZE_WITHOUT_TAGS,
    // malloc and free.
    Mutant {
        name: "prologue-free",
        wrong: "PUT(heap_listp, PACK(16, 0)): the prologue is not marked allocated",
        within: "pub fn new(",
        find: "Tag::allocated(PROLOGUE_BYTES)",
        put: "Tag::free(PROLOGUE_BYTES)",
        shows: "",
        caught: "check I7",
        ..MUTANT
    },
    Mutant {
        name: "list-not-initialized",
        wrong: "mm_init() leaves the head's links as they are: new memory is zero",
        within: "pub fn new(",
        find: "heap.join(prologue, prologue);",
        put: "",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "free-null-read",
        wrong: "mm_free(NULL) reads GET_SIZE(HDRP(NULL))",
        within: "fn free(",
        find: "if payload.is_null() { return Ok(()); }",
        put: "if Block::at(payload).header(&self.arena).size() == 0 { return Ok(()); }",
        shows: "f -1",
        caught: "access-null",
        ..MUTANT
    },
    Mutant {
        name: "free-inserts-twice",
        wrong: "free() inserts the block twice",
        within: "fn free(",
        find: "self.link(block);",
        put: "self.link(block); self.link(block);",
        shows: "a 0 8, f 0",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "free-not-inserted",
        wrong: "free() marks the block free and puts it on no list",
        within: "fn free(",
        find: "self.link(block);",
        put: "",
        shows: "a 0 8, r 0 8",
        caught: "check I8",
        ..MUTANT
    },
    // find_fit.
    Mutant {
        name: "search-for-null",
        wrong: "while (bp != NULL): the list is a ring",
        within: "fn first_fit(",
        find: "block != head",
        put: "!block.payload().is_null()",
        shows: "a 0 5504",
        caught: "endless-loop",
        ..MUTANT
    },
    Mutant {
        name: "fit-without-tags",
        wrong: "GET_SIZE(HDRP(bp)) + DSIZE >= asize: the tags are counted twice",
        within: "fn first_fit(",
        find: "block.header(&self.arena).size() >= bytes",
        put: "block.header(&self.arena).size() + self.overhead_bytes() >= bytes",
        align_bytes: 8,
        shows: "a 0 55, r 0 8, a 1 62",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "best-fit-too-small",
        wrong: "the smallest block of the list, whether it fits or not",
        within: "fn best_fit(",
        find: "size > bytes && best.is_none_or(|(_, smallest)| size < smallest)",
        put: "best.is_none_or(|(_, smallest)| size < smallest)",
        words: "best-fit",
        shows: "a 0 75, a 1 16, r 0 0, r 1 92",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    // place and split.
    Mutant {
        name: "place-forgets-unlink",
        wrong: "place() allocates a block and leaves it on the free list",
        within: "fn place(",
        find: "self.unlink(block);",
        put: "",
        shows: "a 0 8",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "unlink-only-without-split",
        wrong: "place() unlinks the block only where it does not split",
        within: "fn place(",
        find: "self.unlink(block);",
        put: "if block.header(&self.arena).size() - bytes < self.minimum_block_bytes() { self.unlink(block); }",
        shows: "a 0 8",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "exact-fit-not-marked",
        wrong: "place() marks the block allocated only where it splits",
        within: "fn place(",
        find: "self.mark_allocated(block, size);",
        put: "",
        shows: "a 0 16, r 0 8, a 1 16",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "split-below-minimum",
        wrong: "if (csize > asize) split: a rest of 8 bytes has no room for links",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "size > bytes",
        align_bytes: 8,
        shows: "a 0 128, r 0 8, a 1 53, a 2 53",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-not-linked",
        wrong: "the rest is marked free and put on no list",
        within: "fn split(",
        find: "self.link(rest);",
        put: "",
        shows: "a 0 8",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "split-links-the-wrong-part",
        wrong: "insert(bp), where the rest should be inserted",
        within: "fn split(",
        find: "self.link(rest);",
        put: "self.link(block);",
        shows: "a 0 8, r 0 8",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-no-footer",
        wrong: "the rest gets a header and no footer",
        within: "fn split(",
        find: "self.mark_rest(rest, size - bytes, true);",
        put: "rest.set_header(&mut self.arena, Tag::free(size - bytes));",
        shows: "a 0 8",
        caught: "check I3",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-too-large",
        wrong: "PUT(HDRP(rest), PACK(csize - asize + DSIZE, 0))",
        within: "fn split(",
        find: "self.mark_rest(rest, size - bytes, true);",
        put: "self.mark_rest(rest, size - bytes + self.overhead_bytes(), true);",
        align_bytes: 8,
        shows: "a 0 8",
        caught: "access-past-break",
        ..MUTANT
    },
    // coalesce: the four cases.
    Mutant {
        name: "next-not-unlinked",
        wrong: "the block behind is merged and stays on the list",
        within: "fn coalesce(",
        find: "self.unlink(next);",
        put: "",
        shows: "a 0 8, f 0",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "prev-not-unlinked",
        wrong: "the block before is merged and stays on the list, where it is inserted again",
        within: "fn coalesce(",
        find: "self.unlink(start);",
        put: "",
        shows: "a 0 5815",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "next-size-not-added",
        wrong: "the block behind is unlinked, and its size is not added",
        within: "fn coalesce(",
        find: "size += next_tag.size();",
        put: "",
        shows: "a 0 8, f 0",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "prev-size-not-added",
        wrong: "the block before is unlinked, and its size is not added",
        within: "fn coalesce(",
        find: "size += block.payload() - start.payload();",
        put: "",
        shows: "m 0 64 8, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "prev-start-stays",
        wrong: "bp is not moved to the block before; what is unlinked is bp itself",
        within: "fn coalesce(",
        find: "start = block.prev(&self.arena); self.unlink(start); size += block.payload() - start.payload();",
        put: "self.unlink(start); size += block.prev_footer(&self.arena).size();",
        shows: "a 0 5815",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "case-4-prev-left-out",
        wrong: "else if (!prev_alloc): with both neighbours free, only the one behind is merged",
        within: "fn coalesce(",
        find: "!self.is_prev_allocated(block)",
        put: "!self.is_prev_allocated(block) && next_tag.is_allocated()",
        shows: "m 0 64 8, f 0",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "case-4-next-left-out",
        wrong: "with both neighbours free, only the one before is merged",
        within: "fn coalesce(",
        find: "next_tag.is_free()",
        put: "next_tag.is_free() && self.is_prev_allocated(block)",
        shows: "m 0 64 8, f 0",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "merged-footer-not-written",
        wrong: "only the header of the merged block is written",
        within: "fn coalesce(",
        find: "self.mark_free(start, size);",
        put: "start.set_header(&mut self.arena, Tag::free(size));",
        shows: "a 0 8, f 0",
        caught: "check I3",
        ..MUTANT
    },
    Mutant {
        name: "merged-not-linked",
        wrong: "the block that the heap grew by is put on no list",
        within: "fn grow(",
        find: "self.link(block);",
        put: "",
        shows: "",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "size-read-from-the-payload",
        wrong: "GET_SIZE(bp), where GET_SIZE(HDRP(bp)) was meant",
        within: "fn coalesce(",
        find: "block.header(&self.arena).size()",
        put: "Tag::from_word(self.arena.load(block.payload())).size()",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    // link and unlink.
    Mutant {
        name: "unlink-forward-only",
        wrong: "NEXT(PREV(bp)) = NEXT(bp), and PREV(NEXT(bp)) stays",
        within: "fn unlink(",
        find: "self.join(before, after);",
        put: "self.arena.store_addr(before.payload(), after.payload());",
        shows: "m 0 64 8, f 0",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "unlink-backward-only",
        wrong: "PREV(NEXT(bp)) = PREV(bp), and NEXT(PREV(bp)) stays",
        within: "fn unlink(",
        find: "self.join(before, after);",
        put: "self.arena.store_addr(after.payload() + WORD_BYTES, before.payload());",
        shows: "a 0 8",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "unlink-late-no-more",
        wrong: "a counter in a short runs over: after 10000 calls unlink does nothing",
        within: "fn unlink(",
        find: "self.join(before, after);",
        put: "if !crate::switch::late(10_000) { self.join(before, after); }",
        shows: "labs/traces/shapes/stack.rep",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "head-not-updated",
        wrong: "insert() sets the links of the block, and not those that lead to it",
        within: "fn link(",
        find: "self.join(before, block);",
        put: "self.arena.store_addr(block.payload() + WORD_BYTES, before.payload());",
        shows: "",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "next-link-not-set",
        wrong: "insert() forgets NEXT(bp): what the program left there is taken for a link",
        within: "fn link(",
        find: "self.join(block, after);",
        put: "self.arena.store_addr(after.payload() + WORD_BYTES, block.payload());",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "next-link-to-itself",
        wrong: "NEXT(bp) = head after head = bp: the list is a cycle of one block",
        within: "fn link(",
        find: "let after = self.next_free(before); self.join(before, block); self.join(block, after);",
        put: "self.join(before, block); let after = self.next_free(before); self.join(block, after);",
        shows: "",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "order-in-a-static",
        wrong: "static int flip: inserts at head and tail in turns, and mm_init() does not reset it",
        within: "fn link(",
        find: "match self.policy.order {
                 Order::Lifo => head,
                 Order::Fifo => self.last_free(head),
                 Order::Address => self.last_free_below(head, block),
               }",
        put: "if crate::switch::flip() { head } else { self.prev_free(head) }",
        shows: "a 0 8, a 1 8, r 0 8, a 2 8",
        caught: "second-run",
        ..MUTANT
    },
    Mutant {
        name: "prev-link-misaligned",
        wrong: "*(int *)(bp + 2): WSIZE was meant, and two links overlap",
        file: "list.rs",
        within: "fn join(",
        find: "b.payload() + WORD_BYTES",
        put: "b.payload() + 2",
        shows: "",
        caught: "access-misaligned",
        ..MUTANT
    },
    Mutant {
        name: "address-order-reversed",
        wrong: "the search for the place stops at the first block that is below, not above",
        file: "list.rs",
        within: "fn last_free_below(",
        find: "next > block",
        put: "next < block",
        words: "address",
        shows: "a 0 8, a 1 8, f 0",
        caught: "check I12",
        ..MUTANT
    },
    Mutant {
        name: "address-order-one-late",
        wrong: "insert() puts the block behind the first that is above it",
        file: "list.rs",
        within: "fn last_free_below(",
        find: "return before;",
        put: "return if next == head { before } else { next };",
        words: "address",
        shows: "a 0 8, a 1 8, f 0",
        caught: "check I12",
        ..MUTANT
    },
    // grow.
    Mutant {
        name: "grown-not-linked",
        wrong: "extend_heap() returns a block that was never inserted, and place() removes it",
        within: "fn grow(",
        find: "self.coalesce(block)",
        put: "{ if block.payload().is_null() { self.coalesce(block) } else { return Ok(block) } }",
        shows: "",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "grown-not-coalesced",
        wrong: "extend_heap() inserts the new block beside a free one",
        within: "fn grow(",
        find: "self.coalesce(block)",
        put: "block",
        shows: "a 0 970, a 1 970, a 2 970, m 3 256 970",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "tags-before-sbrk",
        wrong: "header and footer of the new block are written before mem_sbrk() is called",
        within: "fn grow(",
        find: "self.arena.sbrk(increment)?",
        put: "{
                let new = Block::at(self.arena.brk());
                new.set_tags(&mut self.arena, Tag::free(bytes));
                self.arena.sbrk(increment)?
              }",
        shows: "",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "epilogue-lost-late",
        wrong: "after 10 calls extend_heap() writes no epilogue",
        within: "fn grow(",
        find: "Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);",
        put: "if !crate::switch::late(10) { Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE); }",
        shows: "a 0 4000, a 1 4000, a 2 5656, a 3 5656, a 4 5656, a 5 200, a 6 5656, a 7 5656, a 8 5656, a 9 5656, a 10 5656",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "sbrk-refusal-not-seen",
        wrong: "(bp = mem_sbrk(size)) is not compared with (void *)-1, and a block is made there",
        within: "fn grow(",
        find: "self.arena.sbrk(increment)?",
        put: "self.arena.sbrk(increment).unwrap_or(Addr::new(u32::MAX))",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 5504",
        caught: "access-misaligned",
        ..MUTANT
    },
    // memalign.
    Mutant {
        name: "memalign-aligns-the-header",
        wrong: "bp = ALIGN(HDRP(bp)) + DSIZE: the block is aligned, not its payload",
        within: "fn split_lead(",
        find: "block.payload().align_up(align_bytes)",
        put: "block.header_addr().align_up(align_bytes) + 2 * WORD_BYTES",
        shows: "m 0 64 8",
        caught: "misaligned",
        ..MUTANT
    },
    Mutant {
        name: "memalign-rest-not-linked",
        wrong: "the aligned part is not inserted, and place() removes it",
        within: "fn split_lead(",
        find: "self.link(rest);",
        put: "",
        shows: "m 0 64 8",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "memalign-lead-keeps-size",
        wrong: "the block before the aligned one keeps the size of the whole",
        within: "fn split_lead(",
        find: "self.mark_free(block, lead);",
        put: "",
        shows: "m 0 64 8",
        caught: "check I3",
        ..MUTANT
    },
    Mutant {
        name: "lead-lost",
        wrong: "memalign() unlinks what it cuts off in front, and marks it allocated",
        within: "fn split_lead(",
        find: "self.mark_free(block, lead);",
        put: "self.unlink(block); self.mark_allocated(block, lead);",
        shows: "m 0 64 8",
        caught: "leaked",
        ..MUTANT
    },
    // Footers elided, coalescing deferred.
    PREV_BIT_LOST_ON_PLACE,
    NEXT_NOT_TOLD_ON_FREE,
    Mutant {
        name: "deferred-not-unlinked",
        wrong: "the pass that coalesces all leaves the first of two neighbours on the list",
        within: "fn coalesce_all(",
        find: "self.unlink(block);",
        put: "",
        words: "deferred",
        shows: "a 0 24, a 1 24, f 0, f 1, a 2 5504",
        caught: "endless-loop",
        ..MUTANT
    },
    Mutant {
        name: "deferred-not-linked",
        wrong: "the pass that coalesces all puts what it merged on no list",
        within: "fn coalesce_all(",
        find: "self.link(merged);",
        put: "",
        words: "deferred",
        shows: "a 0 24, a 1 24, f 0, f 1, a 2 5504",
        caught: "load-live",
        ..MUTANT
    },
    // realloc and calloc, as the contract has them.
    Mutant {
        name: "realloc-copies-after-free",
        wrong: "mm_free(old), then memcpy from it: the links are in its first words",
        file: "contract.rs",
        within: "fn realloc(",
        find: "let moved = self.malloc(size)?;
               self.arena_mut().copy(payload, moved, old_size.min(size));
               self.free(payload)?;
               Ok(moved)",
        put: "self.free(payload)?;
              let moved = self.malloc(size)?;
              self.arena_mut().copy(payload, moved, old_size.min(size));
              Ok(moved)",
        shows: "a 0 8, r 0 8",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "realloc-null-refused",
        wrong: "mm_realloc(NULL, n) goes on as if there were a block",
        file: "contract.rs",
        within: "fn realloc(",
        find: "if payload.is_null() { return self.malloc(size); }",
        put: "",
        shows: "r 0 8",
        caught: "refused",
        ..MUTANT
    },
    Mutant {
        name: "realloc-frees-first-when-full",
        wrong: "if malloc fails, mm_free(old) makes room and it is tried again: the old block is lost if it fails",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "match self.malloc(size) {
                Ok(moved) => moved,
                Err(_) => { self.free(payload)?; let moved = self.malloc(size)?; self.arena.copy(payload, moved, old_size.min(size)); return Ok(moved); }
              }",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 8, r 0 5815",
        caught: "failed-dirty",
        ..MUTANT
    },
    Mutant {
        name: "calloc-words-only",
        wrong: "for (i = 0; i < size / WSIZE; i++) p[i] = 0: the last bytes stay",
        file: "contract.rs",
        within: "fn calloc(",
        find: "self.arena_mut().zero(payload, bytes);",
        put: "self.arena_mut().zero(payload, bytes / WORD_BYTES * WORD_BYTES);",
        shows: "a 0 50, f 0, c 1 50",
        caught: "not-zeroed",
        ..MUTANT
    },
];
