//! `heaplab`: the command, with the workspace's own three allocators.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().main()
}
