//! `heaplab fixture-programs` as a person sees it: its own loads, programs
//! and libraries of the user's, and the messages if one of them can't be
//! used. Figures differ from run to run; the set of figures does not.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::library_support::{Libraries, source_path};
use heaplab_tests::command::{Seen, run};
use serde_json::Value;
use std::fs;

fn heaplab(arguments: &[&str]) -> Seen {
    let fixture = [&["bench-programs"][..], arguments].concat();
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &fixture)
}

/// The loads: small C programs that check what they do.
const LOADS: [&str; 13] = [
    "glibc-simple",
    "glibc-thread",
    "alloc-test",
    "larson",
    "xmalloc",
    "mstress",
    "rptest",
    "sh6",
    "sh8",
    "cache-scratch",
    "cache-thrash",
    "malloc-large",
    "mleak",
];

fn with_loads<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names.iter().flat_map(|&name| ["--program", name]).collect()
}

/// Returns each row's program, malloc and fault.
fn rows(seen: &Seen) -> Vec<(String, String, Option<String>)> {
    let document: Value = serde_json::from_str(&seen.stdout).unwrap();
    assert_eq!(document["schema"], "heaplab.programs.v1");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let rows = document["results"].as_array().unwrap().iter();
    rows.map(|row| {
        for run in row["runs"].as_array().unwrap() {
            assert!(run["peak_resident_bytes"].as_u64().unwrap() > 1 << 19, "{run}");
            assert!(run["minor_faults"].as_u64().unwrap() > 10, "{run}");
            assert_eq!(run["timed_out"], false, "{run}");
        }
        (text(&row["program"]).unwrap(), text(&row["malloc"]).unwrap(), text(&row["fault"]))
    })
    .collect()
}

