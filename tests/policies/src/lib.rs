//! Solutions of the labs that are heaps with another policy than the handout's: last in, first out
//! where the handout says first in, first out; a rest of 16 bytes that is not split off.
//!
//! Each is the lab's solution with one edit that breaks a clause of the lab's text. The lists are
//! in `src/list`, one for each lab. A check of the lab must fail for each, or a measure must cost
//! it points: what the lab demands, it tests. `TABLE.md` says which check it is:
//!
//! ```console
//! $ cargo run -p heaplab-policies > tests/policies/TABLE.md
//! ```
#![forbid(unsafe_code)]

mod list;
mod mutant;
mod outcome;
#[path = "../../mutants/src/switch.rs"]
#[allow(dead_code, missing_docs, reason = "shared with the other corpus")]
pub mod switch;
pub mod table;
#[path = "../../mutants/src/text.rs"]
#[allow(dead_code, reason = "shared with the other corpus")]
mod text;

include!(concat!(env!("OUT_DIR"), "/solutions.rs"));

pub use list::LABS;
pub use mutant::{Mutant, OfLab};
pub use outcome::{Outcome, outcomes};
