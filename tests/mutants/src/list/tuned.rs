//! Mistakes in the tuned heap: blocks with headers. `slots.rs` has those in its slabs.

use crate::mutant::{MUTANT, Memory, Mutant};

pub const MUTANTS: &[Mutant] = &[
    // Sizes.
    Mutant {
        name: "size-without-header",
        wrong: "asize = ALIGN(size) leaves no room for the header",
        within: "fn block_bytes(",
        find: "self.align.round_up(size + WORD_BYTES)",
        put: "self.align.round_up(size)",
        shows: "a 0 13",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "minimum-forgotten",
        wrong: "asize = ALIGN(size + WSIZE): a block with no room for two links and a footer when it is freed",
        within: "fn block_bytes(",
        find: "self.align.round_up(size + WORD_BYTES).max(MINIMUM_BLOCK_BYTES)",
        put: "self.align.round_up(size + WORD_BYTES)",
        align_bytes: 8,
        shows: "a 0 4",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "size-wraps",
        wrong: "asize = ALIGN(size + WSIZE) wraps to a few bytes for malloc((size_t)-2)",
        within: "fn block_bytes(",
        find: "size > LARGEST_REQUEST_BYTES",
        put: "false",
        memory: Memory::AnyRequest,
        shows: "a 0 4294967294",
        caught: "outside-heap",
        ..MUTANT
    },
    // Classes, bitmap and find_fit.
    Mutant {
        name: "first-of-the-class",
        wrong: "takes the first block of the class, which may be too small in a class of several sizes",
        file: "bins.rs",
        within: "fn find_fit(",
        find: "self.spacing.is_exact(found)",
        put: "true",
        shows: "a 0 500, a 1 200, f 0, a 2 600",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "best-fit-too-small",
        wrong: "the smallest block of the class, whether it fits or not",
        file: "bins.rs",
        within: "fn best_fit(",
        find: "size > bytes && best.is_none_or(|(_, smallest)| size < smallest)",
        put: "best.is_none_or(|(_, smallest)| size < smallest)",
        shows: "a 0 600, a 1 200, f 0, a 2 700",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "class-of-the-payload",
        wrong: "insert() takes the class of the payload's size, not of the block's",
        file: "bins.rs",
        within: "fn link(",
        find: "self.spacing.class_of(bytes, self.align)",
        put: "self.spacing.class_of(bytes - 4, self.align)",
        shows: "a 0 252, a 1 200, f 0",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "bit-not-set",
        wrong: "insert() sets no bit: the list is never looked at",
        file: "bins.rs",
        within: "fn link(",
        find: "self.set_class_bit(class, true);",
        put: "",
        shows: "a 0 200, a 1 200, f 0",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bit-not-cleared",
        wrong: "the bit stays when the last block leaves the list: NULL is taken for a block",
        file: "bins.rs",
        within: "fn unlink(",
        find: "self.set_class_bit(Class(class), false);",
        put: "",
        shows: "a 0 200, a 1 200, f 0, f 1",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bit-cleared-too-soon",
        wrong: "the bit is cleared when a block leaves the list, though there may be others",
        file: "bins.rs",
        within: "fn unlink(",
        find: "next.is_null()",
        put: "true",
        shows: "a 0 200, a 1 200, a 2 200, a 3 200, f 0, f 2, a 0 200",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bitmap-not-shifted",
        wrong: "ffs(bitmap) without bitmap >> class first: finds a smaller class",
        file: "bins.rs",
        within: "fn first_class_with_blocks(",
        find: "self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32)",
        put: "self.arena.load(self.bitmap_word(class.0))",
        shows: "a 0 237, a 1 1, f 0, a 0 493",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "bit-of-the-word-before",
        wrong: "the bits of each 32 lists are one word too low: those of the first are in the first head",
        file: "tables.rs",
        within: "fn bitmap_word(",
        find: "self.lists - WORD_BYTES - class / 32 * WORD_BYTES",
        put: "self.lists - class / 32 * WORD_BYTES",
        shows: "a 0 200, a 1 200, f 0",
        caught: "check I11",
        ..MUTANT
    },
    // Lists.
    Mutant {
        name: "up-not-told",
        wrong: "the block behind is not told which word leads to it now",
        file: "lists.rs",
        within: "fn put(",
        find: "if !node.is_null() { self.arena.store_addr(node + UP, link); }",
        put: "",
        shows: "a 0 200, a 1 200, f 0",
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "link-forgets-the-rest",
        wrong: "insert(): the block's link is null: the rest of the list is lost",
        file: "lists.rs",
        within: "fn push(",
        find: "self.put(block.payload(), next);",
        put: "self.put(block.payload(), Addr::NULL);",
        shows: "a 0 200, a 1 200, a 2 200, a 3 200, f 0, f 2",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "place-forgets-unlink",
        wrong: "place() allocates a block and leaves it on its list",
        within: "fn place(",
        find: "self.unlink(block);",
        put: "",
        shows: "a 0 200, a 1 200, f 0, a 2 200",
        caught: "load-live",
        ..MUTANT
    },
    // place, coalesce and free_rest.
    Mutant {
        name: "split-below-minimum",
        wrong: "a rest of 8 bytes is split off as a block",
        within: "fn place(",
        find: "size - bytes < MINIMUM_BLOCK_BYTES",
        put: "size == bytes",
        align_bytes: 8,
        shows: "a 0 204, a 1 200, f 0, a 2 196",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-not-linked",
        wrong: "the rest is marked free and put on no list",
        within: "fn place(",
        find: "self.link(rest, size - bytes);",
        put: "",
        shows: "a 0 400, a 1 200, f 0, a 2 200",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "split-rest-no-footer",
        wrong: "the rest gets a header and no footer",
        within: "fn place(",
        find: "rest.set_tags(&mut self.arena, Tag::free(size - bytes).with_prev_allocated(true));",
        put: "rest.set_header(&mut self.arena, Tag::free(size - bytes).with_prev_allocated(true));",
        shows: "a 0 400, a 1 200, f 0, a 2 200",
        caught: "check I3",
        ..MUTANT
    },
    Mutant {
        name: "next-not-told-on-place",
        wrong: "the next header still says that the block before it is free",
        within: "fn mark_allocated(",
        find: "block.next(size).set_prev_allocated(&mut self.arena, true);",
        put: "",
        shows: "a 0 200, a 1 200, f 0, a 2 200",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "prev-not-unlinked",
        wrong: "the block before is merged and stays on its list",
        within: "fn coalesce(",
        find: "self.unlink(start);",
        put: "",
        shows: "a 0 200, a 1 200, a 2 200, f 0, f 1",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "prev-size-not-added",
        wrong: "the block before is unlinked, and its size is not added",
        within: "fn coalesce(",
        find: "size += before_bytes;",
        put: "",
        shows: "a 0 200, a 1 200, a 2 200, f 0, f 1",
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "next-not-unlinked",
        wrong: "the block behind is merged and stays on its list",
        within: "fn coalesce(",
        find: "self.unlink(next);",
        put: "",
        shows: "a 0 200, a 1 200, a 2 200, f 1, f 0",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "next-not-told-on-free",
        wrong: "the next header still says that the block before it is allocated",
        within: "fn coalesce(",
        find: "next.set_header(&mut self.arena, next_tag.with_prev_allocated(false));",
        put: "",
        shows: "a 0 200, a 1 200, f 0",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "old-header-left",
        wrong: "the header of a block that is merged with the one before still says that it is allocated",
        within: "fn coalesce(",
        find: "block.set_header(&mut self.arena, Tag::free(size));",
        put: "",
        shows: "a 0 200, a 1 200, a 2 200, f 0, f 1",
        ..MUTANT
    },
    Mutant {
        name: "top-starts-too-late",
        wrong: "free before and the top behind: the top begins at bp, and the block before is lost",
        within: "fn coalesce(",
        find: "self.set_top(start);",
        put: "self.set_top(block);",
        shows: "a 0 200, a 1 200, f 0, f 1",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "rest-not-coalesced",
        wrong: "what realloc() cuts off is a free block of its own, also if the block behind is free",
        within: "fn free_rest(",
        find: "self.coalesce(rest, rest_tag);",
        put: "let next = rest.next(rest_bytes); if next == self.top { self.coalesce(rest, rest_tag); } else { rest.set_tags(&mut self.arena, Tag::free(rest_bytes).with_prev_allocated(true)); next.set_prev_allocated(&mut self.arena, false); self.link(rest, rest_bytes); }",
        shows: "a 0 400, a 1 200, a 2 200, f 1, r 0 200",
        caught: "check I5",
        ..MUTANT
    },
    // The top.
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
        name: "top-not-moved",
        wrong: "the block taken from the top is still the top",
        file: "top.rs",
        within: "fn place_in_top(",
        find: "self.set_top(block.next(size));",
        put: "",
        shows: "a 0 8, a 1 8",
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
        shows: "a 0 13, f 0, a 0 1",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "epilogue-not-moved",
        wrong: "there is no epilogue behind the top",
        file: "top.rs",
        within: "fn set_top(",
        find: "epilogue.set_header(&mut self.arena, Tag::EPILOGUE);",
        put: "",
        shows: "a 0 200, f 0",
        caught: "check I4",
        ..MUTANT
    },
    // The lists of a large heap.
    Mutant {
        name: "large-lists-first-only",
        wrong: "of each of the lists, only the first block gets on a new one",
        file: "tables.rs",
        within: "fn make_lists(",
        find: "payload = self.arena.load_addr(payload);",
        put: "payload = Addr::NULL;",
        shows: "a 0 200, a 1 200, a 2 200, a 3 200, f 0, f 2, a 4 70000, a 5 70000",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "large-lists-next-read-late",
        wrong: "the link of a block is read when it is on its new list",
        file: "tables.rs",
        within: "fn make_lists(",
        find: "payload = self.arena.load_addr(payload); self.link(block, block.header(&self.arena).size());",
        put: "self.link(block, block.header(&self.arena).size()); payload = self.arena.load_addr(payload);",
        shows: "a 0 200, a 1 200, a 2 200, a 3 200, f 0, f 2, a 4 70000, a 5 70000",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "large-lists-not-zeroed",
        wrong: "the new heads are taken for null",
        file: "tables.rs",
        within: "fn make_lists(",
        find: "self.arena.zero(block.payload(), Spacing::FINE.table_bytes());",
        put: "",
        shows: "a 0 70000, a 1 70000, a 2 200",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "large-lists-not-hidden",
        wrong: "the block of the lists is not marked: free() of its address frees it",
        file: "tables.rs",
        within: "fn make_lists(",
        find: "self.hide(block);",
        put: "",
        shows: "a 0 70000, a 1 70000",
        caught: "check I13",
        ..MUTANT
    },
    Mutant {
        name: "large-lists-without-bits",
        wrong: "the block has room for the heads, and not for the bits before them",
        file: "class.rs",
        within: "fn table_bytes(",
        find: "self.bitmap_bytes() + self.classes() * WORD_BYTES",
        put: "self.classes() * WORD_BYTES",
        shows: "a 0 70000, a 1 70000",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "large-lists-before-refusal",
        wrong: "the heap is taken for a large one before it is known that there is room for the lists",
        file: "tables.rs",
        within: "fn make_lists(",
        find: "self.grow(bytes)?;",
        put: "self.spacing = Spacing::FINE; self.grow(bytes)?;",
        memory: Memory::RefusedFrom(4),
        shows: "a 0 65000, a 1 200, a 2 200, a 3 200",
        caught: "check I13",
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
        find: "Tag::allocated(tag.size() - lead)",
        put: "Tag::allocated(tag.size())",
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
        shows: "a 0 13, m 1 16 1",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "memalign-takes-the-lists",
        wrong: "if sbrk refuses, memalign() takes the block that the lists are in for a free one",
        file: "aligned.rs",
        within: "fn any_aligned_fit(",
        find: "block != self.top && block.header(&self.arena).is_free()",
        put: "block != self.top && !block.header(&self.arena).is_held()",
        memory: Memory::RefusedFrom(4),
        shows: "a 0 70000, a 1 200, m 2 64 100",
        caught: "access-null",
        ..MUTANT
    },
    Mutant {
        name: "memalign-lead-not-counted",
        wrong: "a free block as large as the request is taken, wherever the next multiple is",
        file: "aligned.rs",
        within: "fn has_room(",
        find: "size >= bytes && size - bytes >= lead_bytes(block, align_bytes)",
        put: "size >= bytes",
        shows: "a 0 300, a 1 200, f 0, m 2 256 280",
        caught: "store-live",
        ..MUTANT
    },
    // realloc.
    Mutant {
        name: "slot-too-small-kept",
        wrong: "realloc() of a slot leaves it if it is not twice too large, also if it is too small",
        file: "realloc.rs",
        within: "fn resize_slot(",
        find: "size <= slot_bytes && 2 * size > slot_bytes",
        put: "2 * size > slot_bytes",
        shows: "a 0 13, a 1 1, a 2 1, a 3 1, a 4 1, a 5 1, a 6 1, a 7 1, a 8 1, a 9 1, a 10 1, a 11 1, a 12 1, a 13 1, a 14 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 1, a 28 1, a 29 1, a 30 1, a 31 1, a 32 1, a 33 1, a 34 1, a 35 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, a 41 1, a 42 1, a 43 1, a 44 1, a 45 1, a 46 1, a 47 1, a 48 1, a 49 1, a 50 1, a 51 1, a 52 1, a 53 1, a 54 1, a 55 1, a 56 1, a 57 1, a 58 1, a 59 1, a 60 1, a 61 1, a 62 1, a 63 1, a 64 13, a 65 13, a 66 29, a 67 13, r 67 193",
        caught: "overlap",
        ..MUTANT
    },
    Mutant {
        name: "slot-copied-short",
        wrong: "realloc() of a slot copies as much as if it had a header",
        file: "realloc.rs",
        within: "fn resize_slot(",
        find: "self.move_to(payload, slot_bytes, size)",
        put: "self.move_to(payload, slot_bytes - WORD_BYTES, size)",
        shows: "a 0 1, a 1 1, a 2 1, a 3 1, a 4 1, a 5 1, a 6 1, a 7 1, a 8 1, a 9 1, a 10 1, a 11 1, a 12 1, a 13 1, a 14 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 1, a 28 1, a 29 1, a 30 1, a 31 1, a 32 1, a 33 1, a 34 1, a 35 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, a 41 1, a 42 1, a 43 1, a 44 1, a 45 1, a 46 1, a 47 1, a 48 1, a 49 1, a 50 1, a 51 1, a 52 1, a 53 1, a 54 1, a 55 1, a 56 1, a 57 1, a 58 1, a 59 1, a 60 1, a 61 1, a 62 1, a 63 1, a 64 13, r 64 17",
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
        shows: "a 0 200, a 1 200, r 0 400",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "realloc-copies-old-size",
        wrong: "memcpy(new, old, old_size): writes past a smaller slot",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "old_size.min(size)",
        put: "old_size",
        shows: "a 0 845, a 1 29, a 2 231437, f 0, a 0 29, a 3 29, a 4 1, a 5 29, a 6 29, a 7 29, a 8 29, a 9 61, a 10 29, a 11 29, a 12 29, a 13 1, a 14 29, a 15 29, a 16 29, a 17 1, a 18 29, a 19 29, a 20 29, a 21 29, a 22 29, r 22 1",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "realloc-copies-after-free",
        wrong: "mm_free(old), then memcpy from it: links are in its first words",
        file: "realloc.rs",
        within: "fn move_to(",
        find: "self.arena.copy(payload, moved, old_size.min(size)); self.free(payload)?;",
        put: "self.free(payload)?; self.arena.copy(payload, moved, old_size.min(size));",
        shows: "a 0 200, a 1 200, r 0 400",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "grows-into-allocated",
        wrong: "realloc takes the block behind if it is large enough, free or not",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "next_tag.is_allocated() || size < bytes",
        put: "size < bytes",
        shows: "a 0 200, a 1 200, r 0 400",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "grown-over-not-unlinked",
        wrong: "realloc takes the free block behind and leaves it on its list",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "self.unlink(next);",
        put: "",
        shows: "a 0 200, a 1 200, a 2 200, f 1, r 0 400",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "next-not-told-on-realloc",
        wrong: "the next header still says that the block before it is free",
        file: "realloc.rs",
        within: "fn grow_in_place(",
        find: "block.next(size).set_prev_allocated(&mut self.arena, true);",
        put: "",
        shows: "a 0 200, a 1 200, a 2 200, f 1, r 0 404",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "header-before-refusal",
        wrong: "realloc writes the larger size into the header before it is known that the heap can grow",
        file: "realloc.rs",
        within: "fn grow_into_top(",
        find: "self.grow(missing).is_err()",
        put: "{ block.set_header(&mut self.arena, tag.with_size(bytes)); self.grow(missing).is_err() }",
        memory: Memory::RefusedFrom(2),
        shows: "a 0 200, r 0 400",
        caught: "failed-dirty",
        ..MUTANT
    },
    Mutant {
        name: "top-not-moved-on-realloc",
        wrong: "realloc grows into the top, and the top still begins where it did",
        file: "realloc.rs",
        within: "fn grow_into_top(",
        find: "self.set_top(self.top.next(taken));",
        put: "",
        shows: "a 0 200, r 0 400",
        caught: "load-unwritten",
        ..MUTANT
    },
    // Sliding.
    Mutant {
        name: "slides-upper-half-first",
        wrong: "the block moves down by less than its size, and its upper half is copied first",
        file: "realloc.rs",
        within: "fn slide(",
        find: "self.arena.copy(block.payload(), start.payload(), tag.size() - WORD_BYTES);",
        put: "let (size, half) = (tag.size() - WORD_BYTES, tag.size() / 2 & !7); self.arena.copy(block.payload() + half, start.payload() + half, size - half); self.arena.copy(block.payload(), start.payload(), half);",
        shows: "a 0 140, a 1 400, a 2 200, f 0, r 1 500",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "slides-too-few-bytes",
        wrong: "only as many bytes are copied as the block before has",
        file: "realloc.rs",
        within: "fn slide(",
        find: "tag.size() - WORD_BYTES",
        put: "tag.size().min(before_bytes) - WORD_BYTES",
        shows: "a 0 140, a 1 400, a 2 200, f 0, r 1 500",
        caught: "lost-by-realloc",
        ..MUTANT
    },
    Mutant {
        name: "slid-over-not-unlinked",
        wrong: "the free block before is taken, and stays on its list",
        file: "realloc.rs",
        within: "fn slide(",
        find: "self.unlink(free);",
        put: "",
        shows: "a 0 140, a 1 400, a 2 200, f 0, r 1 500",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "slide-leaves-the-next-listed",
        wrong: "the free block behind is taken, too, and stays on its list",
        file: "realloc.rs",
        within: "fn slide(",
        find: "self.unlink(next);",
        put: "",
        shows: "a 0 140, a 1 400, a 2 140, a 3 200, f 0, f 2, r 1 660",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "slide-top-stays",
        wrong: "the top is taken, too, and still begins where it did",
        file: "realloc.rs",
        within: "fn slide(",
        find: "self.top = start.next(size);",
        put: "",
        shows: "m 0 128 13, r 0 1, r 0 29",
        caught: "check I13",
        ..MUTANT
    },
    Mutant {
        name: "kept-room-not-linked",
        wrong: "the room that is kept before a large block is on no list",
        file: "realloc.rs",
        within: "fn slide(",
        find: "self.link(free, kept_bytes);",
        put: "",
        shows: "a 0 5000, a 1 5000, a 2 200, f 0, r 1 9000",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "kept-room-not-told",
        wrong: "the block behind the room that is kept says that an allocated block is before it",
        file: "realloc.rs",
        within: "fn slide(",
        find: "kept_bytes == 0",
        put: "true",
        shows: "a 0 5000, a 1 5000, a 2 200, f 0, r 1 9000",
        caught: "check I4",
        ..MUTANT
    },
    Mutant {
        name: "next-not-told-on-slide",
        wrong: "the next header still says that the block before it is free",
        file: "realloc.rs",
        within: "fn slide(",
        find: "start.next(size).set_prev_allocated(&mut self.arena, true);",
        put: "",
        shows: "a 0 13, a 1 13, a 2 1, f 2, r 0 1, r 1 45",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "slides-into-allocated",
        wrong: "the footer before every block is read, where an allocated block has none",
        file: "realloc.rs",
        within: "fn bytes_to_slide(",
        find: "!self.policy.sliding || tag.is_prev_allocated()",
        put: "!self.policy.sliding || block == self.first_block()",
        shows: "a 0 140, a 1 400, a 2 200, r 1 500",
        caught: "load-live",
        ..MUTANT
    },
];
