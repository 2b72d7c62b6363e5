//! Decides whether the source or this machine made the compiler fail.
//!
//! ```text
//!  a signal from outside, no sandbox, no processor      the machine
//!  words about a full disk, a killed linker, ...        the machine, if it shows the same itself;
//!                                                       else the compiler runs again
//!  anything else                                        the source
//! ```
//!
//! Words alone decide nothing: a source can make the compiler print any of them, with
//! `compile_error!` or in a line that the compiler quotes.

use heaplab_sandbox::{End, Ended, JAIL_FAILED};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

/// What made the compiler fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The source.
    Source,
    /// This machine, for this reason. Another try may end well.
    Host(String),
    /// Perhaps this machine: the compiler printed these words.
    Perhaps(&'static str),
}

impl Cause {
    /// Returns the cause of an end that was not a good one. `patience` is how long the compiler
    /// could run by the clock.
    pub fn of(ended: &Ended, patience: Duration) -> Cause {
        match ended.end {
            End::OutOfTime => Cause::Host(format!(
                "the compiler had too little of the processor: it did not finish in {} seconds",
                patience.as_secs()
            )),
            End::OutOfMemory => Cause::Source,
            // The kernel sends SIGKILL when memory is short, and SIGBUS when a disk is full.
            End::Exited(status)
                if matches!(status.signal(), Some(KILL | BUS | TERM | INT | HUP)) =>
            {
                Cause::Host(format!("the compiler was ended from outside: {status}"))
            }
            // The compiler never exits with this code.
            End::Exited(status) if status.code() == Some(JAIL_FAILED.into()) => {
                Cause::Host(format!(
                    "the sandbox of the compiler could not be made: {}",
                    ended.stderr.text().trim_end()
                ))
            }
            End::Exited(_) => {
                let text = ended.stderr.text();
                let said = HOST_ERRORS.iter().find(|words| text.contains(**words));
                said.map_or(Cause::Source, |words| Cause::Perhaps(words))
            }
        }
    }
}

/// What the compiler and the linker print if a disk is full, or if a table of the system is; and
/// what the compiler prints of a linker, and this of its parts, if they were killed.
const HOST_ERRORS: &[&str] = &[
    "No space left on device",
    "Disk quota exceeded",
    "Too many open files in system",
    "Input/output error",
    "Read-only file system",
    "allocate memory",
    "Resource temporarily unavailable",
    "failed: signal: 7 (SIGBUS)",
    "failed: signal: 9 (SIGKILL)",
    "terminated with signal 7 [Bus error]",
    "terminated with signal 9 [Killed]",
];

const HUP: i32 = 1;
const INT: i32 = 2;
const BUS: i32 = 7;
const KILL: i32 = 9;
const TERM: i32 = 15;

/// What the compiler writes for a submission is smaller.
const ROOM_BYTES: usize = 64 << 20;

/// With less memory than this, the kernel refuses some to the compiler, or ends it.
const MEMORY_BYTES: u64 = 256 << 20;

/// Returns what this machine lacks at present, as it says itself: a file of the size that the
/// compiler needs can't be written to `folder`, or there is hardly any memory.
pub fn shown_by_the_host(folder: &Path) -> Option<String> {
    let path = folder.join("room");
    let written = write_much(&path);
    // It is in a temporary folder, which is removed in any case.
    let _ = fs::remove_file(&path);
    if let Err(error) = written {
        return Some(format!("{} MiB can't be written there: {error}", ROOM_BYTES >> 20));
    }
    let memory_bytes = available_bytes(&fs::read_to_string("/proc/meminfo").ok()?)?;
    (memory_bytes < MEMORY_BYTES)
        .then(|| format!("only {} MiB of memory are available", memory_bytes >> 20))
}

fn write_much(path: &Path) -> io::Result<()> {
    let piece = vec![1; 1 << 20];
    let mut file = File::create(path)?;
    for _ in 0..ROOM_BYTES / piece.len() {
        file.write_all(&piece)?;
    }
    Ok(())
}

/// Returns the bytes of memory that programs can still get, from `/proc/meminfo`.
fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_sandbox::Captured;
    use std::process::ExitStatus;

    fn cause(end: End, stderr: &str) -> Cause {
        let stderr = Captured { bytes: stderr.into(), total_bytes: stderr.len() as u64 };
        let ended = Ended { end, stdout: Captured::default(), stderr };
        Cause::of(&ended, Duration::from_secs(600))
    }

    fn signal(number: i32) -> End {
        End::Exited(ExitStatus::from_raw(number))
    }

    fn code(code: i32) -> End {
        End::Exited(ExitStatus::from_raw(code << 8))
    }

    #[test]
    fn a_signal_from_outside_is_trouble_of_the_host() {
        for end in [signal(KILL), signal(BUS), signal(TERM), End::OutOfTime, code(125)] {
            assert!(matches!(cause(end, ""), Cause::Host(_)), "{end:?}");
        }
    }

    #[test]
    fn words_that_a_source_can_print_decide_nothing() {
        for said in [
            "error: couldn't create a temp dir: No space left on device (os error 28)",
            "ld: final link failed: Disk quota exceeded",
            "error: linking with `cc` failed: signal: 9 (SIGKILL)",
            "collect2: fatal error: ld terminated with signal 9 [Killed]",
            "error: No space left on device\n --> labs/0-sbrk/src/lib.rs:3:1",
        ] {
            assert!(matches!(cause(code(1), said), Cause::Perhaps(_)), "{said}");
        }
    }

    #[test]
    fn any_other_end_is_the_sources_fault() {
        const SEGV: i32 = 11;
        const ABRT: i32 = 6;
        const XCPU: i32 = 24;
        for (end, stderr) in [
            (code(1), "error[E0308]: mismatched types"),
            (code(1), ""),
            (code(101), ""),
            (signal(XCPU), ""),
            (signal(SEGV), ""),
            (signal(ABRT), "memory allocation of 8589934592 bytes failed"),
            (End::OutOfMemory, ""),
        ] {
            assert_eq!(cause(end, stderr), Cause::Source, "{end:?} {stderr}");
        }
    }

    #[test]
    fn a_folder_that_takes_no_file_is_shown_with_the_systems_reason() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(shown_by_the_host(folder.path()), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let missing = folder.path().join("missing");
        let said = shown_by_the_host(&missing).unwrap();
        assert!(said.starts_with("64 MiB can't be written there: "), "{said}");
    }

    #[test]
    fn available_memory_is_read() {
        let meminfo = "MemTotal:  24 kB\nMemFree: 1 kB\nMemAvailable:    2048 kB\nBuffers: 3 kB\n";
        assert_eq!(available_bytes(meminfo), Some(2 << 20));
        assert_eq!(available_bytes("MemTotal: 24 kB\n"), None);
    }
}
