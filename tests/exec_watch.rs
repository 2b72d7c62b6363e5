//! `heaplab exec --watch`: the heap of a program while it runs.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::exec_support::{exec, text};
use crate::record_support::{Fixture, has};
use heaplab_tests::terminal::Screen;
use std::fs;

const UNDER_TEST: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

/// A shell that waits for a file: its heap has its blocks meanwhile.
const WAITS: &str =
    "echo \"first line\"; while ! [ -e go ]; do sleep 0.05; done; echo done; exit 4";

#[test]
fn a_program_is_watched_on_a_terminal() {
    for size in [(80, 24), (60, 20)] {
        let fixture = Fixture::new();
        let folder = fixture.path("");
        fs::write(folder.join("waits.sh"), WAITS).unwrap();
        let words = "exec quick --watch -- sh waits.sh 2> errors";
        // What goes to a file is not a terminal: it gets lines, and the program's output stays.
        let Some(screen) = Screen::start(UNDER_TEST, &folder, words, size) else { return };
        assert!(!screen.wait("first line").contains("payload"));
        fs::write(folder.join("go"), "").unwrap();
        screen.wait("exit code: 4");
        let lines = fs::read_to_string(folder.join("errors")).unwrap();
        assert!(lines.contains(" s: sh (pid "), "{lines}");
        fs::remove_file(folder.join("go")).unwrap();
        drop(screen);

        let words = "exec quick --watch -- sh waits.sh";
        let Some(screen) = Screen::start(UNDER_TEST, &folder, words, size) else { return };
        screen.wait("first line");
        let shown = screen.wait("heap of sh (pid ");
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].contains(" under quick") && lines[0].ends_with(" s"), "{shown}");
        assert!(lines[1].starts_with("payload "), "{shown}");
        assert!(lines[3].starts_with("+0x00000000 ") && shown.matches('█').count() > 9, "{shown}");
        assert!(shown.contains("tags, free") && shown.contains("the program's output"), "{shown}");
        fs::write(folder.join("go"), "").unwrap();
        let left = screen.wait("exit code: 4");
        let lines: Vec<&str> = left.lines().take(3).collect();
        assert_eq!(lines[..2], ["first line", "done"], "{left}");
        assert!(lines[2].starts_with("sh (pid ") && !left.contains("heap of sh"), "{left}");
    }
}

#[test]
fn a_program_is_watched_in_lines() {
    let fixture = Fixture::new();
    let seen = exec(&fixture.path(""), &["quick", "--watch", "--", "sh", "-c", "echo out; exit 5"]);
    assert_eq!((seen.status.code(), text(&seen.stdout).as_str()), (Some(5), "out\n"));
    let said = text(&seen.stderr);
    let line = said.lines().last().unwrap_or_default();
    assert!(line.contains(" s: sh (pid ") && line.contains(" calls"), "{said}");
    let missing = exec(&fixture.path(""), &["quick", "--watch", "--", "no-such-program"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("there is no program"), "{missing:?}");
    if !has("cc") {
        return;
    }
    let program = fixture.compile("leaves_a_heap");
    let killed =
        exec(&fixture.path(""), &["quick", "--watch", "--", program.to_str().unwrap(), "killed"]);
    assert_eq!(killed.status.code(), Some(128 + 9));
    let said = text(&killed.stderr);
    assert!(said.contains("payload 210, peak 210") && said.contains("3 blocks, 3 calls"), "{said}");
}
