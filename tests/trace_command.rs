//! `heaplab trace` as people use it.
#![forbid(unsafe_code)]

use heaplab_tests::command::{Seen, run_in, words};
use std::fs;
use tempfile::TempDir;

const HEAPLAB: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

/// A folder to work in.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().expect("a folder for temporary files"))
    }

    fn trace(&self, arguments: &[&str]) -> Seen {
        run_in(HEAPLAB, self.0.path(), &[&["trace"], arguments].concat())
    }

    /// Runs a command that must succeed.
    fn fine(&self, arguments: &[&str]) -> Seen {
        let seen = self.trace(arguments);
        assert_eq!(seen.code, Some(0), "{}", seen.stderr);
        seen
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).expect("written");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).expect("it is there")
    }

    fn files(&self) -> usize {
        fs::read_dir(self.0.path()).expect("readable").count()
    }
}

#[test]
fn the_list_of_generators() {
    insta::assert_snapshot!(Desk::new().trace(&["gen", "--list"]).all());
}

#[test]
fn gen_prints_the_seed_and_is_repeatable() {
    let desk = Desk::new();
    let args = ["gen", "stack", "--ops", "50", "--seed", "7"];
    let one = desk.fine(&args);
    assert!(one.stderr.contains("--seed 7"), "{}", one.stderr);
    assert!(one.stdout.starts_with("heaplab 1\n1\n"), "{}", one.stdout);
    assert!(one.stdout.contains("# heaplab trace gen stack --seed 7"));
    assert_eq!(one.stdout, desk.fine(&args).stdout);
    desk.fine(&[&args[..], &["-o", "s.rep"]].concat());
    assert_eq!(one.stdout.as_bytes(), desk.read("s.rep"));
}

#[test]
fn options_without_effect_are_refused() {
    let desk = Desk::new();
    for option in [["--seed", "3"], ["--ops", "50"], ["--max-live", "50"]] {
        let seen = desk.trace(&[&["gen", "binary"], &option[..]].concat());
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.contains(option[0]), "{}", seen.stderr);
        assert_eq!(seen.stdout, "");
    }
    let seen = desk.trace(&["gen", "stak"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("'stack'"), "{}", seen.stderr);
}

