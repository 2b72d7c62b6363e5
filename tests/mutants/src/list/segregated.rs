//! Mistakes in what segregated fits have beyond the explicit list: classes, a list
//! for each, the bitmap. Those in what both have alike are the explicit list's.

use crate::mutant::{MUTANT, Memory, Mutant};

pub const MUTANTS: &[Mutant] = &[
    // The empty heap.
    Mutant {
        name: "lists-taken-for-zero",
        wrong: "mm_init() does not clear the bitmap: new memory is zero",
        file: "list.rs",
        within: "fn empty_lists(",
        find: "self.arena.zero(bitmap, bytes);",
        put: "",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "heads-not-initialized",
        wrong: "mm_init() leaves the links of the heads as they are",
        file: "list.rs",
        within: "fn empty_lists(",
        find: "self.join(head, head);",
        put: "",
        shows: "",
        caught: "load-unwritten",
        ..MUTANT
    },
    // Classes.
    Mutant {
        name: "class-one-too-high",
        wrong: "insert() puts the block on the list above its own",
        within: "fn link(",
        find: "self.class_of(block.header(&self.arena).size())",
        put: "self.class_of(block.header(&self.arena).size()).above()",
        shows: "",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "class-of-the-payload",
        wrong: "insert() takes the class of the payload's size, not of the block's",
        within: "fn link(",
        find: "self.class_of(block.header(&self.arena).size())",
        put: "self.class_of(block.header(&self.arena).size() - self.overhead_bytes())",
        shows: "",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "class-of-the-request",
        wrong: "find_fit() asks for the class of what is left in the block, not of what is asked for",
        within: "fn search(",
        find: "self.class_of(bytes)",
        put: "self.class_of(bytes).above()",
        memory: Memory::Enough(8192),
        shows: "a 0 4080, f 0, a 1 4080",
        caught: "out-of-memory",
        ..MUTANT
    },
    Mutant {
        name: "head-of-the-wrong-class",
        wrong: "the class of a head is its distance in words, not in heads",
        file: "list.rs",
        within: "fn class_with_head(",
        find: "(head.payload() - self.heads()) / HEAD_BYTES",
        put: "(head.payload() - self.heads()) / WORD_BYTES",
        shows: "a 0 8",
        caught: "check I11",
        ..MUTANT
    },
    // The bitmap.
    Mutant {
        name: "bit-not-set",
        wrong: "insert() sets no bit: the list is never looked at",
        within: "fn link(",
        find: "self.set_bit(class, true);",
        put: "",
        shows: "",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bit-not-cleared",
        wrong: "the bit stays when the last block leaves the list",
        within: "fn unlink(",
        find: "self.set_bit(self.class_with_head(after), false);",
        put: "",
        shows: "a 0 8",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bit-cleared-too-soon",
        wrong: "the bit is cleared when the list's last block is unlinked, though others are before it",
        within: "fn unlink(",
        find: "before == after",
        put: "after.payload() < self.first_block().payload()",
        shows: "a 0 24, a 1 24, a 2 24, a 3 24, a 4 24, f 2, f 0, f 3",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "set-bit-clears-others",
        wrong: "PUT(bitmap, 1 << class): the bits of the other classes are lost",
        file: "list.rs",
        within: "fn set_bit(",
        find: "word | bit",
        put: "bit",
        shows: "a 0 24, a 1 8, a 2 40, a 3 8, f 0, f 2",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "bitmap-first-word-only",
        wrong: "the search of the bitmap ends with its first word",
        file: "list.rs",
        within: "fn first_class_with_blocks(",
        find: "first = (first / 32 + 1) * 32;",
        put: "return None;",
        memory: Memory::Enough(8192),
        shows: "a 0 8",
        caught: "out-of-memory",
        ..MUTANT
    },
    Mutant {
        name: "bitmap-offset-forgotten",
        wrong: "ffs(bitmap >> class) without class added: a class far too low",
        file: "list.rs",
        within: "fn first_class_with_blocks(",
        find: "Some(Class(first + word.trailing_zeros()))",
        put: "Some(Class(word.trailing_zeros()))",
        shows: "a 0 8",
        caught: "endless-loop",
        ..MUTANT
    },
    // find_fit.
    Mutant {
        name: "first-of-the-class",
        wrong: "takes the first block of the class, which may be too small in a class of several sizes",
        within: "fn search(",
        find: "self.first_fit(head, bytes)",
        put: "Some(self.next_free(head))",
        shows: "a 0 500, a 1 24, f 0, a 2 569",
        caught: "overlap",
        ..MUTANT
    },
    Mutant {
        name: "best-fit-too-small",
        wrong: "the smallest block of the class, whether it fits or not",
        within: "fn best_fit(",
        find: "size > bytes && best.is_none_or(|(_, smallest)| size < smallest)",
        put: "best.is_none_or(|(_, smallest)| size < smallest)",
        words: "best-fit",
        shows: "a 0 500, a 1 24, f 0, a 2 569",
        caught: "overlap",
        ..MUTANT
    },
    Mutant {
        name: "own-class-only",
        wrong: "if no block of the class fits, find_fit() gives up",
        within: "fn search(",
        find: "if found.is_some() { return found; }",
        put: "return found;",
        memory: Memory::Enough(8192),
        shows: "a 0 500, a 1 24, f 0, a 2 569",
        caught: "out-of-memory",
        ..MUTANT
    },
    // place and split.
    Mutant {
        name: "place-forgets-unlink",
        wrong: "place() allocates a block and leaves it on its list",
        within: "fn place(",
        find: "self.unlink(block);",
        put: "",
        shows: "a 0 8",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "rest-linked-by-an-old-size",
        wrong: "insert(rest) comes before the size is written into its header",
        within: "fn split(",
        find: "self.mark_rest(rest, size - bytes, true); self.mark_allocated(block, bytes); self.link(rest);",
        put: "self.link(rest); self.mark_rest(rest, size - bytes, true); self.mark_allocated(block, bytes);",
        shows: "a 0 8",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "lead-in-the-old-class",
        wrong: "what memalign() cuts off in front stays on the list of the whole",
        within: "fn split_lead(",
        find: "self.unlink(block); self.mark_rest(rest, size - lead, false); self.mark_free(block, lead); self.link(block);",
        put: "self.mark_rest(rest, size - lead, false); self.mark_free(block, lead);",
        shows: "m 0 64 8",
        caught: "check I10",
        ..MUTANT
    },
    Mutant {
        name: "lead-not-linked",
        wrong: "what memalign() cuts off in front comes off its list and on no other",
        within: "fn split_lead(",
        find: "self.link(block);",
        put: "",
        shows: "m 0 64 8",
        caught: "check I8",
        ..MUTANT
    },
    // coalesce.
    Mutant {
        name: "next-not-unlinked",
        wrong: "the block behind is merged and stays on its list",
        within: "fn coalesce(",
        find: "self.unlink(next);",
        put: "",
        shows: "a 0 8, f 0",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "prev-not-unlinked",
        wrong: "the block before is merged and stays on the list of its old size",
        within: "fn coalesce(",
        find: "self.unlink(start);",
        put: "",
        shows: "m 0 64 8, f 0, a 1 40, a 2 8",
        caught: "check I9",
        ..MUTANT
    },
    // link and unlink.
    Mutant {
        name: "unlink-forward-only",
        wrong: "NEXT(PREV(bp)) = NEXT(bp), and PREV(NEXT(bp)) stays",
        within: "fn unlink(",
        find: "self.join(before, after);",
        put: "self.arena.store_addr(before.payload(), after.payload());",
        shows: "a 0 8",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "unlink-tail-kept",
        wrong: "unlink does nothing for the last block of a list of several",
        within: "fn unlink(",
        find: "self.join(before, after);",
        put: "if before == after || after.payload() > self.first_block().payload() { self.join(before, after); }",
        shows: "a 0 24, a 1 24, a 2 24, a 3 24, a 4 24, f 2, f 0, f 3",
        caught: "check I9",
        ..MUTANT
    },
    Mutant {
        name: "link-forgets-the-old-head",
        wrong: "the list's first block is not told of the one before it",
        within: "fn link(",
        find: "self.join(block, after);",
        put: "self.arena.store_addr(block.payload(), after.payload());",
        shows: "",
        caught: "check I9",
        ..MUTANT
    },
];
