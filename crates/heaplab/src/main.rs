//! `heaplab`: the command, with the workspace's own allocators.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().main()
}
