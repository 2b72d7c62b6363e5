//! A corpus of broken allocators: the workspace's own, with one fault each.
//!
//! The faults are listed in `src/list`, a file for each design: what is wrong,
//! where, and the text to put there. The build script reads the allocators' sources
//! and plants all faults in one copy of each; a word of the policy chooses one:
//!
//! ```console
//! $ cargo run --release -p heaplab-mutants -- run --heap implicit:elided,prev-bit-lost-on-place
//! ```
//!
//! Without a mutant's word the copy does what the original does, to the byte.
#![forbid(unsafe_code)]

pub mod fault;
mod list;
mod lockstep;
mod mutant;
mod source;
mod specimen;
pub mod switch;
pub mod text;
mod trace;

include!(concat!(env!("OUT_DIR"), "/designs.rs"));

pub use list::{DESIGNS, Lists};
pub use lockstep::first_difference;
pub use mutant::{CONTRACT, MUTANT, Memory, Mutant};
pub use source::planted;
pub use specimen::{Specimen, all, all_sound, lab};
pub use trace::{bundled, trace_of};
