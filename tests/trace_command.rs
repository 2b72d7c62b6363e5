//! `heaplab trace` as people use it.

use heaplab_tests::command::{Seen, run_in, words};
use std::fs;
use tempfile::TempDir;

const HEAPLAB: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

/// A folder to work in.
struct Fixture(TempDir);

impl Fixture {
    fn new() -> Fixture {
        Fixture(tempfile::tempdir().expect("a folder for temporary files"))
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
    insta::assert_snapshot!(Fixture::new().trace(&["gen", "--list"]).all());
}

#[test]
fn gen_prints_the_seed_and_is_repeatable() {
    let fixture = Fixture::new();
    let args = ["gen", "stack", "--ops", "50", "--seed", "7"];
    let one = fixture.fine(&args);
    assert!(one.stderr.contains("--seed 7"), "{}", one.stderr);
    assert!(one.stdout.starts_with("heaplab 1\n1\n"), "{}", one.stdout);
    assert!(one.stdout.contains("# heaplab trace gen stack --seed 7"));
    assert_eq!(one.stdout, fixture.fine(&args).stdout);
    fixture.fine(&[&args[..], &["-o", "s.rep"]].concat());
    assert_eq!(one.stdout.as_bytes(), fixture.read("s.rep"));
}

#[test]
fn options_without_effect_are_refused() {
    let fixture = Fixture::new();
    for option in [["--seed", "3"], ["--ops", "50"], ["--max-live", "50"]] {
        let seen = fixture.trace(&[&["gen", "binary"], &option[..]].concat());
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.contains(option[0]), "{}", seen.stderr);
        assert_eq!(seen.stdout, "");
    }
    let seen = fixture.trace(&["gen", "stak"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("'stack'"), "{}", seen.stderr);
}

#[test]
fn stats_of_a_small_trace() {
    let fixture = Fixture::new();
    fixture.write("small.script", "# by hand\na 0 100\na 1 24\nr 0 200\na 2 24\nf 1\nr 0 0\n");
    insta::assert_snapshot!("stats_text", fixture.trace(&["stats", "small.script"]).all());
    let json = fixture.fine(&["stats", "small.script", "--format", "json"]);
    insta::assert_snapshot!("stats_json", json.stdout);
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let fixture = Fixture::new();
    fixture.write("good.script", "a 0 1\nf 0\n");
    fixture.write("bad.rep", "1\n1\n2\n0\na 0 1\nf 1\n");
    let seen = fixture.trace(&["stats", "bad.rep", "good.script", "missing.rep"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stdout.starts_with("good (good.script)"));
    assert!(seen.stderr.contains("bad.rep:6:3"), "{}", seen.stderr);
    assert!(seen.stderr.contains("can't read missing.rep"));
}

#[test]
fn a_trace_round_trips_through_every_dialect() {
    let fixture = Fixture::new();
    fixture.fine(&["gen", "growth", "--ops", "300", "-o", "a.rep"]);
    for (dialect, file) in [
        ("classic", "b.rep"),
        ("ranges", "b.rep.gz"),
        ("peak", "b.rep"),
        ("script", "b.script"),
        ("extended", "b.rep.gz"),
    ] {
        fixture.fine(&["convert", "a.rep", "--to", dialect, "-o", file]);
        let there = fixture.fine(&["convert", file]).stderr;
        assert!(there.contains(&format!("read as {dialect}")), "{there}");
        let plain = fixture.fine(&["convert", "a.rep", "--to", "peak"]).stdout;
        let back = fixture.fine(&["convert", file, "--to", "peak", "-o", "-"]);
        assert_eq!(back.stdout, plain, "{dialect}");
    }
    assert_eq!(fixture.read("b.rep.gz")[..2], [0x1f, 0x8b]);
}

#[test]
fn inexpressible_operations_are_refused_or_rewritten() {
    let fixture = Fixture::new();
    let extended = "heaplab 1\n2\n2\n4\n48\n# hello\nc 0 16\nm 1 64 32\nf -1\nf 0\n";
    fixture.write("x.rep", extended);
    fixture.write("kept.rep", "precious\n");
    let refused = fixture.trace(&["convert", "x.rep", "--to", "classic", "-o", "kept.rep"]);
    insta::assert_snapshot!("convert_refused", refused.all());
    assert_eq!(fixture.read("kept.rep"), b"precious\n");
    let rewritten = fixture.trace(&["convert", "x.rep", "--to", "classic", "--rewrite"]);
    insta::assert_snapshot!("convert_rewritten", rewritten.all());
}

#[test]
fn lenience_and_force_need_an_option() {
    let fixture = Fixture::new();
    fixture.write("odd.rep", "1\n1\n3\n16\na 0 16\nf 0\nf 0\n");
    let strict = fixture.trace(&["convert", "odd.rep", "-o", "new.rep"]);
    assert_eq!(strict.code, Some(2));
    assert!(strict.stderr.contains("error[T21]"), "{}", strict.stderr);
    // A failed command leaves no file.
    assert_eq!(fixture.files(), 1);

    let lenient = fixture.fine(&["convert", "odd.rep", "--lenient"]);
    assert!(lenient.stderr.contains("warning[T21]"));
    assert_eq!(lenient.stdout, "1\n1\n2\n16\na 0 16\nf 0\n");

    fixture.write("plain.rep", "1\n1\n1\n16\na 0 16\n");
    let forced = fixture.fine(&["convert", "plain.rep", "--from", "classic"]);
    assert!(forced.stderr.contains("read as classic (as asked)"));
}

#[test]
fn an_unwritable_path_is_an_error_that_names_it() {
    let fixture = Fixture::new();
    let seen = fixture.trace(&["gen", "binary", "-o", "no/such/place.rep"]);
    assert_eq!(seen.code, Some(2));
    let start = "error: can't write no/such/place.rep: ";
    assert!(seen.stderr.starts_with(start), "{}", seen.stderr);
}

/// The target of a link is replaced, not the link; and the
/// message about a missing folder does not name a temporary file.
#[test]
#[cfg(unix)]
fn a_links_target_is_replaced_and_a_missing_folder_is_an_error() {
    let fixture = Fixture::new();
    fixture.write("real.rep", "old");
    let link = fixture.0.path().join("link.rep");
    std::os::unix::fs::symlink("real.rep", &link).expect("a link");
    fixture.fine(&["gen", "stack", "-o", "link.rep"]);
    assert!(link.is_symlink());
    assert!(fixture.read("real.rep").starts_with(b"heaplab 1\n"));

    let nowhere = fixture.trace(&["gen", "stack", "-o", "nowhere/s.rep"]);
    assert_eq!(nowhere.code, Some(2));
    assert_eq!(nowhere.stderr, "error: can't write nowhere/s.rep: entity not found\n");
}

/// A trace without operations does not test a heap.
#[test]
fn gen_makes_no_empty_trace() {
    let fixture = Fixture::new();
    assert_eq!(fixture.trace(&["gen", "stack", "--ops", "1"]).code, Some(2));
    assert!(fixture.fine(&["gen", "stack", "--ops", "16"]).stdout.contains("\na 0 "));
}

/// A log with addresses for ids: the message's advice, as typed, makes a trace of it.
#[test]
fn addresses_are_numbered_as_the_message_advises() {
    let fixture = Fixture::new();
    fixture.write("log.script", "a 0x55d0c0 16\nf 0x55d0c0\n");
    for command in [&["stats", "log.script"][..], &["convert", "log.script"]] {
        let refused = fixture.trace(command);
        assert_eq!(refused.code, Some(2));
        let advice = "`heaplab trace convert --renumber` makes a trace from such a file";
        assert!(refused.stderr.contains(advice), "{}", refused.stderr);
        assert_eq!(refused.stderr.matches("error[").count(), 1, "{}", refused.stderr);
    }
    let words = ["convert", "--renumber", "log.script", "-o", "new.script"];
    fixture.fine(&words);
    assert_eq!(fixture.read("new.script"), b"a 0 16\nf 0\n");
    let headed = fixture.fine(&["convert", "--renumber", "log.script", "--to", "classic"]);
    assert_eq!(headed.stdout, "4096\n1\n2\n1\na 0 16\nf 0\n");
}

/// Odd parts of a script of Stanford's stay unchanged.
#[test]
fn a_script_keeps_its_frees_of_null() {
    let fixture = Fixture::new();
    let script = "# odd, but valid\na 1 0\na 2 100\nf 2\nf 1\nf 3\nr 4 100\nr 5 0\nf -1\n";
    fixture.write("odd.script", script);
    let same = fixture.fine(&["convert", "odd.script"]);
    assert_eq!(same.stdout, script);
    let stats = fixture.fine(&["stats", "odd.script"]).stdout;
    let calls =
        "operations  8: 2 malloc, 2 realloc, 2 free, 2 free(NULL); 2 of the reallocs allocate";
    assert!(stats.contains(calls), "{stats}");
    let ranges = fixture.fine(&["convert", "odd.script", "--to", "ranges"]).stdout;
    assert!(ranges.ends_with("f 1\nf -1\nr 4 100\nr 5 0\nf -1\n"), "{ranges}");
}

/// An operation that a course added is counted, kept, and left out for drivers that lack it.
#[test]
fn writes_of_the_program_are_kept_or_left_out() {
    let fixture = Fixture::new();
    let text = "20000\n2\n6\n1\na 0 2040\nw 0 1020\na 1 64\nw 1 64\nf 0\nf 1\n";
    fixture.write("w.rep", text);
    let stats = fixture.fine(&["stats", "w.rep"]).stdout;
    assert!(stats.contains("operations  6: 2 malloc, 2 free, 2 write"), "{stats}");
    let same = fixture.fine(&["convert", "w.rep"]);
    let (_, ops) = text.split_once("\n1\n").expect("a header");
    assert!(same.stdout.ends_with(ops), "{}", same.stdout);
    let refused = fixture.trace(&["convert", "w.rep", "--to", "peak"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("line 6: w 0 1020"), "{}", refused.stderr);
    let without = fixture.fine(&["convert", "w.rep", "--to", "peak", "--rewrite"]);
    assert_eq!(without.stdout, "1\n2\n4\n2104\na 0 2040\na 1 64\nf 0\nf 1\n");
    assert!(without.stderr.contains("note: 2 x write left out"), "{}", without.stderr);
}

/// A trace with writes is replayed like any other: a fault is attributed to the call that made it.
#[test]
fn a_fault_before_a_write_is_attributed_to_the_heap() {
    let fixture = Fixture::new();
    // This heap's free of 64 bytes writes into the next block.
    let text = "a 0 64\na 1 100\nf 0\nw 1 8\na 2 8\nf 1\n";
    fixture.write("w.script", text);
    let faulty = env!("CARGO_BIN_EXE_faulty");
    for command in [&["run", "--no-timing", "--heap", "tramples"][..], &["check", "tramples"]] {
        let words = [command, &["--trace", "w.script"]].concat();
        let seen = run_in(faulty, fixture.0.path(), &words);
        assert_eq!(seen.code, Some(1), "{}", seen.all());
    }
    let seen = run_in(
        faulty,
        fixture.0.path(),
        &words("run --no-timing --heap tramples --trace w.script"),
    );
    assert!(seen.stdout.contains("w.script:3: `f 0`"), "{}", seen.all());
}

/// A folder means all traces in it.
#[test]
fn stats_of_a_folder_have_every_trace() {
    let fixture = Fixture::new();
    fixture.write("one.rep", "1\n1\n1\n16\na 0 16\n");
    fixture.write("two.script", "a 0 16\n");
    fixture.write("bad.rep", "1\n1\n");
    fixture.write("notes.txt", "no trace");
    let seen = fixture.trace(&["stats", "."]);
    assert_eq!(seen.code, Some(2), "{}", seen.all());
    for name in ["one (./one.rep)", "two (./two.script)"] {
        assert!(seen.stdout.contains(name), "{}", seen.all());
    }
    assert!(seen.stderr.contains("./bad.rep"), "{}", seen.all());
    assert!(
        seen.stderr.starts_with("note: 1 file in . is not a trace: notes.txt\n"),
        "{}",
        seen.all()
    );
}
