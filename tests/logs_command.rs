//! Logs of other tracers on the command line.

use heaplab_tests::command::{Seen, run_in};
use std::fs;
use tempfile::TempDir;

const HEAPLAB: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

/// A folder with files in it.
struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Folder {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("written");
        }
        Folder(folder)
    }

    fn run(&self, arguments: &[&str]) -> Seen {
        run_in(HEAPLAB, self.0.path(), arguments)
    }

    /// Runs `trace convert`, which must succeed, and returns the trace and the messages.
    fn convert(&self, arguments: &[&str]) -> (String, String) {
        let seen = self.run(&[&["trace", "convert"], arguments].concat());
        assert_eq!(seen.code, Some(0), "{}", seen.stderr);
        (seen.stdout, seen.stderr)
    }

    /// Returns the message of `trace convert` for an input that it refuses.
    fn refused(&self, arguments: &[&str]) -> String {
        let seen = self.run(&[&["trace", "convert"], arguments].concat());
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
        seen.stderr
    }
}

const MTRACE: &str = "= Start\n@ ./prog:[0x1189] + 0x5581a0 0x30\n@ ./prog:[0x1197] + 0x5581e0 0x200\n\
                      @ ./prog:[0x11a8] < 0x5581a0\n@ ./prog:[0x11a8] > 0x5583f0 0x90\n\
                      @ ./prog:[0x11b4] - 0x5581e0\n= End\n";
const VALGRIND: &str = "--77-- malloc(48) = 0x4A5F040\n--77-- calloc(4,24) = 0x4A5F0A0\n\
                        --77-- realloc(0x4A5F040,96)malloc(96) = 0x4A5F140\n\
                        --77-- free(0x4A5F0A0)\n";
const LTRACE: &str = "malloc(48)                       = 0x55d0a0\n\
                      memalign(64, 96, 1, 2)           = 0x55d100\n\
                      free(0)                          = <void>\n\
                      free(0x55dfff)                   = <void>\n\
                      malloc(99999999999999999)        = 0\n\
                      free(0x55d0a0)                   = <void>\n\
                      +++ exited (status 0) +++\n";
const HEAPTRACK: &str = "v 10500 3\nX ./prog\nt 1 0\n+ 30 1 5581a0\n- 5581a0\n";
const UTRACE: &str =
    "   77 prog     USER  0x8010a0 = malloc(48)\n   77 prog     USER  free(0x8010a0)\n";
const ANDROID: &str = "77: malloc 0x7a10 48\n78: realloc 0x7a90 0x7a10 96\n78: free 0x7a90\n";

#[test]
fn each_kind_of_log_becomes_a_trace() {
    for (log, tool, trace) in [
        (MTRACE, "mtrace", "1\n2\n4\n656\na 0 48\na 1 512\nr 0 144\nf 1\n"),
        (VALGRIND, "valgrind", "heaplab 1\n1\n2\n4\n192\na 0 48\nc 1 96\nr 0 96\nf 1\n"),
        (LTRACE, "ltrace", "heaplab 1\n1\n2\n4\n144\na 0 48\nm 1 64 96\nf -1\nf 0\n"),
        (HEAPTRACK, "heaptrack", "1\n1\n2\n48\na 0 48\nf 0\n"),
        (UTRACE, "utrace", "1\n1\n2\n48\na 0 48\nf 0\n"),
        (ANDROID, "android", "1\n1\n3\n96\na 0 48\nr 0 96\nf 0\n"),
    ] {
        let folder = Folder::with(&[("x.log", log)]);
        let (found_out, said) = folder.convert(&["x.log"]);
        assert_eq!(found_out, trace, "{said}");
        assert!(said.contains("x.log: read as a log of "), "{said}");
        assert_eq!(folder.convert(&["x.log", "--from", tool]).0, trace);
        // Windows line ends, and a last line without an end.
        let crlf = log.trim_end().replace('\n', "\r\n");
        let folder = Folder::with(&[("x.log", &crlf)]);
        assert_eq!(folder.convert(&["x.log"]).0, trace);
    }
}

#[test]
fn calls_that_are_left_out_are_reported() {
    let folder = Folder::with(&[("l.log", LTRACE)]);
    insta::assert_snapshot!("convert_ltrace", folder.run(&["trace", "convert", "l.log"]).all());
}

#[test]
fn the_dialect_is_the_plainest_that_keeps_all() {
    let folder = Folder::with(&[("l.log", LTRACE), ("m.log", MTRACE)]);
    folder.convert(&["l.log", "-o", "l.rep"]);
    folder.convert(&["m.log", "-o", "m.script"]);
    let rep = fs::read_to_string(folder.0.path().join("l.rep")).expect("written");
    assert!(rep.starts_with("heaplab 1\n"));
    let script = fs::read_to_string(folder.0.path().join("m.script")).expect("written");
    assert_eq!(script, "a 0 48\na 1 512\nr 0 144\nf 1\n");
    let refused = folder.refused(&["l.log", "--to", "peak"]);
    assert!(refused.contains("--rewrite"), "{refused}");
    let (plain, _) = folder.convert(&["l.log", "--to", "peak", "--rewrite"]);
    assert_eq!(plain, "1\n2\n3\n144\na 0 48\na 1 96\nf 0\n");
}

