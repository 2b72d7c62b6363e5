//! The lab's command: `cargo run -p lab-3-segregated`. You write `lib.rs`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().student::<lab_3_segregated::Policy>("3-segregated")
}