#[test]
fn stats_of_a_small_trace() {
    let desk = Desk::new();
    desk.write("small.script", "# by hand\na 0 100\na 1 24\nr 0 200\na 2 24\nf 1\nr 0 0\n");
    insta::assert_snapshot!("stats_text", desk.trace(&["stats", "small.script"]).all());
    let json = desk.fine(&["stats", "small.script", "--format", "json"]);
    insta::assert_snapshot!("stats_json", json.stdout);
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let desk = Desk::new();
    desk.write("good.script", "a 0 1\nf 0\n");
    desk.write("bad.rep", "1\n1\n2\n0\na 0 1\nf 1\n");
    let seen = desk.trace(&["stats", "bad.rep", "good.script", "missing.rep"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stdout.starts_with("good (good.script)"));
    assert!(seen.stderr.contains("bad.rep:6:3"), "{}", seen.stderr);
    assert!(seen.stderr.contains("cannot read missing.rep"));
}

#[test]
fn convert_there_and_back() {
    let desk = Desk::new();
    desk.fine(&["gen", "growth", "--ops", "300", "-o", "a.rep"]);
    for (dialect, file) in [
        ("classic", "b.rep"),
        ("ranges", "b.rep.gz"),
        ("peak", "b.rep"),
        ("script", "b.script"),
        ("extended", "b.rep.gz"),
    ] {
        desk.fine(&["convert", "a.rep", "--to", dialect, "-o", file]);
        let there = desk.fine(&["convert", file]).stderr;
        assert!(there.contains(&format!("read as {dialect}")), "{there}");
        let plain = desk.fine(&["convert", "a.rep", "--to", "peak"]).stdout;
        let back = desk.fine(&["convert", file, "--to", "peak", "-o", "-"]);
        assert_eq!(back.stdout, plain, "{dialect}");
    }
    assert_eq!(desk.read("b.rep.gz")[..2], [0x1f, 0x8b]);
}

#[test]
fn what_a_dialect_cannot_say_is_refused_or_rewritten() {
    let desk = Desk::new();
    let extended = "heaplab 1\n2\n2\n4\n48\n# hello\nc 0 16\nm 1 64 32\nf -1\nf 0\n";
    desk.write("x.rep", extended);
    desk.write("kept.rep", "precious\n");
    let refused = desk.trace(&["convert", "x.rep", "--to", "classic", "-o", "kept.rep"]);
    insta::assert_snapshot!("convert_refused", refused.all());
    assert_eq!(desk.read("kept.rep"), b"precious\n");
    let rewritten = desk.trace(&["convert", "x.rep", "--to", "classic", "--rewrite"]);
    insta::assert_snapshot!("convert_rewritten", rewritten.all());
}

#[test]
fn lenience_and_force_are_asked_for() {
    let desk = Desk::new();
    desk.write("odd.rep", "1\n1\n3\n16\na 0 16\nf 0\nf 0\n");
    let strict = desk.trace(&["convert", "odd.rep", "-o", "new.rep"]);
    assert_eq!(strict.code, Some(2));
    assert!(strict.stderr.contains("error[T21]"), "{}", strict.stderr);
    // A failed command leaves no file.
    assert_eq!(desk.files(), 1);

    let lenient = desk.fine(&["convert", "odd.rep", "--lenient"]);
    assert!(lenient.stderr.contains("warning[T21]"));
    assert_eq!(lenient.stdout, "1\n1\n2\n16\na 0 16\nf 0\n");

    desk.write("plain.rep", "1\n1\n1\n16\na 0 16\n");
    let forced = desk.fine(&["convert", "plain.rep", "--from", "classic"]);
    assert!(forced.stderr.contains("read as classic (as asked)"));
}

#[test]
fn an_unwritable_place_is_an_error_with_its_name() {
    let desk = Desk::new();
    let seen = desk.trace(&["gen", "binary", "-o", "no/such/place.rep"]);
    assert_eq!(seen.code, Some(2));
    let start = "error: cannot write no/such/place.rep: ";
    assert!(seen.stderr.starts_with(start), "{}", seen.stderr);
}

/// The target of a link is replaced, not the link; and the
/// message about a missing folder does not name a temporary file.
#[test]
#[cfg(unix)]
fn outputs_behind_a_link_and_in_no_folder() {
    let desk = Desk::new();
    desk.write("real.rep", "old");
    let link = desk.0.path().join("link.rep");
    std::os::unix::fs::symlink("real.rep", &link).expect("a link");
    desk.fine(&["gen", "stack", "-o", "link.rep"]);
    assert!(link.is_symlink());
    assert!(desk.read("real.rep").starts_with(b"heaplab 1\n"));

    let nowhere = desk.trace(&["gen", "stack", "-o", "nowhere/s.rep"]);
    assert_eq!(nowhere.code, Some(2));
    assert_eq!(nowhere.stderr, "error: cannot write nowhere/s.rep: entity not found\n");
}

/// A trace without operations does not test a heap.
#[test]
fn gen_makes_no_empty_trace() {
    let desk = Desk::new();
    assert_eq!(desk.trace(&["gen", "stack", "--ops", "1"]).code, Some(2));
    assert!(desk.fine(&["gen", "stack", "--ops", "16"]).stdout.contains("\na 0 "));
}

/// A log with addresses for ids: the message's advice, as typed, makes a trace of it.
#[test]
fn addresses_are_numbered_as_the_message_advises() {
    let desk = Desk::new();
    desk.write("log.script", "a 0x55d0c0 16\nf 0x55d0c0\n");
    for command in [&["stats", "log.script"][..], &["convert", "log.script"]] {
        let refused = desk.trace(command);
        assert_eq!(refused.code, Some(2));
        let advice = "`heaplab trace convert --renumber` makes a trace from such a file";
        assert!(refused.stderr.contains(advice), "{}", refused.stderr);
        assert_eq!(refused.stderr.matches("error[").count(), 1, "{}", refused.stderr);
    }
    let words = ["convert", "--renumber", "log.script", "-o", "new.script"];
    desk.fine(&words);
    assert_eq!(desk.read("new.script"), b"a 0 16\nf 0\n");
    let headed = desk.fine(&["convert", "--renumber", "log.script", "--to", "classic"]);
    assert_eq!(headed.stdout, "4096\n1\n2\n1\na 0 16\nf 0\n");
}

/// Odd parts of a script of Stanford's stay unchanged.
#[test]
fn a_script_keeps_its_frees_of_nothing() {
    let desk = Desk::new();
    let script = "# odd, but valid\na 1 0\na 2 100\nf 2\nf 1\nf 3\nr 4 100\nr 5 0\nf -1\n";
    desk.write("odd.script", script);
    let same = desk.fine(&["convert", "odd.script"]);
    assert_eq!(same.stdout, script);
    let stats = desk.fine(&["stats", "odd.script"]).stdout;
    let calls =
        "operations  8: 2 malloc, 2 realloc, 2 free, 2 free(NULL); 2 of the reallocs allocate";
    assert!(stats.contains(calls), "{stats}");
    let ranges = desk.fine(&["convert", "odd.script", "--to", "ranges"]).stdout;
    assert!(ranges.ends_with("f 1\nf -1\nr 4 100\nr 5 0\nf -1\n"), "{ranges}");
}

/// An operation that a course added is counted, kept, and left out for drivers that lack it.
#[test]
fn writes_of_the_program_are_kept_or_left_out() {
    let desk = Desk::new();
    let text = "20000\n2\n6\n1\na 0 2040\nw 0 1020\na 1 64\nw 1 64\nf 0\nf 1\n";
    desk.write("w.rep", text);
    let stats = desk.fine(&["stats", "w.rep"]).stdout;
    assert!(stats.contains("operations  6: 2 malloc, 2 free, 2 write"), "{stats}");
    let same = desk.fine(&["convert", "w.rep"]);
    let (_, ops) = text.split_once("\n1\n").expect("a header");
    assert!(same.stdout.ends_with(ops), "{}", same.stdout);
    let refused = desk.trace(&["convert", "w.rep", "--to", "peak"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("line 6: w 0 1020"), "{}", refused.stderr);
    let without = desk.fine(&["convert", "w.rep", "--to", "peak", "--rewrite"]);
    assert_eq!(without.stdout, "1\n2\n4\n2104\na 0 2040\na 1 64\nf 0\nf 1\n");
    assert!(without.stderr.contains("note: 2 x write left out"), "{}", without.stderr);
}

/// A trace with writes is replayed like any other: a fault is attributed to the call that made it.
#[test]
fn a_fault_before_a_write_is_the_heaps() {
    let desk = Desk::new();
    // This heap's free of 64 bytes writes into the next block.
    let text = "a 0 64\na 1 100\nf 0\nw 1 8\na 2 8\nf 1\n";
    desk.write("w.script", text);
    let faulty = env!("CARGO_BIN_EXE_faulty");
    for command in [&["run", "--no-timing", "--heap", "tramples"][..], &["check", "tramples"]] {
        let words = [command, &["--trace", "w.script"]].concat();
        let seen = run_in(faulty, desk.0.path(), &words);
        assert_eq!(seen.code, Some(1), "{}", seen.all());
    }
    let seen =
        run_in(faulty, desk.0.path(), &words("run --no-timing --heap tramples --trace w.script"));
    assert!(seen.stdout.contains("w.script:3: `f 0`"), "{}", seen.all());
}

/// A folder means all traces in it.
#[test]
fn stats_of_a_folder() {
    let desk = Desk::new();
    desk.write("one.rep", "1\n1\n1\n16\na 0 16\n");
    desk.write("two.script", "a 0 16\n");
    desk.write("bad.rep", "1\n1\n");
    desk.write("notes.txt", "no trace");
    let seen = desk.trace(&["stats", "."]);
    assert_eq!(seen.code, Some(2), "{}", seen.all());
    for name in ["one (./one.rep)", "two (./two.script)"] {
        assert!(seen.stdout.contains(name), "{}", seen.all());
    }
    assert!(seen.stderr.contains("./bad.rep"), "{}", seen.all());
    assert!(
        seen.stderr.starts_with("note: 1 file in . is no trace: notes.txt\n"),
        "{}",
        seen.all()
    );
}
