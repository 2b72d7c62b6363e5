//! `heaplab exec` with scarce resources: address space, disk space, access to a file.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::exec_support::{HEAPS, exec, exec_command, exec_under, text};
use crate::record_support::{Fixture, has};
use heaplab_tests::command::words;
use std::fs;
use std::process::Command;

#[test]
fn a_program_can_use_the_remaining_address_space() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("until_no_memory");
    let program = program.to_str().unwrap();
    for limit in ["ulimit -v 1000000", "ulimit -v 100000", "ulimit -d 1000000"] {
        for heap in ["implicit", "explicit", "segregated", "quick"] {
            let seen = exec_under(limit, &fixture.path(""), &[heap, "--", program]);
            let said = (text(&seen.stdout), text(&seen.stderr));
            let expected = ("ENOMEM, then more\n".to_owned(), String::new());
            assert_eq!(said, expected, "{heap}: {limit}");
        }
    }
    let words = ["quick", "--stats", "--", program];
    let seen = exec_under("ulimit -v 1000000", &fixture.path(""), &words);
    let said = text(&seen.stderr);
    assert!(said.contains("a limit on address space"), "{said}");
}

/// Too little even for the smallest heap: the command itself
/// needs more, so the test preloads the library itself.
#[test]
fn malloc_returns_null_without_any_address_space() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("until_no_memory");
    let found = exec(&fixture.path(""), &["quick", "--", "printenv", "LD_PRELOAD"]);
    let library = text(&found.stdout);
    for kib in [4000, 5000, 6000, 8000, 12000] {
        let script = format!("ulimit -v {kib}; LD_PRELOAD='{}' exec \"$0\"", library.trim());
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(&program);
        let seen = command.output().unwrap();
        // The loader may lack address space for the library, or for the C library.
        if !text(&seen.stderr).contains("error while loading") {
            assert!(text(&seen.stdout).starts_with("ENOMEM"), "{kib}: {seen:?}");
        }
    }
}

#[test]
fn a_limited_heap_reserves_no_more_than_it_needs() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("until_no_memory");
    let words = ["--heap-limit", "64M", "--", program.to_str().unwrap(), "count"];
    for heap in HEAPS {
        let words = [&[heap][..], &words].concat();
        let seen = exec_under("ulimit -v 300000", &fixture.path(""), &words);
        let said = text(&seen.stdout);
        let pieces = said.lines().last().unwrap().split(' ').next().unwrap();
        let pieces: u32 = pieces.parse().unwrap();
        // At most 671 pieces of 100000 bytes fit into 64 MiB, if tags take nothing.
        assert!((600..=671).contains(&pieces), "{heap}: {said}");
    }
}

/// Only root can make a small disk.
#[test]
fn a_full_disk_is_named() {
    let fixture = Fixture::new();
    let disk = fixture.path("disk");
    fs::create_dir(&disk).unwrap();
    let mount =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "small"]).arg(&disk).output();
    if !mount.is_ok_and(|output| output.status.success()) {
        eprintln!("a disk can't be mounted here");
        return;
    }
    let mut command = exec_command(&fixture.path(""));
    command.args(["quick", "--stats", "--", "ls"]).env("TMPDIR", &disk);
    let seen = command.output().unwrap();
    let left = fs::read_dir(&disk).unwrap().count();
    Command::new("umount").arg(&disk).status().unwrap();
    let said = text(&seen.stderr);
    assert_eq!(seen.status.code(), Some(2), "{said}");
    assert!(said.contains("for the accounts of the processes in "), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert!(said.contains("help: set TMPDIR"), "{said}");
    assert_eq!(left, 0);
}

/// A child of a process that has changed its root can't
/// reach the file of the accounts, and does not need to.
#[test]
fn children_are_counted_even_in_a_changed_root() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    fs::write(
        fixture.path("moves.c"),
        "#define _DEFAULT_SOURCE\n#include <stdio.h>\n#include <stdlib.h>\n#include <sys/wait.h>\n\
         #include <unistd.h>\nint main(void) { int moved = chroot(\"/proc\") == 0;\n\
         for (int i = 0; i < 3; i++) if (fork() == 0) { for (int j = 0; j < 7; j++) free(malloc(9)); _exit(0); }\n\
         while (wait(NULL) > 0) {} return moved; }\n",
    )
    .unwrap();
    let folder = fixture.path("");
    let compiled = Command::new("cc")
        .args(["-O0", "-fno-builtin", "-o", "moves", "moves.c"])
        .current_dir(&folder)
        .status();
    assert!(compiled.unwrap().success());
    let seen = exec(&folder, &["quick", "--stats", "--", "./moves"]);
    if seen.status.code() == Some(0) {
        eprintln!("the root can't be changed here: the children are counted where they are");
    }
    let said = text(&seen.stderr);
    let children = said.lines().filter(|line| {
        let mut cells = line.split_whitespace();
        cells.next() == Some("moves") && cells.nth(1) == Some("14")
    });
    assert_eq!(children.count(), 3, "{said}");
    // A new process that can't reach the file says so.
    let accounts = words("quick --stats -- env HEAPLAB_EXEC_ACCOUNTS=/no/file ls");
    let said = text(&exec(&folder, &accounts).stderr);
    assert!(said.contains("is not counted: its account in \"/no/file\""), "{said}");
}
