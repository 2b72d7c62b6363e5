//! Real programs with one of the heaps as their malloc: they behave as without it.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::record_support::{Fixture, has};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

const HEAPS: [&str; 4] = ["implicit", "explicit", "segregated", "quick"];

/// Runs `heaplab exec WORDS`, in a folder.
fn exec(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
        .arg("exec")
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that a program's output and end are the same on each heap as without.
#[track_caller]
fn same_on_every_heap(folder: &Path, program: &[&str]) {
    let [name, arguments @ ..] = program else { panic!("no program") };
    let plain = Command::new(name).args(arguments).current_dir(folder).output().unwrap();
    for heap in HEAPS {
        let served = exec(folder, &[&[heap, "--"], program].concat());
        assert_eq!(
            (text(&served.stdout), text(&served.stderr), served.status.code()),
            (text(&plain.stdout), text(&plain.stderr), plain.status.code()),
            "{program:?} on {heap}"
        );
    }
}

#[test]
fn every_entry_point_does_what_c_requires() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("served");
    let program = program.to_str().unwrap();
    for heap in ["implicit", "explicit:address", "segregated", "quick", "quick:immediate"] {
        let served = exec(&fixture.path(""), &[heap, "--heap-limit", "64M", "--", program]);
        assert_eq!(text(&served.stdout), "as it should be\n", "{heap}");
        assert_eq!(text(&served.stderr), "");
    }
}

#[test]
fn pointers_that_the_heap_did_not_give_out_are_refused() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("served");
    let program = program.to_str().unwrap();
    for (rule, message) in [
        ("twice", "free"),
        ("inside", "free"),
        ("local", "the heap did not give out this pointer"),
        ("realloc", "the heap did not give out this pointer"),
    ] {
        for heap in ["implicit", "explicit", "quick:immediate"] {
            let served = exec(&fixture.path(""), &[heap, "--", program, rule]);
            let said = text(&served.stderr);
            assert!(said.starts_with("heaplab: "), "{heap} {rule}: {said}");
            assert!(said.contains(message), "{heap} {rule}: {said}");
            assert_eq!(text(&served.stdout), "", "{heap} {rule}");
            // SIGABRT, as in the C library.
            assert_eq!(served.status.signal(), Some(6), "{heap} {rule}");
        }
    }
}

#[test]
fn four_threads_free_each_others_blocks() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("threads");
    same_on_every_heap(&fixture.path(""), &[program.to_str().unwrap()]);
}

#[test]
fn a_program_forks_while_its_threads_allocate() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("fork_among_threads");
    same_on_every_heap(&fixture.path(""), &[program.to_str().unwrap()]);
}

#[test]
fn shell_pipelines_run_under_every_heap() {
    let fixture = Fixture::new();
    let script = "for i in 3 1 2; do (echo $i; seq $i 50) & done | sort -n | uniq -c | tail -3; wait; \
                  x=$(printf '%s ' {1..300}); echo ${#x}; exit 5";
    same_on_every_heap(&fixture.path(""), &["bash", "-c", script]);
}

#[test]
fn a_c_program_is_compiled_and_run() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let folder = fixture.path("");
    fs::write(
        fixture.path("sum.c"),
        "#include <stdio.h>\n#include <stdlib.h>\n\
         int main(void) { long s = 0; for (int i = 0; i < 5000; i++) { int *p = malloc(64 + i % 900); *p = i; s += *p; if (i % 3) free(p); }\n\
         printf(\"%ld\\n\", s); return 0; }\n",
    )
    .unwrap();
    same_on_every_heap(&folder, &["sh", "-c", "cc -O1 -o sum sum.c && ./sum"]);
}

#[test]
fn perl_git_and_sqlite_run_under_every_heap() {
    let fixture = Fixture::new();
    let folder = fixture.path("");
    if has("perl") {
        let script = "my %h; $h{$_ % 977} .= $_ for 1..20000; my $s = join ',', map { \"$_=\" . length $h{$_} } sort keys %h; \
                      $s =~ s/(\\d+)=/<$1>/g; print length($s), substr($s, 0, 60), \"\\n\"; die \"so\\n\"";
        same_on_every_heap(&folder, &["perl", "-e", script]);
    }
    if has("git") {
        let make = "set -e; git init -q repo; cd repo; \
                    for i in 1 2 3 4 5; do seq $i 400 > f$i; git add .; \
                    GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' \
                    git -c user.name=n -c user.email=e commit -qm \"c$i\"; done; \
                    git gc -q; git log -p --stat | cksum; git fsck; cd ..; rm -r repo";
        same_on_every_heap(&folder, &["sh", "-c", make]);
    }
    if has("sqlite3") {
        let script = "create table t(a integer primary key, b text); \
                      with recursive c(x) as (select 1 union all select x + 1 from c where x < 4000) \
                      insert into t select x, printf('%d-%s', x, hex(x * x)) from c; \
                      create index i on t(b); delete from t where a % 7 = 0; \
                      select count(*), sum(length(b)), min(b), max(b) from t;";
        same_on_every_heap(&folder, &["sqlite3", ":memory:", script]);
    }
}

