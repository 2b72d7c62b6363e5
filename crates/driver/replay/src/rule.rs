//! The rules for an allocator, numbered.

use crate::fault::Kind;
use std::fmt;

/// A rule that a fault breaks: one of the contract's, R1 to R13, or one of the heap's own
/// invariants, I1 to I14 ([`Violation`](heaplab_heap::Violation)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `R` or `I`.
    pub letter: char,
    /// From 1.
    pub number: u32,
    /// The rule in words.
    pub text: &'static str,
}

/// R1 to R13, in order.
pub const CONTRACT: [&str; 13] = [
    "an allocator stays inside the heap segment: it gets memory with sbrk before it touches it, and never touches what it gave back",
    "a word is loaded and stored at a multiple of 4",
    "a live payload is the program's: the allocator neither reads nor writes it; only realloc may, the one it resizes",
    "an allocator reads only what it wrote: new memory, and what a program leaves in a freed payload, have no meaning",
    "memory of a live payload is not given back",
    "every call ends, and ends without a panic",
    "a new payload is aligned, inside the heap, as large as asked for, and shares no byte with a live one",
    "realloc keeps the payload's bytes, and calloc sets them to zero",
    "a call fails only when sbrk was refused, and then it has changed nothing; freeing a live block never fails",
    "an allocator keeps all its data in the heap, except at most 128 bytes in its struct; it keeps nothing in statics",
    "a pointer that is not the payload of a live block is refused where the tags can show it, and the refusal changes nothing",
    "a heap accounts for its bytes: blocks() shows each block once, by rising address, as allocated if and only if the program holds it; memory that the heap keeps for itself is not shown as a block, or is a block before the first call",
    "usable_size is a promise: the program may write that many bytes of its payload, so they lie inside the block, no other block has a byte of them, and none is the heap's",
];

/// I1 to I14, in order.
pub const INVARIANTS: [&str; 14] = [
    "blocks tile the heap: each ends where the next begins, the last at the epilogue",
    "a block's size is a multiple of the alignment, and at least the minimum",
    "a block's header and footer agree",
    "a header is right about the block before it",
    "no two free blocks are adjacent, where coalescing is immediate",
    "payloads are aligned",
    "prologue and epilogue are in place",
    "the free blocks are on the lists, each once, and nothing else is",
    "links are mutual: the next block links back to this one",
    "a block is on the list of its size class",
    "the bitmap says which lists have blocks",
    "the list is in the order that the policy promises",
    "a remembered address (rover, top) is that of a block of the heap",
    "a running count equals what a walk of the heap counts",
];

impl Rule {
    /// Returns the rule that a fault of this kind breaks.
    pub fn of(kind: &Kind) -> Rule {
        if let Kind::Check(violation) = kind {
            return Rule::numbered('I', violation.number(), &INVARIANTS);
        }
        Rule::of_code(kind.code())
    }

    /// Returns the rule that the fault with this stable name breaks. Some faults end the process
    /// that the heap runs in, so that only a name is left of them.
    pub fn of_code(code: &str) -> Rule {
        let number = match code {
            "access-null" | "access-below-heap" | "access-past-break" | "access-given-back"
            | "stray-store" | "access-outside" => 1,
            "access-misaligned" => 2,
            "store-live" | "load-live" | "trampled" => 3,
            "load-unwritten" | "load-stale" => 4,
            "shrink-live" => 5,
            "null" | "misaligned" | "outside-heap" | "overlap" | "still-live" | "usable-size" => 7,
            "lost-by-realloc" | "not-zeroed" => 8,
            "out-of-memory" | "refused" | "not-null" | "not-built" | "failed-dirty" => 9,
            "struct-too-large" | "second-run" | "host-memory" => 10,
            "bad-pointer-accepted"
            | "bad-pointer-changed"
            | "bad-pointer-access"
            | "bad-pointer-panic"
            | "bad-pointer-loop" => 11,
            "leaked" | "no-block" | "blocks" => 12,
            "usable-too-large" => 13,
            // endless-loop, panic, stack-overflow, crash, output-flood
            _ => 6,
        };
        Rule::numbered('R', number, &CONTRACT)
    }

    fn numbered(letter: char, number: u32, texts: &[&'static str]) -> Rule {
        let index = (number as usize).saturating_sub(1);
        Rule { letter, number, text: texts.get(index).copied().unwrap_or_default() }
    }

    /// Returns the name: `R3`, `I5`.
    pub fn name(&self) -> String {
        format!("{}{}", self.letter, self.number)
    }
}

/// `rule R2: a word is ...`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.letter, self.number, self.text)
    }
}
