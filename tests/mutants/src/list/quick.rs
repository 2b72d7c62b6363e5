//! Mistakes in the quick heap.

use crate::mutant::{MUTANT, Memory, Mutant};

pub const MUTANTS: &[Mutant] = &[
    // Sizes.
    Mutant {
        name: "size-without-header",
        wrong: "asize = ALIGN(size) leaves no room for the header",
        within: "fn block_bytes(",
        find: "(size + self.round_up_bytes) & !(self.align.bytes() - 1)",
        put: "self.align.round_up(size)",
        shows: "a 0 13",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "minimum-forgotten",
        wrong: "asize = ALIGN(size + WSIZE): a block with no room for two links and a footer when it is freed",
        within: "fn block_bytes(",
        find: "bytes.max(MINIMUM_BLOCK_BYTES)",
        put: "bytes",
        align_bytes: 8,
        shows: "a 0 4",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "lists-taken-for-zero",
        wrong: "mm_init() does not clear the bitmap: new memory is zero",
        file: "lists.rs",
        within: "fn empty_lists(",
        find: "self.arena.zero(start, BITMAP_BYTES);",
        put: "",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    // Classes, bitmap and find_fit.
    Mutant {
        name: "exact-one-class-too-many",
        wrong: "class <= 32 is taken for a class of one size: its first block is not compared",
        file: "class.rs",
        within: "fn is_exact(",
        find: "self.0 < Class::EXACT",
        put: "self.0 <= Class::EXACT",
        words: "immediate",
        shows: "a 0 534, a 1 40, f 0, a 2 569",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "first-of-the-class",
        wrong: "takes the first block of the class, which may be too small in a class of several sizes",
        within: "fn find_fit(",
        find: "found.is_exact()",
        put: "true",
        shows: "a 0 500, a 1 100, f 0, a 2 569",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "best-fit-too-small",
        wrong: "the smallest block of the class, whether it fits or not",
        within: "fn best_fit(",
        find: "size > bytes && best.is_none_or(|(_, smallest)| size < smallest)",
        put: "best.is_none_or(|(_, smallest)| size < smallest)",
        shows: "a 0 3372, a 1 8, f 0, a 2 8, c 3 3372",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "class-one-too-high",
        wrong: "insert() puts the block on the list above its own",
        file: "lists.rs",
        within: "fn link(",
        find: "Class::of(bytes, self.align)",
        put: "Class(Class::of(bytes, self.align).0 + 1)",
        shows: "a 0 16, a 1 8, r 0 8",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "class-of-the-payload",
        wrong: "insert() takes the class of the payload's size, not of the block's",
        file: "lists.rs",
        within: "fn link(",
        find: "Class::of(bytes, self.align)",
        put: "Class::of(bytes - WORD_BYTES, self.align)",
        shows: "m 0 64 8",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "bit-not-set",
        wrong: "insert() sets no bit: the list is never looked at",
        file: "lists.rs",
        within: "fn link(",
        find: "if after == head { self.set_bit(class, true); }",
        put: "",
        shows: "m 0 64 8",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bit-not-cleared",
        wrong: "the bit stays when the last block leaves the list: the head is taken for a block",
        file: "lists.rs",
        within: "fn unlink(",
        find: "self.set_bit(Class(class), false);",
        put: "",
        shows: "a 0 56, a 1 8, f 0, a 2 16",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bit-cleared-too-soon",
        wrong: "the bit is cleared when the list's last block is unlinked, though others are before it",
        file: "lists.rs",
        within: "fn unlink(",
        find: "before == after",
        put: "after.payload() < self.first_block().payload()",
        shows: "a 0 29, m 1 64 1, a 2 1, a 3 1, m 4 32 1, f 3, f 4, a 3 1, a 4 13",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bitmap-not-shifted",
        wrong: "ffs(bitmap) without bitmap >> class first: finds a smaller class",
        file: "lists.rs",
        within: "fn first_class_with_blocks(",
        find: "self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32)",
        put: "self.arena.load(self.bitmap_word(class.0))",
        shows: "m 0 64 8, a 1 8",
        caught: "access-past-break",
        ..MUTANT
    },
    // link and unlink.
    Mutant {
        name: "unlink-forward-only",
        wrong: "NEXT(PREV(bp)) = NEXT(bp), and PREV(NEXT(bp)) stays",
        file: "lists.rs",
        within: "fn unlink(",
        find: "self.join(before, after);",
        put: "self.arena.store_addr(before.payload(), after.payload());",
        shows: "a 0 56, a 1 8, f 0, a 2 16",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "unlink-tail-kept",
        wrong: "unlink does nothing for the last block of a list of several",
        file: "lists.rs",
        within: "fn unlink(",
        find: "self.join(before, after);",
        put: "if before == after || after.payload() > self.first_block().payload() { self.join(before, after); }",
        shows: "a 0 1, a 1 1, a 2 13, a 3 1, a 4 1, f 0, f 3, f 1, m 0 32 1",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "link-forgets-the-old-head",
        wrong: "the list's first block is not told of the one before it",
        file: "lists.rs",
        within: "fn link(",
        find: "self.join(block, after);",
        put: "self.arena.store_addr(block.payload(), after.payload());",
        shows: "m 0 64 8",
        caught: "check I9",
        ..MUTANT
    },
    // place and split.
    Mutant {
        name: "place-forgets-unlink",
        wrong: "place() allocates a block and leaves it on its list",
        within: "fn place(",
        find: "self.unlink(block);",
        put: "",
        shows: "a 0 200, a 1 8, f 0, a 2 16, a 3 178",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "prev-bit-lost-on-place",
        wrong: "PUT(HDRP(bp), PACK(csize, 1)) drops the bit about the block before",
        within: "fn place(",
        find: "Tag::allocated(size).with_prev_allocated(true)",
        put: "Tag::allocated(size)",
        words: "immediate",
        shows: "a 0 16, a 1 176, a 2 8, f 1, a 3 176, f 3",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "next-not-told-on-place",
        wrong: "the next header still says that the block before it is free",
        within: "fn place(",
        find: "block.next(size).set_prev_allocated(&mut self.arena, true);",
        put: "",
        words: "immediate",
        shows: "a 0 232, a 1 8, f 0, a 2 232",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "prev-bit-lost-on-split",
        wrong: "the rest's header says that the block before it is free: it was, a line ago",
        within: "fn split(",
        find: "Tag::free(size - bytes).with_prev_allocated(true)",
        put: "Tag::free(size - bytes)",
        words: "immediate",
        shows: "a 0 16, a 1 8, f 0, a 2 8",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-not-linked",
        wrong: "the rest is marked free and put on no list",
        within: "fn split(",
        find: "self.link(rest, size - bytes);",
        put: "",
        words: "immediate",
        shows: "m 0 256 8, a 1 8, f 0",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-in-the-old-class",
        wrong: "insert(rest, csize): the rest is listed by the size of the whole",
        within: "fn split(",
        find: "self.link(rest, size - bytes);",
        put: "self.link(rest, size);",
        words: "immediate",
        shows: "a 0 16, a 1 8, f 0, a 2 8",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-no-footer",
        wrong: "the rest gets a header and no footer",
        within: "fn split(",
        find: "rest.set_tags( &mut self.arena, Tag::free(size - bytes).with_prev_allocated(true), );",
        put: "rest.set_header(&mut self.arena, Tag::free(size - bytes).with_prev_allocated(true));",
        words: "immediate",
        shows: "a 0 16, a 1 8, f 0, a 2 8",
        caught: "check I3",
        ..MUTANT
    },
    // coalesce: the four cases, and the top.
    Mutant {
        name: "next-not-unlinked",
        wrong: "the block behind is merged and stays on its list",
        within: "fn coalesce(",
        find: "self.unlink(next);",
        put: "",
        words: "immediate",
        shows: "a 0 195, a 1 8, r 0 8, f 0, a 2 8, a 3 200",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "prev-not-unlinked",
        wrong: "the block before is merged and stays on its list",
        within: "fn coalesce(",
        find: "self.unlink(start);",
        put: "",
        words: "immediate",
        shows: "m 0 64 8, f 0, a 1 40, a 2 8",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "next-size-not-added",
        wrong: "the block behind is unlinked, and its size is not added",
        within: "fn coalesce(",
        find: "size += next_tag.size();",
        put: "",
        words: "immediate",
        shows: "a 0 16, a 1 8, f 0, a 2 8, f 2",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "prev-size-not-added",
        wrong: "the block before is unlinked, and its size is not added",
        within: "fn coalesce(",
        find: "size += block.payload() - start.payload();",
        put: "",
        words: "immediate",
        shows: "a 0 1, a 1 1, a 2 1, f 0, f 1",
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "prev-bit-not-asked",
        wrong: "reads the footer before every block, where an allocated block has none",
        within: "fn coalesce(",
        find: "!tag.is_prev_allocated()",
        put: "block != self.first_block() && block.prev_footer(&self.arena).is_free()",
        words: "immediate",
        shows: "a 0 1, a 1 1, f 1",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "case-4-next-left-out",
        wrong: "with both neighbours free, the one behind is left out",
        within: "fn coalesce(",
        find: "next_tag.is_free()",
        put: "next_tag.is_free() && start == block",
        words: "immediate",
        shows: "a 0 100, a 1 8, f 0, m 2 64 8, f 2",
        caught: "check I5",
        ..MUTANT
    },
    Mutant {
        name: "next-not-told-on-free",
        wrong: "the next header still says that the block before it is allocated",
        within: "fn coalesce(",
        find: "next.set_header(&mut self.arena, next_tag.with_prev_allocated(false));",
        put: "",
        words: "immediate",
        shows: "a 0 8, a 1 8, f 0",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "no-footer-on-free",
        wrong: "PUT(HDRP(bp), ..), and no PUT(FTRP(bp), ..)",
        within: "fn coalesce(",
        find: "start.set_tags(&mut self.arena, Tag::free(size).with_prev_allocated(true));",
        put: "start.set_header(&mut self.arena, Tag::free(size).with_prev_allocated(true));",
        words: "immediate",
        shows: "a 0 16, a 1 8, r 0 8, f 1",
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "top-taken-for-listed",
        wrong: "the block behind is the top, and is unlinked as if it were on a list",
        within: "fn coalesce(",
        find: "next == self.top && self.policy.top",
        put: "next == self.top && self.top_bytes() == 0",
        words: "immediate",
        shows: "a 0 8, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "top-starts-too-late",
        wrong: "free before and the top behind: the top begins at bp, and the block before is lost",
        within: "fn coalesce(",
        find: "self.set_top(start);",
        put: "self.set_top(block);",
        words: "immediate",
        shows: "m 0 64 8, f 0",
        caught: "check I4",
        ..MUTANT
    },
    // The top.
    Mutant {
        name: "header-one-word-late",
        wrong: "PUT(bp, PACK(size, 1)): the header is written into the payload",
        file: "top.rs",
        within: "fn place_in_top(",
        find: "self.mark_allocated(block, Tag::allocated(size).with_prev_allocated(true));",
        put: "self.arena.store(block.payload(), Tag::allocated(size).with_prev_allocated(true).to_word());",
        shows: "a 0 8",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "top-not-moved",
        wrong: "the block taken from the top is still the top",
        file: "top.rs",
        within: "fn place_in_top(",
        find: "self.set_top(block.next(size));",
        put: "",
        shows: "m 0 32 8, a 1 100",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "top-below-minimum",
        wrong: "8 bytes are left as the top, which has no room for links when it is listed",
        file: "top.rs",
        within: "fn place_in_top(",
        find: "self.top_bytes() - bytes < MINIMUM_BLOCK_BYTES",
        put: "self.top_bytes() == bytes",
        align_bytes: 8,
        shows: "a 0 1",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "top-rest-lost",
        wrong: "the rest that is too small for a block is taken, but the header does not say so",
        file: "top.rs",
        within: "fn place_in_top(",
        find: "Tag::allocated(size).with_prev_allocated(true)",
        put: "Tag::allocated(bytes).with_prev_allocated(true)",
        align_bytes: 8,
        shows: "a 0 5",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "top-too-small",
        wrong: "top_size + MINSIZE >= asize: takes more than the top has",
        within: "fn allocate(",
        find: "self.top_bytes() >= bytes",
        put: "self.top_bytes() + MINIMUM_BLOCK_BYTES >= bytes",
        shows: "a 0 5",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "epilogue-not-moved",
        wrong: "the epilogue is not written again when the heap grows",
        file: "top.rs",
        within: "fn set_top(",
        find: "epilogue.set_header(&mut self.arena, Tag::EPILOGUE);",
        put: "",
        shows: "a 0 3",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "epilogue-prev-bit-lost",
        wrong: "with no top, the epilogue says that the last block is free",
        file: "top.rs",
        within: "fn set_top(",
        find: "Tag::EPILOGUE.with_prev_allocated(true)",
        put: "Tag::EPILOGUE",
        shows: "a 0 13",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "top-prev-bit-lost",
        wrong: "the top says that the block before it is free",
        file: "top.rs",
        within: "fn set_top(",
        find: "Tag::free(bytes).with_prev_allocated(true)",
        put: "Tag::free(bytes)",
        shows: "a 0 8",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "quick-lists-not-emptied",
        wrong: "before the heap grows the quick lists are not emptied, so that NULL is returned though they hold enough",
        within: "fn allocate(",
        find: "self.quick_blocks > 0",
        put: "false",
        memory: Memory::Enough(2048),
        shows: "a 0 200, a 1 200, a 2 200, f 0, f 1, f 2, a 3 600",
        caught: "out-of-memory",
        ..MUTANT
    },
    // Quick lists.
    Mutant {
        name: "quick-link-not-written",
        wrong: "push: NEXT(bp) = head is forgotten: what the program left there is taken for a link",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "self.arena.store_addr(block.payload(), next);",
        put: "",
        shows: "a 0 8, f 0",
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "quick-link-read-one-late",
        wrong: "pop: head = *(bp + WSIZE), the word behind the link",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "self.arena.load_addr(payload)",
        put: "self.arena.load_addr(payload + WORD_BYTES)",
        shows: "a 0 8, f 0, a 1 8",
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "quick-head-not-moved",
        wrong: "pop: head = NEXT(bp) is forgotten: the same block again",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "self.arena.store_addr(head, next);",
        put: "",
        shows: "a 0 1, f 0, a 0 1",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "quick-block-not-counted",
        wrong: "push does not count",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "self.quick_blocks += 1;",
        put: "",
        shows: "a 0 3, r 0 0",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "quick-block-not-taken-off",
        wrong: "pop does not count",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "self.quick_blocks -= 1;",
        put: "",
        shows: "a 0 8, f 0, a 1 8",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "quick-bit-not-set",
        wrong: "a block on a quick list still says that the program holds it",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "tag.with_quick(true)",
        put: "tag",
        shows: "a 0 8, f 0",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "quick-bit-not-cleared",
        wrong: "a block from a quick list still says that it is free",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "Tag::allocated(bytes).with_prev_allocated(prev_allocated)",
        put: "Tag::allocated(bytes).with_prev_allocated(prev_allocated).with_quick(true)",
        shows: "a 0 232, f 0, a 1 232",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "quick-prev-bit-lost",
        wrong: "pop writes a new header and drops the bit about the block before",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "Tag::allocated(bytes).with_prev_allocated(prev_allocated)",
        put: "Tag::allocated(bytes)",
        shows: "a 0 1, f 0, a 0 1",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "quick-prev-bit-assumed",
        wrong: "pop takes it that the block before is allocated, as it was at the push",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "Tag::allocated(bytes).with_prev_allocated(prev_allocated)",
        put: "Tag::allocated(bytes).with_prev_allocated(true)",
        shows: "m 0 64 56, f 0, a 1 56",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "quick-list-one-too-high",
        wrong: "push: index (size >> 4) + 1, pop: index size >> 4: the block is too small",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "self.quick_head(tag.size())",
        put: "self.quick_head(tag.size() + self.align.bytes())",
        shows: "a 0 50, f 0, a 1 65",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "quick-one-list-too-many",
        wrong: "size <= MAX_QUICK: the last head lies behind the table",
        file: "quick.rs",
        within: "fn is_quick_size(",
        find: "bytes < self.quick_below_bytes",
        put: "bytes <= self.quick_below_bytes",
        shows: "a 0 248, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "flush-link-read-late",
        wrong: "emptying a quick list, the link is read after coalescing has written over it",
        file: "quick.rs",
        within: "fn flush_quick(",
        find: "payload = self.arena.load_addr(payload);
                let tag = block.header(&self.arena).with_quick(false);
                self.coalesce(block, tag);",
        put: "let tag = block.header(&self.arena).with_quick(false);
                self.coalesce(block, tag);
                payload = self.arena.load_addr(payload);",
        shows: "a 0 1, a 1 1, f 0, a 0 13",
        caught: "access-null",
        ..MUTANT
    },
    Mutant {
        name: "flush-head-not-cleared",
        wrong: "the blocks of a quick list are coalesced, and its head still leads to the first",
        file: "quick.rs",
        within: "fn flush_quick(",
        find: "self.arena.store_addr(head, Addr::NULL);",
        put: "",
        shows: "a 0 24, f 0, a 1 100",
        caught: "load-live",
        ..MUTANT
    },
    // memalign.
    Mutant {
        name: "memalign-no-offset",
        wrong: "finds room for the alignment and returns the start of the room",
        within: "fn memalign(",
        find: "self.free_lead(room, align_bytes)",
        put: "room",
        shows: "m 0 64 8",
        caught: "misaligned",
        ..MUTANT
    },
    Mutant {
        name: "memalign-keeps-size",
        wrong: "the aligned part keeps the size of the whole room",
        file: "aligned.rs",
        within: "fn free_lead(",
        find: "Tag::allocated(tag.size() - lead).with_prev_allocated(true)",
        put: "Tag::allocated(tag.size()).with_prev_allocated(true)",
        shows: "m 0 64 8",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "memalign-lead-below-minimum",
        wrong: "the gap before the aligned payload becomes a block even if it is 8 bytes",
        file: "aligned.rs",
        within: "fn lead_bytes(",
        find: "payload + MINIMUM_BLOCK_BYTES",
        put: "payload",
        align_bytes: 8,
        shows: "a 0 20, m 1 64 8",
        caught: "access-past-break",
        ..MUTANT
    },
    // realloc in place.
    Mutant {
        name: "shrink-keeps-size",
        wrong: "realloc to less frees the rest, and the block's header still counts it",
        within: "fn free_rest(",
        find: "self.mark_allocated(block, tag.with_size(bytes));",
        put: "",
        shows: "a 0 13, r 0 1",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "shrink-prev-bit-lost",
        wrong: "the header of the freed rest says that the block before it is free",
        within: "fn free_rest(",
        find: "Tag::allocated(rest_bytes).with_prev_allocated(true)",
        put: "Tag::allocated(rest_bytes)",
        shows: "a 0 13, r 0 1",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "shrink-below-minimum",
        wrong: "a rest of 8 bytes is freed as a block",
        within: "fn free_rest(",
        find: "rest_bytes < MINIMUM_BLOCK_BYTES",
        put: "rest_bytes == 0",
        align_bytes: 8,
        shows: "a 0 23, r 0 16",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "grows-into-allocated",
        wrong: "realloc takes the block behind if it is large enough, free or not",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "next_tag.is_allocated() || size < bytes",
        put: "size < bytes",
        shows: "a 0 8, a 1 8, r 0 16",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "grows-into-too-little",
        wrong: "realloc takes the free block behind, whether that is enough or not",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "next_tag.is_allocated() || size < bytes",
        put: "next_tag.is_allocated()",
        words: "immediate",
        shows: "a 0 16, a 1 6, f 0, a 2 8, r 2 40",
        caught: "overlap",
        ..MUTANT
    },
    Mutant {
        name: "grown-over-not-unlinked",
        wrong: "realloc takes the free block behind and leaves it on its list",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "self.unlink(next);",
        put: "",
        words: "immediate",
        shows: "a 0 16, a 1 8, r 0 0, a 2 8, r 2 16",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "prev-bit-lost-on-realloc",
        wrong: "PUT(HDRP(bp), PACK(size, 1)) drops the bit about the block before",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "tag.with_size(size)",
        put: "Tag::allocated(size)",
        words: "immediate",
        shows: "a 0 13, a 1 1, f 0, a 0 1, r 0 13",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "next-not-told-on-realloc",
        wrong: "the next header still says that the block before it is free",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "block.next(size).set_prev_allocated(&mut self.arena, true);",
        put: "",
        words: "immediate",
        shows: "a 0 200, a 1 8, r 0 8, r 0 200",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "top-not-moved-on-realloc",
        wrong: "realloc grows into the top, and the top still begins where it did",
        file: "realloc.rs",
        within: "fn grow_into_top(",
        find: "self.set_top(self.top.next(taken));",
        put: "",
        shows: "a 0 8, r 0 16",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "refusal-not-seen-on-realloc",
        wrong: "realloc grows the heap for the last block and does not look whether it could",
        file: "realloc.rs",
        within: "fn grow_into_top(",
        find: "self.top_bytes() < missing && self.grow(missing).is_err()",
        put: "{ if self.top_bytes() < missing { let _ = self.grow(missing); } false }",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 8, r 0 40",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "header-before-refusal",
        wrong: "realloc writes the larger size into the header before it is known that the heap can grow",
        file: "realloc.rs",
        within: "fn grow_into_top(",
        find: "if self.top_bytes() < missing && self.grow(missing).is_err() { return false; }",
        put: "block.set_header(&mut self.arena, tag.with_size(bytes));
              if self.top_bytes() < missing && self.grow(missing).is_err() { return false; }",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 8, r 0 40",
        caught: "failed-dirty",
        ..MUTANT
    },
    Mutant {
        name: "realloc-copies-after-free",
        wrong: "mm_free(old), then memcpy from it: a link is in its first word",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "self.arena.copy(block.payload(), moved, old_size.min(size)); self.free(block.payload())?;",
        put: "self.free(block.payload())?; self.arena.copy(block.payload(), moved, old_size.min(size));",
        shows: "a 0 8, a 1 8, r 0 16",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "realloc-copies-new-size",
        wrong: "memcpy(new, old, size): reads past the old block",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "old_size.min(size)",
        put: "size",
        shows: "a 0 8, a 1 8, r 0 24",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "realloc-copies-too-little",
        wrong: "memcpy(new, old, GET_SIZE(HDRP(old)) - 4 * WSIZE)",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "tag.size() - self.overhead_bytes",
        put: "tag.size() - 16",
        shows: "a 0 8, a 1 8, r 0 16",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    // Without one of the ideas.
    Mutant {
        name: "kept-footer-not-written",
        wrong: "PUT(HDRP(bp), PACK(asize, 1)), and no PUT(FTRP(bp), ..)",
        file: "format.rs",
        within: "fn mark_allocated(",
        find: "self.set_footer(block, tag);",
        put: "",
        words: "footers",
        shows: "a 0 8",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "no-top-epilogue-lost",
        wrong: "without a top, extend_heap() writes no new epilogue",
        file: "top.rs",
        within: "fn grow_by_a_block(",
        find: "self.top.set_header(&mut self.arena, epilogue);",
        put: "",
        words: "no-top",
        shows: "a 0 8",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "moving-copies-old-size",
        wrong: "realloc to less copies all of the old block",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "old_size.min(size)",
        put: "old_size",
        words: "moving",
        shows: "a 0 40, r 0 8",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "calloc-skips-the-top",
        wrong: "calloc does not zero what comes from the end of the heap: sbrk gives zeros",
        file: "contract.rs",
        within: "fn calloc(",
        find: "!payload.is_null()",
        put: "!payload.is_null() && payload + bytes + 4096 < self.arena.brk()",
        shows: "c 0 3372",
        caught: "not-zeroed",
        ..MUTANT
    },
];
