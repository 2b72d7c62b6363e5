//! The lab's command: `cargo run -p lab-0-sbrk`. You write `lib.rs`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().student::<lab_0_sbrk::Policy>("0-sbrk")
}
