//! `heaplab fuzz` and `heaplab check --shrink` as commands: what they find
//! in heaps with a known fault, and that their saved traces reproduce it.

use heaplab_tests::command::{Seen, package, run_in, words};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn faulty(folder: &Path, arguments: &[&str]) -> Seen {
    run_in(env!("CARGO_BIN_EXE_faulty"), folder, arguments)
}

fn heaplab(folder: &Path, arguments: &[&str]) -> Seen {
    run_in(env!("CARGO_BIN_EXE_heaplab-under-test"), folder, arguments)
}

/// Returns the operations in a trace file.
fn operations(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().skip(5);
    lines.filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// Returns the command after `again:`, without the program.
fn again(seen: &Seen) -> Vec<&str> {
    let line = seen.stdout.lines().find_map(|line| line.trim().strip_prefix("again: "));
    line.unwrap().split(' ').skip(1).collect()
}

/// Each fault is found, shrunk, and reproduced by the
/// printed command: also faults that crash their process.
#[test]
fn each_fault_is_found_shrunk_and_reproduced() {
    for (sin, code, small) in [
        ("tramples", "store-live", &["a 0 64", "a 1 5", "f 0"][..]),
        ("null", "null", &["a 0 200"]),
        ("spills", "access-past-break", &["a 0 32", "f 0"]),
        ("forgets", "lost-by-realloc", &["a 0 4", "r 0 4"]),
        ("inconsistent", "check", &["a 0 300", "f 0"]),
        ("panics", "panic", &["a 0 300", "f 0"]),
        ("loops", "endless-loop", &["a 0 300", "f 0"]),
        ("recurses", "endless-loop", &["a 0 300", "f 0"]),
        ("hoards", "host-memory", &["a 0 300", "f 0"]),
        ("aborts", "crash", &["a 0 300", "f 0"]),
        ("exits", "crash", &["a 0 300", "f 0"]),
        ("too-large", "struct-too-large", &[]),
    ] {
        let folder = TempDir::new().unwrap();
        let seen = faulty(folder.path(), &["fuzz", sin, "--seed", "42", "--ops", "2000000"]);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(1), ""), "{sin}: {}", seen.all());
        let fault = format!("fault[{code}]: {sin} on fuzz-{sin}-42.rep");
        assert!(seen.stdout.contains(&fault), "{}", seen.stdout);
        assert!(seen.stdout.contains("no operation can be left out"), "{}", seen.stdout);
        let saved = folder.path().join(format!("fuzz-{sin}-42.rep"));
        assert_eq!(operations(&saved), small, "{sin}");

        let shown = faulty(folder.path(), &again(&seen));
        assert_eq!(shown.code, Some(1), "{}", shown.all());
        // The output below the headline is the same, word for word.
        let of_fault = |text: &str| text[text.find("fault[").unwrap()..].to_owned();
        assert_eq!(of_fault(&shown.stdout), of_fault(&seen.stdout));
    }
}

/// A failure that needs a refused `sbrk` is reproduced with the same machine.
#[test]
fn a_fault_is_reproduced_with_the_same_machine() {
    let folder = TempDir::new().unwrap();
    let arguments = ["fuzz", "half-done", "--seed", "1", "--ops", "2000000"];
    let seen = faulty(folder.path(), &arguments);
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    let again = again(&seen);
    let refuses = |word: &&str| word.starts_with("--refuse-sbrk") || *word == "--heap-limit";
    assert!(again.iter().any(refuses), "{again:?}");
    let shown = faulty(folder.path(), &again);
    assert_eq!(shown.code, Some(1), "{}", shown.all());
    let fault = |seen: &Seen| seen.stdout[seen.stdout.find("fault[").unwrap()..].to_owned();
    assert_eq!(fault(&shown), fault(&seen));
}

#[test]
fn a_sound_heap_passes_and_the_seed_determines_the_output() {
    let folder = TempDir::new().unwrap();
    let fuzz = || {
        let arguments = ["fuzz", "explicit:address", "--seed", "7", "--ops", "100000"];
        let seen = heaplab(folder.path(), &arguments);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        // Everything except the seconds.
        let (before, after) = seen.stdout.split_once(" operations, ").unwrap();
        assert!(before.starts_with("explicit:address: no fault in "));
        (before.to_owned(), after.split_once("; ").unwrap().1.to_owned())
    };
    assert_eq!(fuzz(), fuzz());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn no_trace_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let arguments = ["fuzz", "null", "--seed", "42", "--ops", "1000000"];
    for name in ["fuzz-null-42.rep", "fuzz-null-42-2.rep"] {
        let seen = faulty(folder.path(), &arguments);
        assert!(seen.stdout.contains(&format!("saved as {name}\n")), "{}", seen.stdout);
    }
    let save = [&arguments[..], &["--save", "fuzz-null-42.rep"]].concat();
    let seen = faulty(folder.path(), &save);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
    assert!(seen.stderr.contains("is there already"), "{}", seen.stderr);
}

