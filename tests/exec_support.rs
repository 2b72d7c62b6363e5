//! Shared by the tests of `heaplab exec`.

use std::path::Path;
use std::process::{Command, Output};

/// Every heap, and policies with other kinds of search.
pub const HEAPS: [&str; 7] = [
    "implicit",
    "implicit:best-fit",
    "explicit",
    "explicit:address",
    "segregated",
    "quick",
    "quick:immediate",
];

/// Returns the command `heaplab exec`, in a folder; it is ended after a minute.
pub fn exec_command(folder: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(["60", env!("CARGO_BIN_EXE_heaplab-under-test"), "exec"]).current_dir(folder);
    command
}

/// Runs `heaplab exec WORDS`, in a folder.
pub fn exec(folder: &Path, words: &[&str]) -> Output {
    exec_command(folder).args(words).output().unwrap()
}

/// Runs the same under limits of a shell: `ulimit -v 1000000`.
pub fn exec_under(limits: &str, folder: &Path, words: &[&str]) -> Output {
    let script = format!("{limits}; exec \"$@\"");
    Command::new("sh")
        .args(["-c", &script, "sh", "timeout", "60"])
        .args([env!("CARGO_BIN_EXE_heaplab-under-test"), "exec"])
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Compiles a program of `tests/programs` with these words, or panics with the reason.
pub fn compile(compiler: &str, folder: &Path, words: &[&str]) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let output = Command::new(compiler)
        .args(["-O0", "-fno-builtin", "-Wall", "-Werror", "-pthread"])
        .args(words.iter().map(|word| match word.rsplit_once('.') {
            Some((_, "c" | "cc")) => sources.join(word).into_os_string(),
            _ => word.into(),
        }))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
