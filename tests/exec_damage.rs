//! Programs that damage the heap, under `heaplab exec`: they are ended with a message.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::exec_support::{exec, text};
use crate::record_support::{Fixture, has};
use std::os::unix::process::ExitStatusExt;

/// Returns the standard error of a program, which must end by SIGABRT.
#[track_caller]
fn ended(fixture: &Fixture, words: &[&str]) -> String {
    let seen = exec(&fixture.path(""), words);
    let said = text(&seen.stderr);
    let signal = seen.status.signal();
    // `timeout` ends by the same signal, or with 128 plus its number.
    let ended = signal == Some(6) || seen.status.code() == Some(128 + 6);
    assert!(ended, "{words:?}: {:?} {said}", seen.status);
    assert_eq!(text(&seen.stdout), "", "{words:?}: {said}");
    said
}

#[test]
fn a_walk_round_a_damaged_heap_ends() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("damaged");
    let program = program.to_str().unwrap();
    for (heap, how, what) in [
        ("explicit", "loop", "I9"),
        ("explicit:best-fit", "loop", "I9"),
        ("explicit:address", "loop", "I9"),
        ("explicit:fifo", "loop", "I9"),
        ("quick", "quick", ""),
        ("implicit:deferred", "empty", "I2"),
        ("implicit", "tag", "I3"),
        ("implicit:next-fit", "tag", "I3"),
        ("implicit:best-fit", "tag", "I3"),
    ] {
        for limit in [&[][..], &["--heap-limit", "40M"]] {
            let words = [&[heap][..], limit, &["--", program, how]].concat();
            let said = ended(&fixture, &words);
            assert!(said.contains("the heap is damaged"), "{words:?}: {said}");
            assert!(said.contains(what), "{words:?}: {said}");
            assert!(said.contains("--checked"), "{words:?}: {said}");
        }
    }
}

#[test]
fn the_checked_machine_says_whose_store_it_was() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("damaged");
    let program = program.to_str().unwrap();
    for (heap, how, where_) in [
        ("implicit", "tag", "bytes past the end of the program's block of 2000 bytes"),
        ("explicit", "tag", "bytes past the end of the program's block of 2000 bytes"),
        ("quick", "tag", "bytes past the end of the program's block of 2000 bytes"),
        ("quick", "before", "bytes past the end of the program's block of 2000 bytes"),
        ("explicit", "loop", "of the block of 2000 bytes"),
        ("quick", "loop", "of the block of 2000 bytes"),
        ("quick:immediate", "loop", "of the block of 2000 bytes"),
    ] {
        let words = [heap, "--checked", "--", program, how];
        let said = ended(&fixture, &words);
        assert!(
            said.starts_with("heaplab: fault[overwrite]: the program has written over"),
            "{words:?}: {said}"
        );
        assert!(said.contains(where_), "{words:?}: {said}");
    }
    let sound = exec(&fixture.path(""), &["quick", "--checked", "--", program]);
    assert_eq!(text(&sound.stdout), "it went on\n");
}
