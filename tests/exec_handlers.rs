//! Signal handlers, forks and alignments under `heaplab exec`:
//! code that runs beside malloc, and the addresses of blocks.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::exec_support::{HEAPS, exec, text};
use crate::record_support::{Fixture, has};

/// Asserts that the program prints only `expected`, on heaps of each kind.
#[track_caller]
fn says(program: &str, expected: &str) {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile(program);
    for heap in ["implicit", "explicit:address", "segregated", "quick"] {
        let words = [heap, "--", program.to_str().unwrap()];
        let seen = exec(&fixture.path(""), &words);
        let said = (text(&seen.stdout), text(&seen.stderr), seen.status.code());
        assert_eq!(said, (expected.to_owned(), String::new(), Some(0)), "{heap}");
    }
}

/// Addresses are randomized, so several runs find more.
#[test]
fn a_block_has_the_requested_alignment() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("alignments");
    let program = program.to_str().unwrap();
    for run in 0..10 {
        for heap in HEAPS {
            let seen = exec(&fixture.path(""), &[heap, "--", program]);
            let said = text(&seen.stdout);
            assert!(said.ends_with(" blocks, all aligned\n"), "{heap} {run}: {said}");
            assert!(said.starts_with("86 blocks, "), "{heap}: {said}");
        }
    }
    for options in [&["--checked"][..], &["--heap-limit", "300M"]] {
        let words = [&["quick"], options, &["--", program]].concat();
        let said = text(&exec(&fixture.path(""), &words).stdout);
        assert!(said.ends_with(" blocks, all aligned\n"), "{options:?}: {said}");
    }
}

#[test]
fn a_handler_forks_while_its_thread_is_in_malloc() {
    says("fork_in_handler", "200 children, 0 failures\n");
}

#[test]
fn threads_fork_while_others_wait_for_streams() {
    says("fork_with_stdio", "300 forks, 0 failures\n");
}

#[test]
fn a_handler_allocates_a_million_times() {
    says("timer_handler", "1000000 blocks, all right\n");
}

#[test]
fn nested_handlers_can_fork_among_threads() {
    says("signal_storm", "as it should be\n");
}

#[test]
fn handlers_can_fork_with_stats_and_on_the_checked_machine() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("fork_in_handler");
    let program = program.to_str().unwrap();
    for option in ["--stats", "--checked"] {
        let seen = exec(&fixture.path(""), &["quick", option, "--", program]);
        let said = text(&seen.stdout);
        assert_eq!(said, "200 children, 0 failures\n", "{option}");
        if option == "--stats" {
            let report = text(&seen.stderr);
            assert!(report.contains("\nfork_in_handler "), "{report}");
        }
    }
}
