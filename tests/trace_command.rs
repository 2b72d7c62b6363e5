//! `heaplab trace` as people use it.
#![forbid(unsafe_code)]

use heaplab_tests::command::{Seen, run_in};
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

    /// Runs what has to go well.
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
    desk.write(
        "small.script",
        "# by hand\na 0 100\na 1 24\nr 0 200\na 2 24\nf 1\nr 0 0\n",
    );
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
    // Nothing is left behind by what failed.
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

/// What a link names is replaced, not the link; and the message about a folder
/// that is missing names no temporary file.
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
    assert_eq!(
        nowhere.stderr,
        "error: cannot write nowhere/s.rep: entity not found\n"
    );
}

/// A trace without operations says nothing about a heap.
#[test]
fn gen_makes_no_empty_trace() {
    let desk = Desk::new();
    assert_eq!(desk.trace(&["gen", "stack", "--ops", "1"]).code, Some(2));
    assert!(
        desk.fine(&["gen", "stack", "--ops", "16"])
            .stdout
            .contains("\na 0 ")
    );
}
