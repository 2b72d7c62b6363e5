//! Mistakes in lab 5: any design.

use crate::mistake::{Grade, Mistake};

/// The mistakes.
pub const MISTAKES: &[Mistake] = &[
    Mistake {
        wrong: "usable_size counts the tags",
        within: "fn usable_size(",
        find: "bytes - OVERHEAD_BYTES",
        put: "bytes",
        says: &[],
        grade: Grade::C,
        why: "",
    },
    Mistake {
        wrong: "the prologue is forgotten",
        within: "fn new(",
        find: "prologue.set_tags(&mut heap.arena, Tag::allocated(PROLOGUE_BYTES));",
        put: "",
        says: &[],
        grade: Grade::C,
        why: "",
    },
    Mistake {
        wrong: "the first epilogue is forgotten",
        within: "fn new(",
        find: "heap.end_at_the_break();",
        put: "",
        says: &[],
        grade: Grade::C,
        why: "",
    },
    Mistake {
        wrong: "the empty heap is a word too small",
        within: "fn new(",
        find: "EMPTY_HEAP_BYTES as i32",
        put: "(EMPTY_HEAP_BYTES - WORD_BYTES) as i32",
        says: &[],
        grade: Grade::C,
        why: "",
    },
];
