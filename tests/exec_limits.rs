//! `heaplab exec` where something is scarce or in the way: address space, room on a disk,
//! programs that keep their own malloc.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod exec_support;
mod record_support;

use exec_support::{HEAPS, compile, exec, exec_command, exec_under, text};
use record_support::{Bench, has};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

#[test]
fn a_program_has_what_address_space_is_left() {
    if !has("cc") {
        return;
    }
    let bench = Bench::new();
    let program = bench.compile("until_no_memory");
    let program = program.to_str().unwrap();
    for limit in ["ulimit -v 1000000", "ulimit -v 100000", "ulimit -d 1000000"] {
        for heap in ["implicit", "explicit", "segregated"] {
            let seen = exec_under(limit, &bench.path(""), &[heap, "--", program]);
            let said = (text(&seen.stdout), text(&seen.stderr));
            let expected = ("ENOMEM, then more\n".to_owned(), String::new());
            assert_eq!(said, expected, "{heap}: {limit}");
        }
    }
    let words = ["segregated", "--stats", "--", program];
    let seen = exec_under("ulimit -v 1000000", &bench.path(""), &words);
    let said = text(&seen.stderr);
    assert!(said.contains("a limit on address space"), "{said}");
}

/// Not even the smallest heap: the command itself needs more, so the library is put in
/// front of the program by hand.
#[test]
fn without_any_address_space_malloc_returns_null() {
    if !has("cc") {
        return;
    }
    let bench = Bench::new();
    let program = bench.compile("until_no_memory");
    let found = exec(
        &bench.path(""),
        &["segregated", "--", "printenv", "LD_PRELOAD"],
    );
    let library = text(&found.stdout);
    for kib in [4000, 5000, 6000, 8000, 12000] {
        let script = format!(
            "ulimit -v {kib}; LD_PRELOAD='{}' exec \"$0\"",
            library.trim()
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(&program);
        let seen = command.output().unwrap();
        // The loader may not find room for the library, or for the C library.
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
    let bench = Bench::new();
    let program = bench.compile("until_no_memory");
    let words = [
        "--heap-limit",
        "64M",
        "--",
        program.to_str().unwrap(),
        "count",
    ];
    for heap in HEAPS {
        let words = [&[heap][..], &words].concat();
        let seen = exec_under("ulimit -v 300000", &bench.path(""), &words);
        let said = text(&seen.stdout);
        let pieces = said.lines().last().unwrap().split(' ').next().unwrap();
        let pieces: u32 = pieces.parse().unwrap();
        // 671 pieces of 100000 bytes are in 64 MiB, if tags take nothing.
        assert!((600..=671).contains(&pieces), "{heap}: {said}");
    }
}

#[test]
fn a_program_that_keeps_its_own_malloc_is_refused() {
    if !has("cc") {
        return;
    }
    let bench = Bench::new();
    let folder = bench.path("");
    let source = "#include <stdio.h>\nint main(void) { puts(\"done\"); return 0; }\n";
    let own = "#include <stddef.h>\nvoid *malloc(size_t size) { (void)size; return NULL; }\n";
    fs::write(bench.path("plain.c"), source).unwrap();
    fs::write(bench.path("own.c"), format!("{own}{source}")).unwrap();
    let absolute = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    let compile = |compiler, words: &[&str]| {
        let mut command = Command::new(compiler);
        let status = command.args(words).current_dir(&folder).status();
        assert!(status.unwrap().success(), "{words:?}");
    };
    compile("cc", &["-static", "-o", "static", "plain.c"]);
    compile("cc", &["-fno-builtin", "-o", "own", "own.c"]);
    let script = |name: &str, line: &str| {
        fs::write(bench.path(name), format!("#!{line}\n")).unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(bench.path(name), executable).unwrap();
    };
    script("script", &absolute("static"));
    script("by_env", &format!("/usr/bin/env -S {}", absolute("static")));
    let mut cases = vec![
        ("./static", "linked statically"),
        ("./own", "it defines malloc itself"),
        ("./script", "linked statically"),
        ("./by_env", "linked statically"),
    ];
    if has("musl-gcc") {
        compile("musl-gcc", &["-o", "musl", "plain.c"]);
        cases.push(("./musl", "needs glibc's loader"));
    }
    script("small", "");
    fs::write(bench.path("small"), b"\x7fELF\x01\x01\x01").unwrap();
    cases.push(("./small", "another kind of machine"));
    // As root a program can be made that belongs to another user, and has his rights.
    fs::copy(bench.path("own"), bench.path("privileged")).unwrap();
    if chown(bench.path("privileged"), Some(65534), None).is_ok() {
        let set_uid = fs::Permissions::from_mode(0o4755);
        fs::set_permissions(bench.path("privileged"), set_uid).unwrap();
        cases.push(("./privileged", "it gains privileges when it starts"));
    }
    for (program, why) in cases {
        let seen = exec(&folder, &["segregated", "--", program]);
        let said = text(&seen.stderr);
        assert_eq!(seen.status.code(), Some(2), "{program}: {said}");
        assert!(said.contains(why), "{program}: {said}");
        assert!(!said.contains("record"), "{program}: {said}");
        assert_eq!(text(&seen.stdout), "", "{program}");
    }
    let seen = exec(&folder, &["segregated", "--anyway", "--", "./static"]);
    assert_eq!(
        (text(&seen.stdout), seen.status.code()),
        ("done\n".into(), Some(0))
    );
    let said = text(&seen.stderr);
    assert!(
        said.contains("keeps its own malloc: it is linked statically"),
        "{said}"
    );
}

/// Only root can make a small disk.
#[test]
fn a_full_disk_is_named() {
    let bench = Bench::new();
    let disk = bench.path("disk");
    fs::create_dir(&disk).unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "small"])
        .arg(&disk)
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        eprintln!("a disk can't be mounted here");
        return;
    }
    let mut command = exec_command(&bench.path(""));
    command
        .args(["segregated", "--stats", "--", "ls"])
        .env("TMPDIR", &disk);
    let seen = command.output().unwrap();
    let left = fs::read_dir(&disk).unwrap().count();
    Command::new("umount").arg(&disk).status().unwrap();
    let said = text(&seen.stderr);
    assert_eq!(seen.status.code(), Some(2), "{said}");
    assert!(said.contains("for the accounts of --stats in "), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert!(said.contains("help: set TMPDIR"), "{said}");
    assert_eq!(left, 0);
}

