//! The command for the end-to-end tests: cargo builds a package's
//! own programs for its tests, but not those of its dependencies.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().main()
}
