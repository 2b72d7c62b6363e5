//! The time of a repository's last commit.
//!
//! A student may have put anything into a repository's configuration, such as a program that
//! `git` is to start. So only the commit's number and the objects are taken from it, and `git`
//! runs with a repository of ours that has neither configuration nor hooks.

use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns when the commit that is checked out in a repository was made, as its committer says.
///
/// # Errors
/// If there is none, or `git` is missing, with the reason.
pub fn commit_time(repository: &Path) -> Result<Timestamp, String> {
    let folder = repository.join(".git");
    let commit = head_of(&folder)?;
    let objects = folder.join("objects");
    if !is_folder(&objects) {
        return Err("it has no objects".to_owned());
    }
    let ours = OwnRepository::new().map_err(|error| error.to_string())?;
    let output = Command::new("git")
        .args(["cat-file", "commit", &commit])
        .env("GIT_DIR", ours.0.path())
        .env("GIT_OBJECT_DIRECTORY", &objects)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("git can't be started: {error}"))?;
    if !output.status.success() {
        return Err("its last commit is not in it".to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    committed_at(&text).ok_or_else(|| "its last commit has no time".to_owned())
}

/// Reads the time in `committer Ada <ada@example.edu> 1763679540 +0100`.
fn committed_at(commit: &str) -> Option<Timestamp> {
    let head = commit.lines().take_while(|line| !line.is_empty());
    let committer = head.filter_map(|line| line.strip_prefix("committer ")).next()?;
    let (_, time) = committer.rsplit_once("> ")?;
    let seconds = time.split(' ').next()?.parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

/// A repository without objects and without configuration, which ends with this value.
struct OwnRepository(tempfile::TempDir);

impl OwnRepository {
    fn new() -> std::io::Result<OwnRepository> {
        let folder = tempfile::Builder::new().prefix("heaplab-").tempdir()?;
        fs::write(folder.path().join("HEAD"), "ref: refs/heads/main\n")?;
        fs::create_dir(folder.path().join("objects"))?;
        fs::create_dir(folder.path().join("refs"))?;
        Ok(OwnRepository(folder))
    }
}

/// Returns the number of the commit that is checked out.
fn head_of(folder: &Path) -> Result<String, String> {
    let head = read(&folder.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref: ") else {
        return number_in(&head).ok_or_else(|| "its HEAD is not a commit".to_owned());
    };
    if name.split('/').any(|part| part == ".." || part.is_empty()) {
        return Err("its HEAD names a file outside of it".to_owned());
    }
    if let Some(number) = read(&folder.join(name)).ok().and_then(|text| number_in(&text)) {
        return Ok(number);
    }
    let packed = read(&folder.join("packed-refs")).unwrap_or_default();
    let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
    let packed = lines.find(|(_, packed)| *packed == name);
    packed.and_then(|(number, _)| number_in(number)).ok_or_else(|| "it has no commit".to_owned())
}

fn number_in(text: &str) -> Option<String> {
    let text = text.trim();
    let is_number = [40, 64].contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_number.then(|| text.to_owned())
}

/// Reads a small file that is not a link.
fn read(path: &PathBuf) -> Result<String, String> {
    let metadata = fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > 1 << 20 {
        return Err(format!("{} is not a small file", path.display()));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.edu"])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_AUTHOR_DATE", "2026-11-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-11-20T23:59:00+01:00")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "git {arguments:?}");
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-b", "main"]);
        git(folder.path(), &["commit", "--allow-empty", "-m", "committer Eve <e> 1 +0000"]);
        folder
    }

    #[test]
    fn the_committers_time_is_read_loose_packed_and_detached() {
        let folder = repository();
        let time = || commit_time(folder.path()).unwrap().to_string();
        assert_eq!(time(), "2026-11-20T22:59:00Z");
        git(folder.path(), &["pack-refs", "--all"]);
        git(folder.path(), &["gc"]);
        assert_eq!(time(), "2026-11-20T22:59:00Z");
        git(folder.path(), &["checkout", "--detach"]);
        assert_eq!(time(), "2026-11-20T22:59:00Z");
    }

    #[test]
    fn a_repositorys_configuration_starts_nothing() {
        let folder = repository();
        let started = folder.path().join("started");
        let program = folder.path().join("program.sh");
        fs::write(&program, format!("#!/bin/sh\ntouch {}\n", started.display())).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&program, mode).unwrap();
        for key in ["core.fsmonitor", "core.pager", "gpg.program", "core.sshCommand"] {
            git(folder.path(), &["config", key, &program.to_string_lossy()]);
        }
        git(folder.path(), &["config", "log.showSignature", "true"]);
        let _ = fs::remove_file(&started);
        assert!(commit_time(folder.path()).is_ok());
        assert!(!started.exists());
    }

    #[test]
    fn a_damaged_repository_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let git_folder = folder.path().join(".git");
        assert!(commit_time(folder.path()).is_err());
        fs::create_dir_all(git_folder.join("objects")).unwrap();
        for (head, reason) in [
            ("ref: refs/heads/main\n", "it has no commit"),
            ("ref: ../../../etc/passwd\n", "its HEAD names a file outside of it"),
            ("ref: /etc/passwd\n", "its HEAD names a file outside of it"),
            ("--batch\n", "its HEAD is not a commit"),
            ("0123456789012345678901234567890123456789\n", "its last commit is not in it"),
        ] {
            fs::write(git_folder.join("HEAD"), head).unwrap();
            assert_eq!(commit_time(folder.path()).unwrap_err(), reason);
        }
    }
}