/// On the checked machine every access of the heap is checked, without an effect on the program.
#[test]
fn a_sound_heap_passes_the_checked_machine() {
    let fixture = Fixture::new();
    let script = "x=$(seq 300 | sort -rn | head -3); echo $x; for i in 1 2; do (echo sub $i); done";
    let plain = Command::new("bash").args(["-c", script]).output().unwrap();
    for heap in ["implicit:elided", "explicit", "quick"] {
        let seen = exec(&fixture.path(""), &[heap, "--checked", "--", "bash", "-c", script]);
        assert_eq!(text(&seen.stdout), text(&plain.stdout), "{heap}");
        assert_eq!((text(&seen.stderr).as_str(), seen.status.code()), ("", Some(0)));
    }
    if !has("cc") {
        return;
    }
    let program = fixture.compile("served");
    let program = program.to_str().unwrap();
    let words = ["quick", "--checked", "--heap-limit", "20M", "--", program];
    let seen = exec(&fixture.path(""), &words);
    assert_eq!(text(&seen.stdout), "as it should be\n");
    let twice = exec(&fixture.path(""), &[&words[..], &["twice"]].concat());
    let said = text(&twice.stderr);
    assert!(said.contains("the program has no block there"), "{said}");
}

#[test]
fn the_account_of_a_program_is_exact() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    fs::write(
        fixture.path("few.c"),
        "#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n\
         int main(void) { char *p = malloc(1000000); memset(p, 1, 1000000); p = realloc(p, 3000000);\n\
         free(p); free(malloc(10)); _exit(3); }\n",
    )
    .unwrap();
    let compiled = Command::new("cc")
        .args(["-O0", "-fno-builtin", "-o", "few", "few.c"])
        .current_dir(fixture.path(""))
        .status()
        .unwrap();
    assert!(compiled.success());
    let served = exec(&fixture.path(""), &["quick", "--stats", "--", "./few"]);
    assert_eq!(served.status.code(), Some(3), "it left by _exit");
    let said = text(&served.stderr);
    let line = said.lines().find(|line| line.starts_with("few ")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    let [_, _, all, mallocs, reallocs, frees, refused, peak, heap, ..] = cells[..] else {
        panic!("{said}")
    };
    assert_eq!(
        [all, mallocs, reallocs, frees, refused, peak],
        ["5", "2", "1", "2", "0", "3000000"],
        "{said}"
    );
    // Either the block grew in place, or it was copied.
    let heap: u64 = heap.parse().unwrap();
    assert!((3_000_000..4_100_000).contains(&heap), "{said}");
}

#[test]
fn an_invalid_command_is_refused_before_the_program_runs() {
    let fixture = Fixture::new();
    let folder = fixture.path("");
    for (words, expected) in [
        (&["nope", "--", "ls"][..], "there is no heap `nope`"),
        (&["explicit:nope", "--", "ls"], "has no policy `nope`"),
        (&["quick", "--", "no-such-program"], "there is no program `no-such-program`"),
        (&["quick", "--", ""], "the program's name is empty"),
        (&["quick", "--heap-limit", "9G", "--", "ls"], "expected less than 4G"),
    ] {
        let seen = exec(&folder, words);
        assert_eq!(seen.status.code(), Some(2), "{words:?}");
        let said = text(&seen.stderr);
        assert!(said.contains(expected), "{words:?}: {said}");
    }
}

#[test]
fn a_killed_program_gives_the_exit_code_of_a_shell() {
    let fixture = Fixture::new();
    let seen = exec(&fixture.path(""), &["quick", "--stats", "--", "sh", "-c", "kill -9 $$"]);
    assert_eq!(seen.status.code(), Some(128 + 9));
    assert!(text(&seen.stderr).contains("sh "), "the account outlives it");
}
