//! Mistakes planted in a sound heap in C: each is found, and at which line.
//!
//! A quick part runs with the other tests: every eighth mistake. `.ci/c-faults` runs all of them,
//! and compares with `c_faults/TABLE.md`; `.ci/c-faults --update` accepts what it is now. With
//! another compiler or word size it prints the table: `CC=clang .ci/c-faults`.

mod list;

use heaplab_tests::command::{Seen, package, run_in};
use list::{LIST, Planted};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

/// The sound heap, and the traces that it is checked on, the shortest first.
const SOUND: &str = include_str!("c_faults/sound.c");
const STORY: &str = "c_faults/story.rep";
const LONGER: [&str; 3] = ["realloc", "binary", "random"];

/// How a mistake was found.
#[derive(Debug)]
struct Found {
    trace: String,
    code: String,
    rule: String,
    /// The line where the heap was stopped, and the lines that wrote the words that led there; with
    /// how each is reported.
    lines: Vec<(u64, &'static str)>,
    /// The files of these lines.
    files: Vec<String>,
}

/// Returns the variables that name another compiler, or another word size, if `.ci/c-faults` was
/// asked for it.
fn compiler() -> Vec<String> {
    let named =
        |name: &&str| Some(format!("{name}={}", std::env::var(format!("FAULTS_{name}")).ok()?));
    ["CC", "CFLAGS"].iter().filter_map(named).collect()
}

fn check(folder: &Path, heaps: &[String], arguments: &[&str]) -> Seen {
    let mut all = vec!["check", "--format", "json", "--op-timeout", "2"];
    all.extend(arguments);
    all.extend(heaps.iter().map(String::as_str));
    let compiler = compiler();
    let mut command: Vec<&str> = compiler.iter().map(String::as_str).collect();
    command.push(env!("CARGO_BIN_EXE_heaplab-under-test"));
    run_in("/usr/bin/env", folder, &[command, all].concat())
}

fn trace(name: &str) -> String {
    package().join(name).to_string_lossy().into_owned()
}

/// Returns what is found in each heap: the fault on the first trace that shows one.
fn found(folder: &Path, heaps: &[String], arguments: &[&str]) -> BTreeMap<String, Found> {
    let seen = check(folder, heaps, arguments);
    assert!(matches!(seen.code, Some(0 | 1)), "{seen:?}");
    let json: Value = serde_json::from_str(&seen.stdout).unwrap();
    let mut all = BTreeMap::new();
    for heap in json["heaps"].as_array().unwrap() {
        let of_traces = heap["traces"].as_array().unwrap().iter();
        let faulty = of_traces.filter(|trace| !trace["diagnosis"].is_null()).map(of_trace).next();
        all.extend(faulty.map(|found| (heap["heap"].as_str().unwrap().to_owned(), found)));
    }
    all
}

fn of_trace(trace: &Value) -> Found {
    let diagnosis = &trace["diagnosis"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (mut lines, mut files) = (Vec::new(), Vec::new());
    let mut add = |source: &Value, how| {
        if let Some(line) = source["line"].as_u64() {
            lines.push((line, how));
            files.push(text(&source["file"]));
        }
    };
    add(&diagnosis["source"], "stopped there");
    for writer in diagnosis["writers"].as_array().unwrap() {
        add(&writer["calls"][0], "written there");
    }
    Found {
        trace: text(&trace["trace"]),
        code: text(&diagnosis["code"]),
        rule: text(&diagnosis["rule"]),
        lines,
        files,
    }
}

/// Plants these mistakes, and returns how each was found.
fn find_all<'a>(planted: &[&'a Planted]) -> Vec<(&'a Planted, Option<Found>)> {
    let folder = tempfile::tempdir().unwrap();
    let file = |planted: &Planted| format!("./{}.c", planted.name);
    for planted in planted {
        fs::write(folder.path().join(file(planted)), planted.text()).unwrap();
    }
    let longer = LONGER.map(|name| trace(&format!("../labs/traces/classic/{name}.rep")));
    let longer: Vec<&str> = longer.iter().flat_map(|trace| ["--trace", trace]).collect();
    let story = trace(STORY);
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    let refusals = ["--trace", &story, "--refuse-sbrk", "3"];
    for arguments in [&["--trace", &story][..], &longer, &refusals] {
        let left = planted.iter().map(|planted| file(planted));
        let left: Vec<String> = left.filter(|file| !all.contains_key(file)).collect();
        if !left.is_empty() {
            all.extend(found(folder.path(), &left, arguments));
        }
    }
    planted.iter().map(|planted| (*planted, all.remove(&file(planted)))).collect()
}

impl Planted {
    /// Returns the heap with the mistake.
    fn text(&self) -> String {
        assert_eq!(SOUND.matches(self.find).count(), 1, "{} is planted once", self.name);
        SOUND.replace(self.find, self.with)
    }

