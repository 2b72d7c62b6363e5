//! System calls that programs do not need here.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod support;

use heaplab_sandbox::Spec;
use support::{Stage, everyone, text};

#[test]
fn dangerous_system_calls_are_refused() {
    for stage in everyone().into_iter().map(Stage::of) {
        if !stage.support(&stage.spec()).seccomp {
            println!("skipped: this system has no seccomp");
            continue;
        }
        let folder = stage.folder("folder");
        for what in [
            "mount",
            "unshare",
            "clone-namespace",
            "keys",
            "bpf",
            "perf",
            "io-uring",
            "userfault",
            "personality",
            "memory-file",
            "shared-memory",
        ] {
            for fork in [false, true] {
                let spec = Spec { fork, read_write: vec![folder.clone()], ..stage.spec() };
                let said = stage.refused(&spec, &[what, text(&folder)]);
                assert!(said.contains("Operation not permitted"), "{what}: {said}");
            }
            if stage.run_free(&[what, text(&folder)]).0 != Some(0) {
                println!("not shown: this system refuses {what} to this user anyway");
            }
        }
    }
}

/// The x32 numbers of calls must be refused too, if the kernel knows them.
#[test]
#[cfg(target_arch = "x86_64")]
fn second_numbers_of_system_calls_are_refused() {
    for stage in everyone().into_iter().map(Stage::of) {
        let (_, without) = stage.run_free(&["second-number"]);
        let within = stage.refused(&stage.spec(), &["second-number"]);
        assert!(within.contains("Operation not permitted"), "{within}");
        if without.contains("Function not implemented") {
            println!("not shown: this kernel has no x32 numbers");
        }
    }
}