/// A trace that can't be saved is not lost: the fault is explained, and its seed
/// is printed. The seed differs each time, so which fault is found differs.
#[test]
fn a_fault_that_cannot_be_saved_can_be_found_again() {
    let folder = TempDir::new().unwrap();
    let arguments = words("fuzz null --ops 1000000 --save no/such/folder.rep");
    let seen = faulty(folder.path(), &arguments);
    expect_explained_and_not_saved(&seen, "no/such/folder.rep");
    assert!(seen.stderr.contains("can't save no/such/folder.rep"), "{}", seen.stderr);
    assert!(seen.stderr.contains("to find it again: faulty fuzz null --seed "), "{}", seen.stderr);
}

fn expect_explained_and_not_saved(seen: &Seen, name: &str) {
    assert_eq!(seen.code, Some(2), "{}", seen.all());
    let fault = format!("]: null on {name}");
    for text in ["fault[", &*fault, "\nnot saved\n", " 200", "again: faulty fuzz null --seed "] {
        assert!(seen.stdout.contains(text), "{text}: {}", seen.all());
    }
}

/// A full file system, which only root can make.
struct FullDisk(TempDir);

impl FullDisk {
    fn new() -> Option<FullDisk> {
        let folder = TempDir::new().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "heaplab-test"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if !mount.is_ok_and(|status| status.success()) {
            return None;
        }
        let disk = FullDisk(folder);
        let full = fs::write(disk.0.path().join("filler"), vec![0; 1 << 20]);
        assert!(full.is_err(), "64 KiB have room for a mebibyte");
        Some(disk)
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// On a full disk no empty file is left, and the fault is still explained.
#[test]
fn a_full_disk_leaves_no_file_and_hides_no_fault() {
    let Some(disk) = FullDisk::new() else {
        eprintln!("skipped: only root can mount a file system that is full");
        return;
    };
    let arguments = ["fuzz", "null", "--seed", "42", "--ops", "1000000"];
    let seen = faulty(disk.0.path(), &arguments);
    expect_explained_and_not_saved(&seen, "fuzz-null-42.rep");
    assert!(seen.stderr.contains("can't save fuzz-null-42.rep"), "{}", seen.stderr);
    let names = fs::read_dir(disk.0.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["filler"]);
}

/// Files of a killed search are removed by the next search; files of a running one are not.
#[test]
fn temporary_folders_of_killed_searches_are_removed() {
    let (folder, temporary) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let search = |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"));
        command.args(["fuzz", "implicit"]).args(options);
        command.current_dir(folder.path()).env("TMPDIR", temporary.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let left = || fs::read_dir(temporary.path()).unwrap().count();
    let mut long = search(&["--time", "600"]).spawn().unwrap();
    let is_begun = || {
        let entries = fs::read_dir(temporary.path()).unwrap();
        entries.flatten().any(|entry| entry.path().join("files/case").exists())
    };
    while !is_begun() {
        assert!(long.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(10));
    }
    assert!(search(&["--ops", "1000"]).status().unwrap().success());
    assert_eq!(left(), 1, "the folder of the one that runs");
    let worker = only_child(long.id());
    long.kill().unwrap();
    long.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while worker.as_deref().is_some_and(runs) {
        assert!(Instant::now() < deadline, "the worker goes on without a reader");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(left(), 1, "a killed process removes nothing");
    assert!(search(&["--ops", "1000"]).status().unwrap().success());
    assert_eq!(left(), 0);
}

/// Returns where the kernel shows the only child of a process, if this system does.
fn only_child(process: u32) -> Option<PathBuf> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    let child: u32 = children.trim().parse().expect("one child");
    Some(Path::new("/proc").join(child.to_string()))
}

/// Returns whether the process runs; one that has ended may still be in the table as a zombie.
fn runs(process: &Path) -> bool {
    fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// A time limit holds for every result, including shrinking and explaining. The
/// bound is far above the limit, for slow machines: a trial of these blocks
/// takes as long as thousands of others, and there are very many trials.
#[test]
fn a_time_limit_holds() {
    for arguments in [
        &["fuzz", "fills-up", "--seed", "1", "--time", "5"][..],
        &["fuzz", "correct", "--seed", "1", "--time", "5"],
    ] {
        let folder = TempDir::new().unwrap();
        let start = Instant::now();
        let seen = faulty(folder.path(), arguments);
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < 40.0, "{arguments:?} took {seconds} s: {}", seen.all());
        // A slow machine may not reach the fault.
        let is_sound = arguments[1] == "correct";
        let is_right = seen.code == Some(0) || seen.code == Some(1) && !is_sound;
        assert!(is_right, "{}", seen.all());
    }
}

/// Faults that show only with blocks of mebibytes and alignments above a page are
/// found by `fuzz` in its first cases, and by `check` on the bundled stress traces.
#[test]
fn large_requests_are_tried() {
    let stress = package().join("../labs/traces/stress");
    for (sin, code) in [("narrow", "usable-size"), ("page-aligned", "misaligned")] {
        let folder = TempDir::new().unwrap();
        let seen = faulty(folder.path(), &["fuzz", sin, "--seed", "1", "--ops", "200000"]);
        assert_eq!(seen.code, Some(1), "{}", seen.all());
        let fault = format!("fault[{code}]: {sin} on fuzz-{sin}-1.rep");
        assert!(seen.stdout.contains(&fault), "{}", seen.stdout);
        let checked = ["check", sin, "--trace", stress.to_str().unwrap()];
        let seen = faulty(folder.path(), &checked);
        assert_eq!(seen.code, Some(1), "{}", seen.all());
        assert!(seen.stdout.contains(&format!("fault[{code}]: ")), "{}", seen.stdout);
    }
}

/// A fault with a bad pointer is found, shrunk, and reproduced like any other.
#[test]
fn a_heap_that_accepts_bad_pointers_is_found() {
    let folder = TempDir::new().unwrap();
    let arguments = ["fuzz", "trusting", "--seed", "42", "--ops", "1000000"];
    let seen = faulty(folder.path(), &arguments);
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    let saved = folder.path().join("fuzz-trusting-42.rep");
    assert_eq!(operations(&saved), ["a 0 1", "f 0"]);
    let shown = faulty(folder.path(), &again(&seen));
    let fault = |seen: &Seen| seen.stdout[seen.stdout.find("fault[").unwrap()..].to_owned();
    assert_eq!(fault(&shown), fault(&seen));
    assert!(fault(&seen).starts_with("fault[bad-pointer-accepted]: "));
    let without = [&again(&seen)[..], &["--no-bad-pointers"]].concat();
    assert_eq!(faulty(folder.path(), &without).code, Some(0));
}

/// A fault that does not repeat is reported as such, and its case is kept.
#[test]
fn a_fault_that_does_not_repeat_is_reported_as_such() {
    let folder = TempDir::new().unwrap();
    let seen = faulty(folder.path(), &["fuzz", "wears-out", "--seed", "42", "--ops", "1000000"]);
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    assert!(seen.stdout.contains("which does not repeat"), "{}", seen.stdout);
    assert!(folder.path().join("fuzz-wears-out-42.rep").exists());
}

/// The small trace names the lines of the long one.
#[test]
fn check_shrinks_a_trace() {
    let folder = TempDir::new().unwrap();
    let generate = words("trace gen generational --seed 3 --ops 100000");
    let made = heaplab(folder.path(), &[&generate[..], &["-o", "long.rep"]].concat());
    assert_eq!(made.code, Some(0), "{}", made.all());
    let seen = faulty(folder.path(), &["check", "tramples", "--trace", "long.rep", "--shrink"]);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(1), ""), "{}", seen.all());
    let saved = folder.path().join("small-tramples-long.rep");
    let small = operations(&saved);
    assert_eq!(small, ["a 0 64", "f 0"]);
    let long = fs::read_to_string(folder.path().join("long.rep")).unwrap();
    for remark in fs::read_to_string(&saved).unwrap().lines() {
        let Some(remark) = remark.strip_prefix("# line ") else {
            continue;
        };
        let Some((line, there)) = remark.split_once(", ") else {
            continue;
        };
        let index: usize = line.parse().unwrap();
        let there = there.trim_end_matches(" there").trim_matches('`');
        assert_eq!(long.lines().nth(index - 1), Some(there));
    }
    let again = ["check", "tramples", "--trace", "small-tramples-long.rep"];
    let shown = faulty(folder.path(), &again);
    // The fault is the same on the long trace, on the small one, and with the new command.
    let codes: Vec<&str> = [&seen.stdout, &shown.stdout]
        .into_iter()
        .flat_map(|text| text.split("fault[").skip(1))
        .filter_map(|text| text.split(']').next())
        .collect();
    assert_eq!(codes, ["access-past-break"; 3]);
    assert!(seen.stdout.contains(" | a 0 64           # line "), "{}", seen.stdout);
}

#[test]
fn bad_arguments_are_explained() {
    let folder = package();
    for (arguments, message) in [
        (&["fuzz"][..], "<HEAP>"),
        (&["fuzz", "implict"], "did you mean `implicit`?"),
        (&["fuzz", "implicit", "--align", "4"], "an alignment is 8 or 16"),
        (&["fuzz", "implicit", "--ops", "0"], "a whole number of at least 1"),
        (&["fuzz", "implicit", "--time", "soon"], "a number of seconds"),
        (&["fuzz", "implicit", "--save", "hunt.rs"], "is there already"),
        (&["check", "implicit", "--save", "x.rep"], "--shrink"),
        (&["check", "implicit", "explicit", "--shrink", "--save", "x.rep"], "name one heap"),
        (&["check", "implicit", "--shrink", "--format", "json"], "not in JSON"),
    ] {
        let seen = heaplab(&folder, arguments);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(seen.stderr.contains(message), "{arguments:?}: {}", seen.stderr);
    }
}
