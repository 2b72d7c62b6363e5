//! Other policies than that of the solution of lab 5. The lab leaves the design open, so each
//! passes every check; what it wastes costs points for a measure.

use crate::mutant::Mutant;

pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "never-splits",
        clause: "every answer is right, the heap takes little memory, and it does little work.",
        instead: "gives a request the whole block",
        stage: "",
        within: "fn place(",
        find: "size - bytes >= MINIMUM_BLOCK_BYTES",
        put: "false",
    },
    Mutant {
        name: "grows-by-half",
        clause: "every answer is right, the heap takes little memory, and it does little work.",
        instead: "grows by half of the heap",
        stage: "",
        within: "fn grow(",
        find: "self.arena.heap_bytes() / GROWTH_PARTS",
        put: "self.arena.heap_bytes() / 2",
    },
    Mutant {
        name: "always-moves",
        clause: "every answer is right, the heap takes little memory, and it does little work.",
        instead: "moves every block that must grow",
        stage: "",
        within: "fn realloc_in_place_or_move(",
        find: "self.grow_in_place(block, tag, bytes)",
        put: "false",
    },
];
