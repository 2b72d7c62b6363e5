//! A program in a sandbox, seen from outside: how to start it, wait for it and end it.

use crate::capture::{Captured, Reader};
use crate::enter::needs_keeper;
use crate::entry::Entry;
use crate::error::SandboxError;
use crate::order::Order;
use crate::spec::Spec;
use crate::support::Support;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use rustix::process::{kill_process, kill_process_group};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::process::{self, Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A sandbox to start programs in.
#[derive(Clone, Debug)]
pub struct Jail {
    entry: Entry,
    spec: Spec,
}

impl Jail {
    /// Returns a sandbox that allows what `spec` says;
    /// `entry` says how the hidden command is started.
    pub fn new(entry: Entry, spec: Spec) -> Jail {
        Jail { entry, spec }
    }

    /// Returns what a program in it may do.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Enters the sandbox for a trial, in a process of its own, and
    /// returns which restrictions hold on this system, for this user.
    ///
    /// # Errors
    /// If it can't be entered: then no program could be started in it either.
    pub fn enforceable(&self) -> Result<Support, SandboxError> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let mut command = self.order(true, OsStr::new("-"), &[])?;
        let trial = |error| SandboxError::system("try the sandbox", error);
        let ended = self
            .start(&mut command)
            .and_then(|jailed| jailed.wait_until(Instant::now() + PATIENCE))
            .map_err(trial)?;
        serde_json::from_slice(&ended.stdout.bytes)
            .map_err(|_| SandboxError::Trial(ended.stderr.text().trim_end().to_owned()))
    }

    /// Returns the command that starts `program`, by its absolute path, in the sandbox. Standard
    /// input is empty, output and error are pipes; set others before [`start`](Jail::start). The
    /// command's environment is not the program's, which is [`Spec::environment`].
    ///
    /// # Errors
    /// If a path of the specification is not UTF-8.
    pub fn command(
        &self,
        program: impl AsRef<OsStr>,
        arguments: &[OsString],
    ) -> Result<Command, SandboxError> {
        self.order(false, program.as_ref(), arguments)
    }

    /// Starts a [`command`](Jail::command). The thread that starts it must live
    /// as long as the program: when the thread ends, the program is ended.
    ///
    /// # Errors
    /// If the hidden command can't be started.
    pub fn start(&self, command: &mut Command) -> io::Result<Jailed> {
        let child = command.spawn()?;
        let kept = needs_keeper(&self.spec);
        Ok(Jailed {
            child,
            reaped: None,
            kept,
            resident_bytes: self.spec.limits.resident_bytes.filter(|_| !kept),
        })
    }

    fn order(
        &self,
        trial: bool,
        program: &OsStr,
        arguments: &[OsString],
    ) -> Result<Command, SandboxError> {
        let order = Order {
            spec: self.spec.clone(),
            entry: self.entry.clone(),
            parent: process::id(),
            kept: None,
            trial,
        };
        let mut command = order.command(program, arguments)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }
}

/// A program that was started in a sandbox. Dropping it ends the program.
#[derive(Debug)]
pub struct Jailed {
    child: Child,
    /// How it ended, once reaped; from then on its number may be that of a different process.
    reaped: Option<ExitStatus>,
    /// Whether the child is a keeper, with the program below it.
    kept: bool,
    /// Limit of memory, in bytes; the program is ended if it holds more.
    resident_bytes: Option<u64>,
}

/// How a program in a sandbox ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The reason.
    pub end: End,
    /// What it printed to standard output, unless that was redirected.
    pub stdout: Captured,
    /// What it printed to standard error, unless that was redirected.
    pub stderr: Captured,
}

/// Why a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It ended by itself, or by a limit that the kernel enforces.
    Exited(ExitStatus),
    /// It was ended at the deadline.
    OutOfTime,
    /// It was ended because it held more memory than it may.
    OutOfMemory,
}

impl Jailed {
    /// Takes the pipe to its standard input, if it is one and was not taken yet.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Takes the pipe from its standard output, if it is one and was not taken yet.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Takes the pipe from its standard error, if it is one and was not taken yet.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits until the program ends, and ends it at `deadline` if it has not. Reads what it
    /// prints, and closes its standard input, except for pipes that were taken. Afterwards
    /// nothing of it is running; [`Support::missing`] says if that can't be guaranteed.
    ///
    /// # Errors
    /// If the system does not let its own child be waited for.
    pub fn wait_until(mut self, deadline: Instant) -> io::Result<Ended> {
        const PATIENCE: Duration = Duration::from_secs(1);
        drop(self.take_stdin());
        let stdout = self.take_stdout().map(Reader::of);
        let stderr = self.take_stderr().map(Reader::of);
        let end = self.watch(deadline)?;
        let text = |reader: Option<Reader>| {
            reader.map_or_else(Captured::default, |reader| reader.finish(PATIENCE))
        };
        Ok(Ended { end, stdout: text(stdout), stderr: text(stderr) })
    }

    /// Ends the program now, and all processes that it started.
    ///
    /// # Errors
    /// If the system does not let its own child be waited for.
    pub fn stop(mut self) -> io::Result<ExitStatus> {
        self.end_it()
    }

    fn watch(&mut self, deadline: Instant) -> io::Result<End> {
        const LONGEST_NAP: Duration = Duration::from_millis(5);
        let mut nap = Duration::from_micros(100);
        loop {
            if self.has_ended()? {
                return Ok(End::Exited(self.end_it()?));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let early_end = if left.is_zero() {
                Some(End::OutOfTime)
            } else if self.holds_too_much() {
                Some(End::OutOfMemory)
            } else {
                None
            };
            if let Some(end) = early_end {
                self.end_it()?;
                return Ok(end);
            }
            thread::sleep(nap.min(left));
            nap = (nap * 2).min(LONGEST_NAP);
        }
    }

    /// Returns whether it has ended. It is not reaped, so its number is not given to a new process.
    fn has_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.pid()?), options)?.is_some())
    }

    fn holds_too_much(&self) -> bool {
        let Some(limit) = self.resident_bytes else {
            return false;
        };
        resident_bytes_of(self.child.id()).is_some_and(|bytes| bytes > limit)
    }

    /// Ends what still runs, and reaps the child.
    fn end_it(&mut self) -> io::Result<ExitStatus> {
        const KEEPERS_TIME: Duration = Duration::from_secs(10);
        if let Some(status) = self.reaped {
            return Ok(status);
        }
        let pid = self.pid()?;
        if self.kept && !self.has_ended()? {
            // The keeper ends the processes that it keeps, and then itself.
            let _ = kill_process(pid, Signal::TERM);
            let give_up = Instant::now() + KEEPERS_TIME;
            while !self.has_ended()? && Instant::now() < give_up {
                thread::sleep(Duration::from_micros(500));
            }
        }
        // If it is not in its own group yet, it has not started any process yet.
        let _ = kill_process(pid, Signal::KILL);
        let _ = kill_process_group(pid, Signal::KILL);
        let status = self.child.wait()?;
        self.reaped = Some(status);
        Ok(status)
    }

    fn pid(&self) -> io::Result<Pid> {
        let id = i32::try_from(self.child.id()).ok();
        id.and_then(Pid::from_raw).ok_or_else(|| io::Error::other("a process without a number"))
    }
}

impl Drop for Jailed {
    fn drop(&mut self) {
        let _ = self.end_it();
    }
}

/// Returns the memory that a process holds, if the system has a file that says so.
fn resident_bytes_of(process: u32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}
