//! The command, so that the tests of this package have it.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().main()
}
