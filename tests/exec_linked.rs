//! `heaplab exec` and how a program is linked: which programs it refuses, modules and
//! libraries that define the same names, and what the C library's malloc promises.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::exec_support::{HEAPS, compile, exec, text};
use crate::record_support::{Fixture, has};
use heaplab_tests::command::words;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

#[test]
fn a_program_that_keeps_its_own_malloc_is_refused() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let folder = fixture.path("");
    let source = "#include <stdio.h>\nint main(void) { puts(\"done\"); return 0; }\n";
    let own = "#include <stddef.h>\nvoid *malloc(size_t size) { (void)size; return NULL; }\n";
    fs::write(fixture.path("plain.c"), source).unwrap();
    fs::write(fixture.path("own.c"), format!("{own}{source}")).unwrap();
    let absolute = |name: &str| fixture.path(name).to_str().unwrap().to_owned();
    let compile = |compiler, words: &[&str]| {
        let mut command = Command::new(compiler);
        let status = command.args(words).current_dir(&folder).status();
        assert!(status.unwrap().success(), "{words:?}");
    };
    compile("cc", &["-static", "-o", "static", "plain.c"]);
    compile("cc", &["-fno-builtin", "-o", "own", "own.c"]);
    let script = |name: &str, line: &str| {
        fs::write(fixture.path(name), format!("#!{line}\n")).unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(fixture.path(name), executable).unwrap();
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
    fs::write(fixture.path("small"), b"\x7fELF\x01\x01\x01").unwrap();
    cases.push(("./small", "another kind of machine"));
    // Root can make a program that belongs to a different user and has that user's rights.
    fs::copy(fixture.path("own"), fixture.path("privileged")).unwrap();
    if chown(fixture.path("privileged"), Some(65534), None).is_ok() {
        let set_uid = fs::Permissions::from_mode(0o4755);
        fs::set_permissions(fixture.path("privileged"), set_uid).unwrap();
        cases.push(("./privileged", "it gains privileges when it starts"));
    }
    for (program, why) in cases {
        let seen = exec(&folder, &["quick", "--", program]);
        let said = text(&seen.stderr);
        assert_eq!(seen.status.code(), Some(2), "{program}: {said}");
        assert!(said.contains(why), "{program}: {said}");
        assert!(!said.contains("record"), "{program}: {said}");
        assert_eq!(text(&seen.stdout), "", "{program}");
    }
    let seen = exec(&folder, &["quick", "--anyway", "--", "./static"]);
    assert_eq!((text(&seen.stdout), seen.status.code()), ("done\n".into(), Some(0)));
    let said = text(&seen.stderr);
    assert!(said.contains("keeps its own malloc: it is linked statically"), "{said}");
}

#[test]
fn a_module_is_found_by_the_runpath_of_its_library() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let folder = fixture.path("");
    fs::create_dir_all(fixture.path("lib/modules")).unwrap();
    let shared = ["-shared", "-fPIC"];
    let module = [&shared[..], &["-o", "lib/modules/deep_module.so", "deep_module.c"]];
    compile("cc", &folder, &module.concat());
    let caller = words("-o lib/libdeep.so deep_caller.c -Wl,-rpath,$ORIGIN/modules");
    compile("cc", &folder, &[&shared[..], &caller].concat());
    let program = words("-o deep deep_program.c -Llib -ldeep -Wl,-rpath,$ORIGIN/lib");
    compile("cc", &folder, &program);
    for heap in HEAPS {
        let seen = exec(&folder, &[heap, "--", "./deep"]);
        let said = (text(&seen.stdout), text(&seen.stderr));
        assert_eq!(said, ("a block of the module\n".into(), String::new()), "{heap}");
    }
    if has("php") {
        let seen = exec(&folder, &["quick", "--", "php", "-v"]);
        let said = text(&seen.stdout);
        assert!(said.starts_with("PHP ") && seen.status.success(), "{seen:?}");
    }
}

#[test]
fn operators_of_cpp_work_with_any_linked_allocator() {
    if !has("g++") {
        return;
    }
    let fixture = Fixture::new();
    let folder = fixture.path("");
    let libraries =
        ["libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2", "libmimalloc.so.2.0"];
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
        let seen = exec(&folder, &["quick", "--stats", "--", "./operators"]);
        assert_eq!(text(&seen.stdout), "as it should be\n", "{libraries:?}");
        let report = text(&seen.stderr);
        let line = report.lines().find(|line| line.starts_with("operators "));
        let mut cells = line.unwrap().split_whitespace();
        let mallocs: u32 = cells.nth(3).unwrap().parse().unwrap();
        assert!((4002..4100).contains(&mallocs), "{libraries:?}: {report}");
    }
}

#[test]
fn a_block_of_another_allocator_is_returned_to_it() {
    let arch = std::env::consts::ARCH;
    let jemalloc = format!("/usr/lib/{arch}-linux-gnu/libjemalloc.so.2");
    if !has("cc") || !fs::exists(&jemalloc).unwrap() {
        return;
    }
    let fixture = Fixture::new();
    let folder = fixture.path("");
    compile("cc", &folder, &["-o", "mallocx", "mallocx.c", &jemalloc]);
    for heap in HEAPS {
        let seen = exec(&folder, &[heap, "--", "./mallocx"]);
        let said = (text(&seen.stdout), text(&seen.stderr));
        assert_eq!(said, ("done\n".into(), String::new()), "{heap}");
    }
}

#[test]
fn corner_cases_of_malloc_are_as_in_the_c_library() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("c_library");
    for heap in HEAPS {
        let seen = exec(&fixture.path(""), &[heap, "--", program.to_str().unwrap()]);
        let said = (text(&seen.stdout), text(&seen.stderr));
        assert_eq!(said, ("as it should be\n".into(), String::new()), "{heap}");
    }
}
