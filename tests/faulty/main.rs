//! The command with heaps that are broken on purpose, one fault each: the tests
//! of the driver's verdicts.
//!
//! Every heap is the same [`Bump`] heap, which is correct, with one [`Defect`].
#![forbid(unsafe_code)]

mod bump;
mod defects;

use heaplab::Lab;
use std::process::ExitCode;

fn main() -> ExitCode {
    defects::register(Lab::new()).main()
}
