//! Removes folders whose owner has ended.

use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// The beginning of every scratch folder's name; the owner's process id follows.
pub(crate) const PREFIX: &str = "heaplab-";

/// The file that the owner has locked.
pub(crate) const OWNER: &str = "owner";

/// A folder without a lock may be one that is just being made.
const YOUNG: Duration = Duration::from_secs(60);

/// Removes what owners that have ended left in this folder. `own` is a folder of the caller's,
/// which shows who the user is. What can't be removed is left.
pub(crate) fn sweep(place: &Path, own: &Path) {
    let (Ok(entries), Ok(own)) = (fs::read_dir(place), fs::symlink_metadata(own)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().and_then(owner_in).is_some() && is_stale(&entry.path(), own.uid()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Returns the process id in the name of a scratch folder.
fn owner_in(name: &str) -> Option<u32> {
    let (process, random) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let is_number = process.bytes().all(|byte| byte.is_ascii_digit());
    let is_random = random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_number && is_random).then(|| process.parse().ok())?
}

/// Returns whether this is a scratch folder of this user whose owner has ended. The process id
/// does not decide it: ids are used again, and a process in a container sees only those of its own
/// container.
fn is_stale(folder: &Path, user: u32) -> bool {
    let Ok(metadata) = fs::symlink_metadata(folder) else {
        return false;
    };
    if !metadata.is_dir() || metadata.uid() != user {
        return false;
    }
    match File::open(folder.join(OWNER)) {
        Ok(owner) => flock(&owner, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound && !is_young(&metadata),
    }
}

fn is_young(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|time| time.elapsed().ok());
    age.is_none_or(|age| age < YOUNG)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

    use super::*;
    use crate::Scratch;
    use std::mem;
    use std::process::{Command, Stdio};
    use std::time::{Instant, SystemTime};

    /// Makes what is left of a folder in `place` whose owner was killed.
    fn abandoned(place: &Path, name: &str) -> std::path::PathBuf {
        let folder = place.join(name);
        fs::create_dir_all(folder.join("out")).unwrap();
        fs::write(folder.join(OWNER), "").unwrap();
        fs::write(folder.join("out/program"), "program").unwrap();
        folder
    }

    #[test]
    fn only_folders_of_ended_processes_are_swept() {
        let place = tempfile::tempdir().unwrap();
        let own = Scratch::in_folder(place.path()).unwrap();
        let other = Scratch::in_folder(place.path()).unwrap();
        fs::write(other.path().join("case"), "a case").unwrap();
        let dead = abandoned(place.path(), "heaplab-4711-X7aQzr");
        let not_ours =
            ["heaplab-notes-2026", "heaplab-4711", "heaplab-4711-a.b", "other-4711-X7aQzr"]
                .map(|name| abandoned(place.path(), name));
        let young = place.path().join("heaplab-4712-X7aQzr");
        fs::create_dir(&young).unwrap();
        let link = place.path().join("heaplab-4713-X7aQzr");
        std::os::unix::fs::symlink(&not_ours[0], &link).unwrap();

        sweep(place.path(), own.path());

        assert!(!dead.exists());
        assert!(own.path().exists() && other.path().join("case").exists());
        assert!(young.exists() && link.exists());
        assert!(not_ours.iter().all(|folder| folder.join("out/program").exists()));
    }

    /// Between making the folder and locking it, no other process may take it for stale.
    #[test]
    fn a_folder_in_use_is_kept_while_many_are_made_at_once() {
        let place = tempfile::tempdir().unwrap();
        let own = Scratch::in_folder(place.path()).unwrap();
        let (place, own) = (place.path(), own.path());
        std::thread::scope(|scope| {
            let makers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(move || {
                        (0..300).all(|_| {
                            let scratch = Scratch::in_folder(place).unwrap();
                            fs::write(scratch.path().join("file"), "text").is_ok()
                        })
                    })
                })
                .collect();
            let mut sweeps = 0;
            while !makers.iter().all(|maker| maker.is_finished()) {
                sweep(place, own);
                sweeps += 1;
            }
            assert!(sweeps > 0);
            assert!(makers.into_iter().all(|maker| maker.join().unwrap()));
        });
    }

    #[test]
    fn an_old_folder_that_was_never_locked_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let own = Scratch::in_folder(place.path()).unwrap();
        let folder = place.path().join("heaplab-4711-X7aQzr");
        fs::create_dir(&folder).unwrap();
        let long_ago = SystemTime::now() - 2 * YOUNG;
        File::open(&folder).unwrap().set_modified(long_ago).unwrap();
        sweep(place.path(), own.path());
        assert!(!folder.exists());
    }

    #[test]
    fn another_users_folder_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let folder = abandoned(place.path(), "heaplab-4711-X7aQzr");
        let user = fs::metadata(&folder).unwrap().uid();
        assert!(is_stale(&folder, user));
        assert!(!is_stale(&folder, user + 1));
    }

    #[test]
    fn a_dropped_folder_is_removed_and_a_leaked_one_is_swept_when_unlocked() {
        let place = tempfile::tempdir().unwrap();
        let own = Scratch::in_folder(place.path()).unwrap();
        let dropped = Scratch::in_folder(place.path()).unwrap();
        let path = dropped.path().to_owned();
        drop(dropped);
        assert!(!path.exists());

        let Scratch { _folder: folder, _owner: owner, files: path } =
            Scratch::in_folder(place.path()).unwrap();
        mem::forget(folder);
        // A child that outlives its parent does not hold the lock.
        let mut child = Command::new("sleep").arg("60").stdout(Stdio::null()).spawn().unwrap();
        sweep(place.path(), own.path());
        assert!(path.exists());
        drop(owner);
        // Between fork and exec, a child of another test may hold the lock for a moment.
        let late = Instant::now() + Duration::from_secs(10);
        while path.exists() && Instant::now() < late {
            sweep(place.path(), own.path());
        }
        assert!(!path.exists());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
