//! The lab's command: `cargo run -p lab-4-tuned`. You write `lib.rs`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().student::<lab_4_tuned::Policy>("4-tuned")
}