/// A child of a process that has changed its root can't reach the file of the accounts, and
/// needs not.
#[test]
fn children_are_counted_wherever_they_are() {
    if !has("cc") {
        return;
    }
    let bench = Bench::new();
    fs::write(
        bench.path("moves.c"),
        "#define _DEFAULT_SOURCE\n#include <stdio.h>\n#include <stdlib.h>\n#include <sys/wait.h>\n\
         #include <unistd.h>\nint main(void) { int moved = chroot(\"/proc\") == 0;\n\
         for (int i = 0; i < 3; i++) if (fork() == 0) { for (int j = 0; j < 7; j++) free(malloc(9)); _exit(0); }\n\
         while (wait(NULL) > 0) {} return moved; }\n",
    )
    .unwrap();
    let folder = bench.path("");
    let compiled = Command::new("cc")
        .args(["-O0", "-fno-builtin", "-o", "moves", "moves.c"])
        .current_dir(&folder)
        .status();
    assert!(compiled.unwrap().success());
    let seen = exec(&folder, &["segregated", "--stats", "--", "./moves"]);
    if seen.status.code() == Some(0) {
        eprintln!("the root can't be changed here: the children are counted where they are");
    }
    let said = text(&seen.stderr);
    let children = said.lines().filter(|line| {
        let mut cells = line.split_whitespace();
        cells.next() == Some("moves") && cells.nth(1) == Some("14")
    });
    assert_eq!(children.count(), 3, "{said}");
    // A process that starts anew and can't reach it says so.
    let accounts = [
        "segregated",
        "--stats",
        "--",
        "env",
        "HEAPLAB_EXEC_ACCOUNTS=/no/file",
        "ls",
    ];
    let said = text(&exec(&folder, &accounts).stderr);
    assert!(
        said.contains("is not counted: its account in \"/no/file\""),
        "{said}"
    );
}

#[test]
fn modules_with_names_of_their_own() {
    if !has("cc") {
        return;
    }
    let bench = Bench::new();
    let folder = bench.path("");
    fs::create_dir_all(bench.path("lib/modules")).unwrap();
    let shared = ["-shared", "-fPIC"];
    let module = [
        &shared[..],
        &["-o", "lib/modules/deep_module.so", "deep_module.c"],
    ];
    compile("cc", &folder, &module.concat());
    let caller = [
        "-o",
        "lib/libdeep.so",
        "deep_caller.c",
        "-Wl,-rpath,$ORIGIN/modules",
    ];
    compile("cc", &folder, &[&shared[..], &caller].concat());
    let program = [
        "-o",
        "deep",
        "deep_program.c",
        "-Llib",
        "-ldeep",
        "-Wl,-rpath,$ORIGIN/lib",
    ];
    compile("cc", &folder, &program);
    for heap in HEAPS {
        let seen = exec(&folder, &[heap, "--", "./deep"]);
        let said = (text(&seen.stdout), text(&seen.stderr));
        assert_eq!(
            said,
            ("a block of the module\n".into(), String::new()),
            "{heap}"
        );
    }
    if has("php") {
        let seen = exec(&folder, &["segregated", "--", "php", "-v"]);
        let said = text(&seen.stdout);
        assert!(
            said.starts_with("PHP ") && seen.status.success(),
            "{seen:?}"
        );
    }
}

#[test]
fn operators_of_cpp_with_any_allocator_linked_in() {
    if !has("g++") {
        return;
    }
    let bench = Bench::new();
    let folder = bench.path("");
    let libraries = [
        "libjemalloc.so.2",
        "libtcmalloc_minimal.so.4",
        "libmimalloc.so.2",
        "libmimalloc.so.2.0",
    ];
    let mut linked = vec![vec![]];
    let arch = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    for library in libraries {
        let path = format!("{arch}/{library}");
        if fs::exists(&path).unwrap() {
            linked.push(vec!["-Wl,--no-as-needed".to_owned(), path]);
        }
    }
    for libraries in linked {
        let mut words = vec!["-std=c++17", "-o", "operators", "operators.cc"];
        words.extend(libraries.iter().map(String::as_str));
        compile("g++", &folder, &words);
        let seen = exec(&folder, &["segregated", "--stats", "--", "./operators"]);
        assert_eq!(text(&seen.stdout), "as it should be\n", "{libraries:?}");
        let report = text(&seen.stderr);
        let line = report.lines().find(|line| line.starts_with("operators "));
        let mut cells = line.unwrap().split_whitespace();
        let mallocs: u32 = cells.nth(3).unwrap().parse().unwrap();
        assert!((4002..4100).contains(&mallocs), "{libraries:?}: {report}");
    }
}

#[test]
fn the_corners_of_malloc() {
    if !has("cc") {
        return;
    }
    let bench = Bench::new();
    let program = bench.compile("c_library");
    for heap in HEAPS {
        let seen = exec(&bench.path(""), &[heap, "--", program.to_str().unwrap()]);
        let said = (text(&seen.stdout), text(&seen.stderr));
        assert_eq!(said, ("as it should be\n".into(), String::new()), "{heap}");
    }
}
