//! Output streams that are closed, full or missing: never a
//! panic, and exit code 2 if output is lost.
#![cfg(unix)]

use heaplab_tests::command::{package, words};
use std::process::{Command, Output, Stdio};

/// Commands that print, one for each way of printing.
const PRINTING: [&str; 8] = [
    "heaps",
    "trace gen stack",
    "trace gen --list",
    "trace stats faulty/story.rep",
    "run --no-timing --trace faulty/story.rep",
    "run --no-timing --trace faulty/story.rep --format md",
    "run --no-timing --trace faulty/story.rep --format csv",
    "run --no-timing --trace faulty/story.rep --format json",
];

fn heaplab(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"));
    command.args(words(arguments)).current_dir(package());
    command
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `heaplab ... | true`.
#[test]
fn a_closed_reader_is_not_an_error() {
    for arguments in PRINTING {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = heaplab(arguments).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {output:?}");
        assert!(!complaint(&output).contains("panicked"), "{output:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    for arguments in PRINTING {
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = heaplab(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {output:?}");
        let expected = "error: can't write to standard output: No space left on device";
        assert!(complaint(&output).contains(expected), "{output:?}");
    }
}

/// The exit code is the same if the message can't be written.
#[test]
fn unwritable_messages_do_not_change_the_exit_code() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let missing = heaplab("run --trace nowhere.rep").stderr(writer.try_clone().unwrap()).status();
    assert_eq!(missing.unwrap().code(), Some(2));
    let made = heaplab("trace gen stack").stdout(Stdio::null()).stderr(writer).status();
    assert_eq!(made.unwrap().code(), Some(0));
}
