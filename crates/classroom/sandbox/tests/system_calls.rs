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

#[test]
fn addresses_are_the_same_in_every_run() {
    for stage in everyone().into_iter().map(Stage::of) {
        let spec = Spec { fixed_addresses: true, ..stage.spec() };
        if !stage.support(&spec).fixed_addresses {
            println!("skipped: this system does not let a program fix addresses");
            continue;
        }
        let first = stage.works(&spec, &["addresses"]);
        for _ in 0..4 {
            assert_eq!(stage.works(&spec, &["addresses"]), first);
        }
        // Of five runs without it, one at least differs, unless the system never randomizes.
        let free: Vec<String> = (0..5).map(|_| stage.run_free(&["addresses"]).1).collect();
        if free.iter().all(|one| *one == free[0]) {
            println!("not shown: addresses are the same without it, too");
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
