//! `heaplab record` as people use it: real programs, exit codes, messages.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::record_support::{Fixture, has, lines};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn python_is_recorded_and_its_output_is_unchanged() {
    if !has("python3") {
        return;
    }
    let fixture = Fixture::new();
    let script = "import json; print(len(json.dumps(list(range(1000)))))";
    // python3 may be a wrapper, a shell script that runs the interpreter.
    let recording = fixture.record(&["--only", "python3", "--", "python3", "-c", script]);
    recording.assert_clean();
    assert_eq!(recording.stdout, "4890\n");
    assert!(recording.trace().ops().len() > 1000);
    let comment = &recording.trace().comments()[0].text;
    assert!(comment.contains("json.dumps(list(range(1000)))"), "{comment}");
}

#[test]
fn perl_is_recorded() {
    if !has("perl") {
        return;
    }
    let fixture = Fixture::new();
    let recording =
        fixture.record(&["perl", "-e", "my @a = map { 'x' x $_ } 1 .. 500; print @a + 0"]);
    recording.assert_clean();
    assert_eq!(recording.stdout, "500");
}

#[test]
fn a_shell_and_its_children_have_separate_traces() {
    if !has("bash") || !has("perl") {
        return;
    }
    let fixture = Fixture::new();
    let script = "x=$(echo a); (y=${x}b; unset x); perl -e 1; exec perl -e 2";
    let all = fixture.record(&["--details", "--", "bash", "-c", script]);
    all.assert_clean();
    assert!(all.traces.len() >= 3, "{}", all.report);
    assert!(all.report.contains("forked from"), "{}", all.report);

    let only = Fixture::new();
    let perls = only.record(&["--only", "perl", "--", "bash", "-c", script]);
    perls.assert_clean();
    assert_eq!(perls.traces.len(), 2, "{}", perls.report);

    let none = Fixture::new();
    let missing = none.record(&["--only", "awk", "--", "bash", "-c", script]);
    assert_eq!((missing.code, missing.traces.len()), (2, 0));
    assert!(missing.report.contains("no process ran `awk`; recorded were: bash, perl"));
}

#[test]
fn the_programs_exit_code_is_passed_on() {
    let fixture = Fixture::new();
    let shell = fixture.record(&["bash", "-c", "exit 37"]);
    assert_eq!((shell.code, shell.traces.len()), (37, 1));
    let killed = fixture.record(&["bash", "-c", "kill -TERM $$"]);
    assert_eq!((killed.code, killed.traces.len()), (128 + 15, 1));
    assert!(killed.report.contains("SIGTERM"), "{}", killed.report);
}

#[test]
fn an_unrecordable_program_is_the_users_error() {
    let fixture = Fixture::new();
    let missing = fixture.record(&["no-such-program-anywhere"]);
    assert_eq!((missing.code, missing.traces.len()), (2, 0));
    assert!(missing.report.contains("there is no program `no-such-program-anywhere`"));

    let output = fixture.command().env("HEAPLAB_RECORDER", "/nowhere.so").arg("ls").output();
    let unfindable = fixture.recording(&output.expect("the command runs"));
    assert_eq!(unfindable.code, 2);
    assert!(unfindable.report.contains("looked for\n  /nowhere.so"), "{}", unfindable.report);
}

/// A program that can't load the recorder is refused before the loader fails.
#[test]
fn a_program_for_another_machine_is_refused() {
    let fixture = Fixture::new();
    let program = fixture.path("other");
    // The start of an ELF file for a 32-bit machine.
    fs::write(&program, b"\x7fELF\x01\x01\x01").expect("our directory");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&program, executable).expect("our file");
    let seen = fixture.record(&[&program]);
    assert_eq!((seen.code, seen.traces.len()), (2, 0), "{}", seen.report);
    for text in ["can't be recorded: it is for another kind of machine", "help: build it for"] {
        assert!(seen.report.contains(text), "{}", seen.report);
    }
}

#[test]
fn a_bad_output_is_refused_before_the_program_runs() {
    let fixture = Fixture::new();
    let witness = fixture.path("witness");
    for output in ["out.txt", "no-such-directory/out.rep", ".rep"] {
        let refused = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
            .arg("record")
            .arg("-o")
            .arg(fixture.path(output))
            .arg("touch")
            .arg(&witness)
            .output()
            .expect("the command runs");
        assert_eq!(refused.status.code(), Some(2), "{output}");
        assert!(!witness.exists(), "{output}");
    }
}

#[test]
fn a_trace_replaces_an_old_one_and_is_readable_like_any_file() {
    let fixture = Fixture::new();
    fs::write(fixture.path("out.rep.gz"), "old").expect("our directory");
    fs::write(fixture.path("plain"), "").expect("our directory");
    let recording = fixture.record(&["bash", "-c", "true"]);
    recording.assert_clean();
    let mode = |name| fs::metadata(fixture.path(name)).expect("exists").permissions().mode();
    assert_eq!(mode("out.rep.gz"), mode("plain"));
}

