//! The lab's command: `cargo run -p lab-5-open`. You write `lib.rs`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().student::<lab_5_open::Policy>("5-open")
}
