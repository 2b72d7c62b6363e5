//! Runs a program as a person would, and captures the output.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Result of a program's run.
#[derive(Debug)]
pub struct Seen {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it printed to standard error.
    pub stderr: String,
}

impl Seen {
    /// Returns all of it as one text, for a snapshot.
    pub fn all(&self) -> String {
        let Seen { code, stdout, stderr } = self;
        let code = code.map_or("a signal".to_owned(), |code| code.to_string());
        format!("exit code: {code}\n----- stdout -----\n{stdout}----- stderr -----\n{stderr}")
    }
}

/// Runs `program` in the folder `folder` of this package.
///
/// # Panics
/// If it can't be started: the test can't continue then.
pub fn run(program: &str, folder: &str, arguments: &[&str]) -> Seen {
    run_in(program, &package().join(folder), arguments)
}

/// Runs `program` in any folder.
///
/// # Panics
/// If it can't be started: the test can't continue then.
pub fn run_in(program: &str, folder: &Path, arguments: &[&str]) -> Seen {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env_remove("HEAPLAB_TRACES")
        .output();
    let output = output.unwrap_or_else(|error| panic!("can't start {program}: {error}"));
    Seen {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Returns the folder of this package.
pub fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Splits a command line without quotes into words.
pub fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Copies the files of the workspace that git knows, as they are now.
///
/// # Panics
/// If git or a file is missing.
pub fn copy_workspace(to: &Path) {
    let workspace = package().join("..");
    let known = Command::new("git").args(["ls-files", "-z"]).current_dir(&workspace).output();
    let known = known.expect("git runs");
    assert!(known.status.success(), "{known:?}");
    for name in String::from_utf8(known.stdout).expect("names are text").split_terminator('\0') {
        let copy = to.join(name);
        let folder = copy.parent().expect("a file is in a folder");
        std::fs::create_dir_all(folder).expect("a folder can be made");
        std::fs::copy(workspace.join(name), copy).expect("a file can be copied");
    }
}