#[test]
fn every_load_runs_under_sound_mallocs() {
    let libraries = Libraries::new();
    let sound = libraries.compile("broken.c", "libsound.so", &[]);
    let mallocs = ["--malloc", "libc", "--malloc", "quick", "--malloc", &sound];
    let rest = ["--quick", "--format", "json"];
    let seen = heaplab(&[&with_loads(&LOADS), &mallocs[..], &rest].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let rows = rows(&seen);
    assert_eq!(rows.len(), 3 * LOADS.len());
    assert_eq!(rows[2].1, "libsound.so");
    assert!(rows.iter().all(|(.., fault)| fault.is_none()), "{rows:?}");
}

/// Each load checks the data it has written, and detects a faulty malloc.
#[test]
fn every_load_fails_under_a_broken_malloc() {
    const LARGE: &str = "malloc-large";
    let others: Vec<&str> = LOADS.into_iter().filter(|&name| name != LARGE).collect();
    for (macro_name, expected) in [
        ("GIVES_TWICE", "wrong: "),
        ("MISALIGNED", "wrong: malloc returned a block that is not aligned to 16 bytes"),
        ("GIVES_UP", "wrong: malloc returned NULL"),
    ] {
        // Not in the C library's calls before a load
        // begins; but malloc-large has only a few blocks.
        expect_faults(&others, macro_name, "-DFROM=60", expected);
        expect_faults(&[LARGE], macro_name, "-DFROM=2", expected);
    }
}

fn expect_faults(loads: &[&str], macro_name: &str, from: &str, expected: &str) {
    let libraries = Libraries::new();
    let options = [&format!("-D{macro_name}"), "-DEVERY=3", from];
    let library = libraries.compile("broken.c", "libbroken.so", &options);
    let rest = ["--malloc", &library, "--quick", "--format", "json"];
    let seen = heaplab(&[&with_loads(loads)[..], &rest].concat());
    assert_eq!(seen.code, Some(1), "{macro_name}: {}", seen.all());
    for (program, _, fault) in rows(&seen) {
        let fault = fault.unwrap_or_default();
        let expected = format!("it ended with exit code 1: {expected}");
        assert!(fault.starts_with(&expected), "{macro_name}: {program}: `{fault}`");
    }
}

#[test]
fn a_users_program_runs_under_a_users_library() {
    let libraries = Libraries::new();
    let first_fit = libraries.compile("first_fit.c", "lib first fit.so", &[]);
    let words = libraries.path("words");
    fs::write(&words, "b\na\nc\n").unwrap();
    let program = format!("sorted words=sh -c 'sort \"{words}\"; exit 3'");
    let arguments = ["--program", &program, "--malloc", "libc", "--malloc", &first_fit];
    let seen = heaplab(&[&arguments[..], &["--rounds", "2", "--format", "json"]].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let expected = ["libc", "lib first fit.so"]
        .map(|malloc| ("sorted words".to_owned(), malloc.to_owned(), None));
    assert_eq!(rows(&seen), expected);
    let document: Value = serde_json::from_str(&seen.stdout).unwrap();
    for row in document["results"].as_array().unwrap() {
        let runs = row["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 2);
        assert!(runs.iter().all(|run| run["exit_code"] == 3), "{row}");
    }
}

/// A program that prints what malloc_usable_size returns, which differs under a different malloc.
#[test]
fn a_different_output_or_exit_code_is_a_fault() {
    let libraries = Libraries::new();
    let source = libraries.path("tells.c");
    let text = "#include <malloc.h>\n#include <stdio.h>\n#include <stdlib.h>\n\
        int main(int argc, char **argv) {\n  void *block = malloc(100);\n  \
        int usable = (int)malloc_usable_size(block);\n  free(block);\n  \
        if (argc > 1) return usable == 100 ? 5 : 4;\n  \
        printf(\"%d\\n\", usable);\n  return 0;\n}\n";
    fs::write(&source, text).unwrap();
    let tells = libraries.cc(source.as_ref(), "tells", &[]).unwrap();
    let sound = libraries.compile("broken.c", "libsound.so", &[]);
    let of = |command: &str| {
        let program = format!("tells={command}");
        let mallocs = ["--malloc", "libc", "--malloc", &sound, "--rounds", "1"];
        heaplab(&[&["--program", &program][..], &mallocs].concat())
    };
    let seen = of(&tells);
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    let expected =
        "tells under libsound.so: its output differs from its output without a preloaded malloc";
    assert!(seen.stderr.contains(expected), "{}", seen.all());
    let seen = of(&format!("{tells} code"));
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    let expected = "tells under libsound.so: it ended with exit code 5, expected exit code 4";
    assert!(seen.stderr.contains(expected), "{}", seen.all());
}

#[test]
fn a_program_with_varying_output_is_compared_by_its_exit_code() {
    let program = "random=sh -c 'cat /proc/sys/kernel/random/uuid'";
    let seen = heaplab(&["--program", program, "--malloc", "libc", "--rounds", "2"]);
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let expected = "random: its output differs from run to run, so only its exit code is compared";
    assert!(seen.stderr.contains(expected), "{}", seen.all());
}

#[test]
fn an_endless_program_is_ended() {
    let libraries = Libraries::new();
    let hangs = libraries.compile("broken.c", "libhangs.so", &["-DHANGS", "-DFROM=100"]);
    let program = ["--program", "sh8", "--quick", "--timeout", "5"];
    let seen = heaplab(&[&program[..], &["--malloc", &hangs]].concat());
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    let expected = "sh8 under libhangs.so: it was ended after 5 seconds";
    assert!(seen.stderr.contains(expected), "{}", seen.all());
}

/// The library is faulty, or the file is not a library.
#[test]
fn an_unusable_library_gets_a_verdict() {
    let libraries = Libraries::new();
    let expect = |path: &str, code: i32, expected: &str| {
        let seen = heaplab(&["--program", "sh6", "--quick", "--malloc", path]);
        assert_eq!(seen.code, Some(code), "{path}: {}", seen.all());
        assert!(seen.stderr.contains(expected), "{path}: {}", seen.all());
    };
    for (name, value, expected) in [
        ("crashes", "*(volatile char*)1=0", "fails when it is preloaded: signal 11 ended it"),
        ("exits", "_exit(7)", "fails when it is preloaded: it ended with exit code 7"),
    ] {
        let file = format!("lib{name}.so");
        let options = [&format!("-DCONSTRUCTOR={value}")[..]];
        expect(&libraries.compile("broken.c", &file, &options), 1, expected);
    }
    let undefined = libraries.compile("broken.c", "undefined.so", &["-DNEEDS=helper_of_mine"]);
    expect(&undefined, 2, "it needs `helper_of_mine`, which no library defines");
    let helper = libraries.path("helper.c");
    fs::write(&helper, "void helper_of_mine(void) {}").unwrap();
    let shared = ["-shared", "-fPIC"];
    let helper = libraries.cc(helper.as_ref(), "libhelper.so", &shared).unwrap();
    let needs = libraries.compile("broken.c", "needs.so", &["-DNEEDS=helper_of_mine", &helper]);
    fs::remove_file(&helper).unwrap();
    expect(&needs, 2, "libhelper.so, which the loader does not find");
    expect("./no-such.so", 2, "./no-such.so: the file does not exist");
    expect(source_path("broken.c").to_str().unwrap(), 2, "it is a source file");
    let without = libraries.compile("broken.c", "without.so", &["-DWITHOUT_CALLOC"]);
    expect(&without, 2, "it does not define calloc");
    let bump = libraries.compile("bump.c", "libbump.so", &[]);
    let seen = heaplab(&["--program", "glibc-simple", "--quick", "--malloc", &bump]);
    let expected = "libbump.so: it does not define memalign, posix_memalign, aligned_alloc";
    assert!(seen.stderr.contains(expected), "{}", seen.all());
}

#[test]
fn an_invalid_command_line_is_refused_with_the_reason() {
    for (arguments, expected) in [
        (["--program", "pearl"], "did you mean `perl`?"),
        (["--program", "=true"], "the name is empty"),
        (["--program", "a="], "the command line is empty"),
        (["--program", "a='b"], "a quote or a backslash in the command line has no end"),
        (["--program", "perl=true"], "there is already a program named `perl`"),
        (["--program", "a=no-such-program"], "there is no program `no-such-program`"),
        (["--malloc", "nope"], "other mallocs are libc, jemalloc, tcmalloc"),
    ] {
        let seen = heaplab(&arguments);
        assert_eq!(seen.code, Some(2), "{}", seen.all());
        assert!(seen.stderr.contains(expected), "{}", seen.all());
    }
    let twice = heaplab(&["--malloc", "libc", "--malloc", "libc"]);
    assert_eq!(twice.code, Some(2));
    assert!(twice.stderr.contains("asked for twice"), "{}", twice.all());
    let twice = heaplab(&["--program", "a=true", "--program", "a=false"]);
    assert_eq!(twice.code, Some(2));
    assert!(twice.stderr.contains("two programs are named `a`"), "{}", twice.all());
}

#[test]
fn the_list_says_whether_each_program_is_installed() {
    let seen = heaplab(&["--list"]);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{}", seen.all());
    for name in
        LOADS.iter().chain(&["python", "lua", "ghostscript", "z3", "cadical", "g++", "xapian"])
    {
        let line =
            seen.stdout.lines().find(|line| line.trim_start().starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("{name}: {}", seen.all()));
        assert!(line.ends_with(" installed") || line.contains("apt-get install "), "{line}");
    }
    for name in ["jemalloc", "tcmalloc", "mimalloc", "snmalloc", "rpmalloc"] {
        assert!(seen.stdout.contains(name), "{}", seen.all());
    }
}

/// Installed programs under two heaps: the output is the same.
#[test]
fn installed_programs_run_under_two_heaps() {
    let list = heaplab(&["--list"]).stdout;
    let here = list.lines().skip(1).take_while(|line| !line.is_empty());
    let here = here.filter(|line| line.ends_with(" installed"));
    let names: Vec<&str> = here.filter_map(|line| line.split_whitespace().next()).collect();
    if names.is_empty() {
        println!("not tried: none is installed");
        return;
    }
    let rest = ["--quick", "--format", "json", "--malloc", "libc", "--malloc", "quick"];
    let seen = heaplab(&[&with_loads(&names)[..], &rest].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let rows = rows(&seen);
    assert_eq!(rows.len(), 2 * names.len());
}

#[test]
fn a_picture_has_a_dot_for_each_run() {
    let libraries = Libraries::new();
    let file = libraries.path("picture.svg");
    let programs = with_loads(&["sh6", "alloc-test"]);
    let rest = ["--quick", "--malloc", "libc", "--malloc", "quick", "--svg", &file];
    let seen = heaplab(&[&programs[..], &rest].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let svg = fs::read_to_string(&file).unwrap();
    for word in ["sh6", "alloc-test", "elapsed time, times that of libc", "most resident memory"] {
        assert!(svg.contains(word), "{word}");
    }
    // Two programs, two mallocs, two panels.
    assert_eq!(svg.matches("data-malloc=").count(), 2 * 2 * 2);
}

/// The docs describe each load as its source does.
#[test]
fn the_docs_have_the_paragraph_of_each_load() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let docs = words(&fs::read_to_string("../docs/bench-programs.md").unwrap());
    for name in LOADS {
        let file = name.replace('-', "_");
        let folder = "../crates/production/programs/src/bench/loads";
        let source = fs::read_to_string(format!("{folder}/{file}.c")).unwrap();
        let comment = source.strip_prefix("/*").unwrap().split_once("*/").unwrap().0;
        let expected = format!("**{name}.** {}", words(comment));
        assert!(docs.contains(&expected), "{expected}");
    }
}