#[test]
fn a_library_below_a_name_with_spaces_still_loads() {
    let fixture = Fixture::new();
    let place = fixture.path("a name: with spaces");
    fs::create_dir(&place).expect("our directory");
    let library = place.join("libheaplab_recorder.so");
    fs::copy(built_library(), &library).expect("cargo built the library");
    let mut command = fixture.command();
    command.env("HEAPLAB_RECORDER", &library).args(["bash", "-c", "true"]);
    let recording = fixture.recording(&command.output().expect("the command runs"));
    recording.assert_clean();
}

#[test]
fn recording_again_gives_the_same_trace() {
    if !has("perl") || !has("setarch") {
        return;
    }
    let fixture = Fixture::new();
    let record = || {
        // Without randomized addresses and hashes a program does the same in each run.
        let output = fixture
            .command()
            .env("PERL_HASH_SEED", "0")
            .args([
                "--only",
                "perl",
                "setarch",
                "-R",
                "perl",
                "-e",
                "my %h; $h{$_ % 91} .= $_ for 1 .. 999; print 1",
            ])
            .output();
        lines(fixture.recording(&output.expect("the command runs")).trace().ops())
    };
    assert_eq!(record(), record());
}

#[test]
fn the_hooks_are_in_the_library_and_not_in_the_command() {
    if !has("nm") {
        return;
    }
    let symbols = |file: &std::path::Path, options: &[&str]| {
        let output = Command::new("nm").args(options).arg(file).output().expect("nm runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let library = symbols(&built_library(), &["-D", "--defined-only"]);
    let of_c = [
        "malloc",
        "free",
        "calloc",
        "realloc",
        "reallocarray",
        "memalign",
        "aligned_alloc",
        "posix_memalign",
        "valloc",
        "pvalloc",
        "malloc_usable_size",
        "free_sized",
        "free_aligned_sized",
        // Not a hook: AddressSanitizer calls it to ask whether it may be loaded second.
        "__asan_default_options",
    ];
    // operator new and delete of C++, each also for arrays.
    let of_cpp = ["wm", "am"].map(|it| format!("_Zn{it}")).into_iter().flat_map(|new| {
        ["", "RKSt9nothrow_t", "St11align_val_t", "St11align_val_tRKSt9nothrow_t"]
            .map(|form| format!("{new}{form}"))
    });
    let of_cpp = of_cpp.chain(["dlPv", "daPv"].into_iter().flat_map(|delete| {
        let forms = ["", "m", "RKSt9nothrow_t", "St11align_val_t"];
        let aligned = ["mSt11align_val_t", "St11align_val_tRKSt9nothrow_t"];
        forms.into_iter().chain(aligned).map(move |form| format!("_Z{delete}{form}"))
    }));
    let hooks: Vec<String> = of_c.map(str::to_owned).into_iter().chain(of_cpp).collect();
    let exported: Vec<&str> =
        library.lines().filter_map(|line| line.split_whitespace().last()).collect();
    for hook in &hooks {
        assert!(exported.contains(&hook.as_str()), "{hook} is not in the library");
    }
    assert_eq!(exported.len(), hooks.len(), "nothing else: {exported:?}");

    let command = symbols(env!("CARGO_BIN_EXE_heaplab-under-test").as_ref(), &["--defined-only"]);
    assert!(command.contains(" main"), "the command has symbols to look at");
    for line in command.lines() {
        let name = line.split_whitespace().last().unwrap_or_default();
        assert!(!of_c.contains(&name), "linked into the command: {line}");
    }
}

/// Returns the path where cargo puts the library.
fn built_library() -> std::path::PathBuf {
    let command = std::path::Path::new(env!("CARGO_BIN_EXE_heaplab-under-test"));
    command.with_file_name("deps").join("libheaplab_recorder.so")
}

/// Each program that can't be recorded has its own message, with what to do next.
#[test]
fn each_unrecordable_program_has_its_own_message() {
    let fixture = Fixture::new();
    let script = fixture.path("no_interpreter");
    fs::write(&script, "ls\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    let folder = fixture.path("");
    for (arguments, expected) in [
        (&["--", script][..], "is not a program that this system can run"),
        (&["--", folder.to_str().unwrap()], "chmod +x"),
        (&["--", ""], "the program's name is empty"),
        (&["--max-ops", "0", "--", "true"], "at least 1"),
        (&["--log-records", "0", "--", "true"], "at least 1"),
        (&["--log-records", "99999999999999", "--", "ls"], "no room for a log"),
    ] {
        let recording = fixture.record(arguments);
        assert_eq!(recording.code, 2, "{}", recording.report);
        assert!(recording.report.contains(expected), "{}", recording.report);
        assert!(recording.traces.is_empty());
    }
}
