//! The command with the broken heaps: each mutant is a policy word of its design.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    heaplab_mutants::lab().main()
}
