//! The lab's command: `cargo run -p lab-4-open`. You write `lib.rs`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().student::<lab_4_open::Policy>("4-open")
}
