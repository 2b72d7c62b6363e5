//! Runs a program as the only child of a process, so that the kernel's figures for all children of
//! that process are those of the program and of the processes that it started.

use heaplab_support::Error;
use heaplab_support::files::replace_file;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::TimeValLike;
use nix::unistd::{Pid, getgid};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A run: what to run, and where to write the measurement and the output.
pub struct Request {
    /// The file for the measurement.
    pub to: PathBuf,
    /// The file for what the program prints.
    pub stdout: PathBuf,
    /// The file for the program's standard error.
    pub stderr: PathBuf,
    /// The content of `LD_PRELOAD`.
    pub preload: Option<OsString>,
    /// Seconds after which the program is ended.
    pub timeout_seconds: f64,
    /// The program and its arguments.
    pub program: Vec<OsString>,
}

impl Request {
    /// Returns the command line that makes the program `helper` do this run.
    pub fn command(&self, helper: &Path) -> Command {
        let mut command = Command::new(helper);
        command.arg("measured");
        command.arg("--to").arg(&self.to);
        command.arg("--stdout").arg(&self.stdout);
        command.arg("--stderr").arg(&self.stderr);
        command.args(["--timeout", &self.timeout_seconds.to_string()]);
        if let Some(library) = &self.preload {
            command.arg("--preload").arg(library);
        }
        command.arg("--").args(&self.program);
        command
    }
}

/// The costs of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Time from start to end.
    pub elapsed_seconds: f64,
    /// CPU time of the program and of all processes that it started.
    pub user_seconds: f64,
    /// CPU time of the kernel for these processes.
    pub system_seconds: f64,
    /// The peak of the largest of these processes.
    pub peak_resident_bytes: u64,
    /// Page faults without a read from a disk.
    pub minor_faults: u64,
    /// Page faults with a read from a disk.
    pub major_faults: u64,
    /// The exit code; `None` if a signal ended the program.
    pub exit_code: Option<i32>,
    /// The signal that ended the program, if one did.
    pub signal: Option<i32>,
    /// Whether it was ended because it took too long.
    pub timed_out: bool,
}

/// Runs the program and writes the measurement. This process must have had no other child.
///
/// # Errors
/// If the program can't be started, or a file can't be written.
pub fn run(request: &Request) -> Result<(), Error> {
    let [name, words @ ..] = &request.program[..] else {
        return Err(Error::new("error: no program given"));
    };
    let create = |path: &PathBuf| {
        File::create(path)
            .map_err(|error| Error::new(format!("error: can't write {}: {error}", path.display())))
    };
    let mut command = Command::new(name);
    command
        .args(words)
        // The kernel counts the memory that a process had before it became the program, which would
        // be all of this process's. Setting a group, even the same one, makes Rust's library fork,
        // and the fork has hardly any memory.
        .gid(getgid().as_raw())
        // If the program takes too long, the processes that it started end with it.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(create(&request.stdout)?)
        .stderr(create(&request.stderr)?);
    if let Some(library) = &request.preload {
        command.env("LD_PRELOAD", library);
    }
    let start = Instant::now();
    let mut child = command.spawn().map_err(Error::new)?;
    let timer = Timer::start(child.id(), Duration::from_secs_f64(request.timeout_seconds));
    let status = child.wait().map_err(Error::new)?;
    let elapsed = start.elapsed();
    let timed_out = timer.stop();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(Error::new)?;
    let seconds = |time: nix::sys::time::TimeVal| time.num_microseconds() as f64 / 1e6;
    let measured = Measured {
        elapsed_seconds: elapsed.as_secs_f64(),
        user_seconds: seconds(usage.user_time()),
        system_seconds: seconds(usage.system_time()),
        // The kernel counts in KiB.
        peak_resident_bytes: usage.max_rss() as u64 * 1024,
        minor_faults: usage.minor_page_faults() as u64,
        major_faults: usage.major_page_faults() as u64,
        exit_code: status.code(),
        signal: status.signal(),
        timed_out,
    };
    let text = serde_json::to_vec(&measured).map_err(Error::new)?;
    replace_file(&request.to, &text).map_err(Error::new)
}

/// A thread that ends a program that takes too long. The main thread waits for the program, so that
/// its end is noticed at once.
struct Timer {
    done: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Timer {
    fn start(pid: u32, limit: Duration) -> Timer {
        let (done, is_done) = mpsc::channel();
        let wait = move || {
            let late = is_done.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if late && let Ok(pid) = i32::try_from(pid) {
                // If the program has just ended, the group is gone, or has only processes that the
                // program left running.
                let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
            }
            late
        };
        Timer { done, thread: thread::spawn(wait) }
    }

    /// Returns whether the program was ended.
    fn stop(self) -> bool {
        drop(self.done);
        self.thread.join().unwrap_or(false)
    }
}
