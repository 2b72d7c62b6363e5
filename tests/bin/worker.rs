//! A worker and nothing else: no command line for people, no files.
#![forbid(unsafe_code)]

use heaplab_worker::Heaps;

fn main() -> std::process::ExitCode {
    heaplab_worker::main(&Heaps::new().with_named::<heaplab_implicit::Policy>("mine"))
}
