//! Mistakes in lab 5: any design.

use crate::mistake::{Grade, Mistake};

/// The mistakes.
pub const MISTAKES: &[Mistake] = &[
    Mistake {
        wrong: "usable_size counts the tags",
        within: "fn usable_size(",
        find: "bytes - OVERHEAD_BYTES",
        put: "bytes",
        says: &["usable_size says 32", "the footer of block"],
        grade: Grade::A,
        why: "the word that is too much",
    },
    Mistake {
        wrong: "the prologue is forgotten",
        within: "fn new(",
        find: "prologue.set_tags(&mut heap.arena, Tag::allocated(PROLOGUE_BYTES));",
        put: "",
        says: &["where the prologue"],
        grade: Grade::A,
        why: "names the word that was not written",
    },
    Mistake {
        wrong: "the first epilogue is forgotten",
        within: "fn new(",
        find: "heap.end_at_the_break();",
        put: "",
        says: &["was the epilogue forgotten?"],
        grade: Grade::A,
        why: "asks for the cause",
    },
    Mistake {
        wrong: "the empty heap is a word too small",
        within: "fn new(",
        find: "EMPTY_HEAP_BYTES as i32",
        put: "(EMPTY_HEAP_BYTES - WORD_BYTES) as i32",
        says: &["the prologue", "`grow`"],
        grade: Grade::B,
        why: "names what wrote over the prologue",
    },
    Mistake {
        wrong: "memalign makes no block of the lead",
        within: "fn memalign(",
        find: "block.set_tags(&mut self.arena, Tag::free(lead));",
        put: "",
        says: &["`memalign`"],
        grade: Grade::A,
        why: "names the function",
    },
    Mistake {
        wrong: "memalign takes the block before the lead",
        within: "fn memalign(",
        find: "Ok(aligned.payload())",
        put: "Ok(block.payload())",
        says: &["`memalign`", "not a multiple of 8192"],
        grade: Grade::A,
        why: "names the function and the rule",
    },
];