#[test]
fn one_of_several_processes_must_be_chosen() {
    let two = "--7-- malloc(10) = 0x4A10\n--8-- malloc(20) = 0x4A20\n--8-- free(0x4A10)\n\
               --7-- free(0x4A10)\n";
    let folder = Folder::with(&[("v.log", two), ("m.log", MTRACE)]);
    let refused = folder.refused(&["v.log"]);
    assert!(refused.contains("7 (2 calls), 8 (2 calls)"), "{refused}");
    // The advice works as typed.
    let advice = "`heaplab trace convert --pid 7`";
    assert!(refused.contains(advice), "{refused}");
    let (trace, said) = folder.convert(&["--pid", "7", "v.log"]);
    assert!(trace.ends_with("a 0 10\nf 0\n"), "{trace}");
    assert!(said.contains("2 calls of other processes"), "{said}");
    let (trace, _) = folder.convert(&["--pid", "8", "v.log", "--to", "script"]);
    assert_eq!(trace, "a 0 20\n");
    assert!(folder.refused(&["--pid", "9", "v.log"]).contains("process 9"));
    assert!(folder.refused(&["--pid", "9", "m.log"]).contains("leave out --pid"));
}

#[test]
fn other_commands_read_logs_too() {
    let folder = Folder::with(&[("m.log", MTRACE), ("v.log", VALGRIND)]);
    let stats = folder.run(&["trace", "stats", "m.log"]);
    assert_eq!(stats.code, Some(0), "{}", stats.stderr);
    assert!(stats.stdout.contains("it is made of a log of mtrace"), "{}", stats.stdout);
    let run = folder.run(&["run", "--trace", "m.log", "--trace", "v.log"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("note: m.log is a log of mtrace"), "{}", run.stderr);
    let check = folder.run(&["check", "--trace", "v.log", "implicit"]);
    assert_eq!(check.code, Some(0), "{}{}", check.stdout, check.stderr);
}

#[test]
fn a_log_that_no_reader_knows_is_named() {
    for (text, name) in [
        ("execve(\"./p\", [\"./p\"], 0x7ffd /* 9 vars */) = 0\nbrk(NULL) = 0x55\n", "strace"),
        ("desc: (none)\ncmd: ./p\ntime_unit: i\n#-----------\nsnapshot=0\n", "massif"),
        ("{\"dhatFileVersion\":2,\"mode\":\"heap\"}\n", "DHAT"),
        ("==9==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 8\n", "LeakSanitizer"),
        ("Attaching 3 probes...\nmalloc 8\n", "bpftrace"),
        ("# ========\n# captured on : today\n", "perf"),
        ("prog  4711 [001] 12.5: probe_libc:malloc: (7f) size=8\n", "perf"),
        ("<?xml version=\"1.0\"?>\n<trace-query-result>\n", "Instruments"),
    ] {
        let folder = Folder::with(&[("x.log", text)]);
        let refused = folder.refused(&["x.log"]);
        assert!(refused.contains(name), "{refused}");
        assert!(refused.contains("`heaplab record` makes traces"), "{refused}");
        let seen = folder.run(&["run", "--trace", "x.log"]);
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.contains(name), "{}", seen.stderr);
    }
}

#[test]
fn broken_logs_are_reported_with_their_lines() {
    let cut = &MTRACE[..MTRACE.len() - 45];
    let long = format!("{MTRACE}{}\n", "x".repeat(100_000));
    let folder = Folder::with(&[("cut.log", cut), ("long.log", &long), ("none.log", "= Start\n")]);
    let (_, said) = folder.convert(&["cut.log"]);
    assert!(said.contains("line 5: 1 "), "{said}");
    let (_, said) = folder.convert(&["long.log"]);
    assert!(said.contains("line 8: 1 line is too long for a call"), "{said}");
    let refused = folder.refused(&["none.log"]);
    assert!(refused.starts_with("error: none.log: no call of malloc"), "{refused}");
    let forked = format!("{}{MTRACE}", MTRACE.replace("= End\n", ""));
    fs::write(folder.0.path().join("forked.log"), forked).expect("written");
    assert!(folder.refused(&["forked.log"]).starts_with("error: forked.log:7: a second"));
}

#[test]
fn a_trace_is_not_converted_as_a_log() {
    let trace = "heaplab 1\n1\n1\n2\n8\n# malloc(8) = 0x10\na 0 8\nf 0\n";
    let folder = Folder::with(&[("x.rep", trace)]);
    assert_eq!(folder.convert(&["x.rep"]).0, trace);
    let refused = folder.refused(&["x.rep", "--from", "ltrace"]);
    assert!(refused.contains("no call of malloc"), "{refused}");
}
