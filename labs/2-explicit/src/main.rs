//! The lab's command: `cargo run -p lab-2-explicit`. You write `lib.rs`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().student::<lab_2_explicit::Policy>("2-explicit")
}