    /// Returns the lines of the mistake, from 1: those that differ. Where something is missing,
    /// these are the lines around it.
    fn lines(&self) -> RangeInclusive<u64> {
        let same = |one: &str, other: &str| {
            one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
        };
        let reversed = |text: &str| text.chars().rev().collect::<String>();
        let before = same(self.find, self.with);
        let (rest, old) = (&self.with[before..], &self.find[before..]);
        let after = same(&reversed(rest), &reversed(old));
        let new = &rest[..rest.len() - after];
        let count = |text: &str| text.matches('\n').count() as u64;
        let at = SOUND.find(self.find).unwrap_or_default() + before;
        let first = 1 + count(&SOUND[..at]);
        match new.trim().is_empty() {
            true => first - 1..=first + 1,
            false => first..=first + count(new.trim_end()),
        }
    }

    /// Returns how the mistake is reported: at which of its lines, and how.
    fn place(&self, found: &Found) -> Option<(&'static str, &'static str)> {
        let (mistake, text) = (self.lines(), self.text());
        let text_of = |line: u64| text.lines().nth(line as usize - 1).unwrap_or_default();
        let of_mistake = found.lines.iter().find(|(line, _)| mistake.contains(line));
        let of_first = found
            .lines
            .iter()
            .find(|(line, _)| !self.first.is_empty() && text_of(*line).contains(self.first));
        match (of_mistake, of_first) {
            (Some((_, how)), _) => Some(("the mistake", how)),
            (None, Some((_, how))) => Some(("the first wrong access", how)),
            (None, None) => None,
        }
    }
}

/// Expects that all are found, in files of the heap, and returns how many at their line.
fn at_their_lines(found: &[(&Planted, Option<Found>)]) -> usize {
    let mut exact = 0;
    for (planted, found) in found {
        let found = found.as_ref().unwrap_or_else(|| panic!("{} is not found", planted.name));
        let file = format!("{}.c", planted.name);
        for blamed in &found.files {
            assert!(blamed.ends_with(&file), "{}: {blamed} is blamed", planted.name);
        }
        exact += usize::from(planted.place(found).is_some());
    }
    exact
}

fn table(found: &[(&Planted, Option<Found>)]) -> String {
    let exact = at_their_lines(found);
    let mut text = format!(
        "# What finds the mistakes planted in C\n\n\
         Printed by `.ci/c-faults`; the list is in `list.rs`, the sound heap is `sound.c`.\n\n\
         - **line**: which line is reported: that of the mistake itself, or that of its first wrong\n  \
         access; and whether the heap is stopped there, or a word that led to the place where it is\n  \
         stopped was written there.\n\n\
         | of {} mistakes | |\n|---|--:|\n| found | {} |\n| at the exact line | {exact} |\n\n\
         | mistake | what is wrong | trace | found as | line | how |\n|---|---|---|---|---|---|\n",
        found.len(),
        found.iter().filter(|(_, found)| found.is_some()).count(),
    );
    for (planted, found) in found {
        let Some(found) = found else { continue };
        let (line, how) = planted.place(found).unwrap_or(("-", "-"));
        let trace = Path::new(&found.trace).file_stem().unwrap_or_default().to_string_lossy();
        let (name, what) = (planted.name, planted.what.replace('|', "\\|"));
        let _ = writeln!(
            text,
            "| `{name}` | {what} | {trace} | {} {} | {line} | {how} |",
            found.rule, found.code
        );
    }
    text
}

#[test]
fn the_heap_without_a_mistake_is_sound() {
    let story = trace(STORY);
    let seen = check(&package().join("c_faults"), &["./sound.c".to_owned()], &["--trace", &story]);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{}", seen.stdout);
}

#[test]
fn every_eighth_mistake_is_found_at_its_line() {
    let planted: Vec<&Planted> = LIST.iter().skip(4).step_by(8).collect();
    let found = find_all(&planted);
    let exact = at_their_lines(&found);
    assert!(exact * 10 >= planted.len() * 9 - 9, "{exact} of {}: {found:#?}", planted.len());
}

#[test]
#[ignore = "for .ci/c-faults: a minute"]
fn all_mistakes_are_found_as_known() {
    let found = find_all(&LIST.iter().collect::<Vec<_>>());
    let (exact, table) = (at_their_lines(&found), table(&found));
    let known = package().join("c_faults/TABLE.md");
    assert!(LIST.len() >= 40 && exact * 10 >= LIST.len() * 9, "{table}");
    // Another compiler puts some faults on other lines.
    if !compiler().is_empty() {
        println!("{table}");
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&known, &table).unwrap();
    }
    assert_eq!(fs::read_to_string(known).unwrap(), table);
}

impl std::fmt::Debug for Planted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
