//! The lab's command: `cargo run -p lab-1-implicit`. You write `lib.rs`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    heaplab::Lab::standard().student::<lab_1_implicit::Policy>("1-implicit")
}
