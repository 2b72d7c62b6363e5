//! The command with all production allocators in it: they cost nothing until they are requested.
#![forbid(unsafe_code)]
#![cfg(all(feature = "real", target_os = "linux"))]

use std::process::{Command, Output};

/// Runs the command in a process with at most this many kibibytes of address space.
fn heaplab_within(kibibytes: u32, arguments: &str) -> Output {
    let heaplab = env!("CARGO_BIN_EXE_heaplab");
    Command::new("/bin/sh")
        .args(["-c", &format!("ulimit -v {kibibytes}; exec '{heaplab}' {arguments}")])
        .output()
        .expect("there is a shell")
}

#[test]
fn no_allocator_starts_before_it_is_asked_for() {
    for arguments in [
        "--version",
        "heaps",
        "trace gen stack --ops 100",
        "compare --heap libc --no-timing --trace ../../labs/traces/shapes/stack.rep",
    ] {
        let output = heaplab_within(1_000_000, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {said}");
        assert!(!said.contains("alloc"), "{arguments}: {said}");
    }
}

/// Each allocator works in the process that measures it, even the one without a constructor.
#[test]
fn each_allocator_works_in_the_process_that_measures_it() {
    let trace = ["--trace", "../../labs/traces/shapes/stack.rep"];
    let output = Command::new(env!("CARGO_BIN_EXE_heaplab"))
        .args(["compare", "--format", "csv", "--turns", "3"])
        .args(trace)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8_lossy(&output.stdout);
    for name in heaplab_real::KNOWN {
        assert!(lines.contains(&format!("\n{name},true,stack,15990,,3,")), "{name}: {lines}");
    }
}
