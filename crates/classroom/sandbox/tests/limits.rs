//! Limits: time, memory, files, output; and how the end of a program is reported.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod support;

use heaplab_sandbox::{Captured, End, Spec};
use std::fs;
use std::time::{Duration, Instant};
use support::{Stage, code_of, everyone, signal_of, text};

const SIGABRT: i32 = 6;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;

#[test]
fn processor_time_is_limited() {
    for stage in everyone().into_iter().map(Stage::of) {
        let mut spec = stage.spec();
        spec.limits.cpu_seconds = Some(1);
        let ended = stage.run(&spec, &["spin"]);
        assert_eq!(signal_of(&ended), Some(SIGXCPU), "{ended:?}");
    }
}

/// The first process of a PID namespace gets no signal, but is killed a second later.
/// The keeper tells this from a kill by somebody else.
#[test]
fn processor_time_is_limited_if_processes_may_be_started() {
    let stage = Stage::of(everyone()[0]);
    let mut spec = stage.spec();
    spec.fork = true;
    spec.limits.cpu_seconds = Some(1);
    let ended = stage.run(&spec, &["spin"]);
    assert_eq!(signal_of(&ended), Some(SIGXCPU), "{ended:?}");
}

#[test]
fn a_deadline_is_kept() {
    for stage in everyone().into_iter().map(Stage::of) {
        for (fork, what) in [(false, "spin"), (false, "sleep"), (true, "sleep")] {
            let spec = Spec { fork, ..stage.spec() };
            let started = Instant::now();
            let ended = stage.run_for(&spec, &[what], Duration::from_millis(300));
            assert_eq!(ended.end, End::OutOfTime);
            assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
            stage.no_process_is_left(Duration::ZERO);
        }
    }
}

#[test]
fn address_space_is_limited() {
    for stage in everyone().into_iter().map(Stage::of) {
        let mut spec = stage.spec();
        spec.limits.address_space_bytes = Some(128 << 20);
        stage.works_free(&["eat", "200"]);
        stage.works(&stage.spec(), &["eat", "200"]);
        let said = stage.refused(&spec, &["eat", "200"]);
        assert!(said.contains("Cannot allocate memory"), "{said}");
    }
}

/// Reserved address space is not resident memory.
#[test]
fn resident_memory_is_limited() {
    for stage in everyone().into_iter().map(Stage::of) {
        let mut spec = stage.spec();
        spec.limits.resident_bytes = Some(100 << 20);
        assert!(stage.support(&spec).missing(&spec).is_empty());
        stage.works(&spec, &["work"]);
        let ended = stage.run(&spec, &["eat", "20000"]);
        assert_eq!(ended.end, End::OutOfMemory, "{ended:?}");
        stage.no_process_is_left(Duration::ZERO);
    }
}

#[test]
fn files_are_limited_in_size_and_number() {
    for stage in everyone().into_iter().map(Stage::of) {
        let folder = stage.folder("folder");
        let mut spec = Spec { read_write: vec![folder.clone()], ..stage.spec() };
        let (free, large) = (folder.join("free"), folder.join("large"));
        stage.works_free(&["write-much", text(&free), "4"]);
        stage.works_free(&["open-many"]);
        spec.limits.file_bytes = Some(1 << 20);
        spec.limits.open_files = Some(32);
        let said = stage.refused(&spec, &["write-much", text(&large), "4"]);
        assert!(said.contains("File too large"), "{said}");
        assert_eq!(fs::metadata(&large).unwrap().len(), 1 << 20);
        let said = stage.refused(&spec, &["open-many"]);
        assert!(said.contains("Too many open files"), "{said}");
    }
}

#[test]
fn a_flood_of_output_is_cut() {
    for stage in everyone().into_iter().map(Stage::of) {
        let ended = stage.run_for(&stage.spec(), &["flood"], Duration::from_millis(300));
        assert_eq!(ended.end, End::OutOfTime);
        assert_eq!(ended.stdout.bytes.len(), Captured::MAX_BYTES);
        assert!(ended.stdout.is_cut());
    }
}

#[test]
fn the_way_a_program_ended_is_reported() {
    for stage in everyone().into_iter().map(Stage::of) {
        for fork in [false, true] {
            let spec = Spec { fork, ..stage.spec() };
            let ended = stage.run(&spec, &["exit", "3"]);
            assert_eq!(code_of(&ended), Some(3));
            let ended = stage.run(&spec, &["overflow"]);
            assert_eq!(signal_of(&ended), Some(SIGSEGV), "{ended:?}");
            let ended = stage.run(&spec, &["abort"]);
            // The first process of a PID namespace ignores its
            // own signals; the C library then ends it by a fault.
            let expected = if stage.support(&spec).own_processes { SIGSEGV } else { SIGABRT };
            assert_eq!(signal_of(&ended), Some(expected), "{ended:?}");
        }
    }
}

#[test]
fn environment_and_working_folder_are_as_specified() {
    for stage in everyone().into_iter().map(Stage::of) {
        let folder = stage.folder("folder");
        let mut spec = stage.spec();
        let told = stage.works(&spec, &["tell"]);
        assert!(told.contains("folder / "), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        spec.environment = [("A".to_owned(), "b c".to_owned())].into();
        spec.working_folder = Some(folder.clone());
        spec.fork = true;
        let told = stage.works(&spec, &["tell"]);
        assert!(told.contains(text(&folder)), "{told}");
        assert_eq!(told.lines().skip(1).collect::<Vec<_>>(), ["A=b c"]);
    }
}
