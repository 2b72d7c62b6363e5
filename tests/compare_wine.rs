//! The Windows heap in a comparison: measured if Wine is installed, and the message if it is not.
#![cfg(target_os = "linux")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// Debian's package does not link it into PATH.
const WINE_OF_DEBIAN: &str = "/usr/lib/wine/wine64";

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Returns whether everything needed is installed; prints a message if not.
fn has_wine() -> bool {
    let has_wine = has("wine64") || has("wine") || Path::new(WINE_OF_DEBIAN).exists();
    let has_all = has_wine && has(COMPILER);
    if !has_all {
        eprintln!("skipped: there is no Wine or no {COMPILER} here");
    }
    has_all
}

/// Returns the command `heaplab compare WORDS` on one short trace, in the workspace's folder.
fn compare(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"));
    command.args(["compare", "--trace", "labs/traces/classic/realloc.rep"]);
    command.args(["--turns", "3"]).args(words);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    command.env("NO_COLOR", "1");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn fine(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert_eq!(status.code(), Some(0), "{}", text(&stderr));
    text(&stdout)
}

/// Returns the cells of the first row that begins with this word.
#[track_caller]
fn row<'a>(table: &'a str, first: &str) -> Vec<&'a str> {
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut found = rows.filter(|cells| cells.first() == Some(&first));
    found.next().unwrap_or_else(|| panic!("{table}"))
}

#[test]
fn the_table_has_and_explains_the_figures_of_both_heaps() {
    if !has_wine() {
        return;
    }
    let table = fine(compare(&["--heap", "wine", "--heap", "libc"]));
    let cells = row(&table, "realloc");
    for nanoseconds in [cells[2], cells[4]] {
        let nanoseconds: f64 = nanoseconds.trim_end_matches('*').parse().unwrap();
        assert!(nanoseconds > 0.0, "{table}");
    }
    assert!(table.contains("Wine's heap, not Windows' own"), "{table}");
    assert!(table.contains("not in turns with the others"), "{table}");
    let percent = table.lines().find_map(|line| line.strip_prefix("wine, committed %: "));
    let percent: f64 = percent.unwrap().parse().unwrap();
    assert!(percent > 0.0 && percent <= 100.0, "{table}");
}

#[test]
fn the_json_has_committed_bytes_and_no_resident_bytes() {
    if !has_wine() {
        return;
    }
    let document = fine(compare(&["--heap", "wine", "--format", "json"]));
    let document: Value = serde_json::from_str(&document).unwrap();
    let entry = &document["results"][0];
    assert_eq!(entry["contender"], "wine");
    assert_eq!(entry["error"], Value::Null);
    assert_eq!(entry["ns_per_op"].as_array().unwrap().len(), 3);
    assert_eq!(entry["resident_bytes"], Value::Array(Vec::new()));
    let peak = entry["peak_payload_bytes"].as_u64().unwrap();
    assert!(entry["committed_bytes"].as_u64().unwrap() >= peak);
}

#[test]
fn wine_is_mentioned_only_on_request() {
    let table = fine(compare(&["--heap", "libc"]));
    assert!(!table.to_lowercase().contains("wine"), "{table}");
}

#[test]
fn missing_tools_are_named_with_how_to_install_them() {
    let mut command = compare(&["--heap", "wine", "--heap", "libc"]);
    command.env("PATH", "");
    let seen = command.output().unwrap();
    let said = text(&seen.stderr);
    assert_eq!(seen.status.code(), Some(2), "{said}");
    assert_eq!(text(&seen.stdout), "");
    let missing = format!("no {COMPILER}");
    assert!(said.contains(&missing), "{said}");
    let help = "apt-get install wine64 gcc-mingw-w64-x86-64";
    assert!(said.contains(help), "{said}");
}

/// Ctrl-C comes while Wine makes its disk, the longest step.
#[test]
fn an_interrupt_leaves_no_files() {
    if !has_wine() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let is_empty = || fs::read_dir(folder.path()).unwrap().next().is_none();
    let mut command = compare(&["--heap", "wine"]);
    command
        .env("TMPDIR", folder.path())
        .env_remove("WINEPREFIX")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    let has_disk = || {
        let mut ours = fs::read_dir(folder.path()).unwrap().filter_map(Result::ok);
        ours.any(|folder| folder.path().join("prefix/drive_c").is_dir())
    };
    while !has_disk() {
        assert!(Instant::now() < patience, "no prefix after a minute");
        assert_eq!(child.try_wait().unwrap(), None, "it has ended");
        thread::sleep(Duration::from_millis(5));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let status = child.wait().unwrap();
    assert!(!status.success(), "{status}");
    assert!(is_empty(), "something is left in {}", folder.path().display());
}
