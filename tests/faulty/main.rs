//! The command with heaps that are broken on purpose, one fault each: the tests
//! of the driver's verdicts.
//!
//! Every heap is the same [`Bump`] heap, which is correct, with one [`Sin`].
#![forbid(unsafe_code)]

mod bump;
mod sins;

use heaplab::Lab;
use std::process::ExitCode;

fn main() -> ExitCode {
    sins::register(Lab::new()).main()
}
