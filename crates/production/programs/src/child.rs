//! Runs a program in this command's place, and passes signals on to the program.
//!
//! This command waits for the program, and has work to do afterwards. So a signal sent to this
//! command is passed on, and does not end the command. A signal from the terminal has reached the
//! program already, as it would without this command.

use heaplab_support::Listener;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

/// How long a program may run after a SIGTERM that was passed on.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to check in the meantime whether the program has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A program that has ended.
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// The number of its process.
    pub pid: u32,
    /// The kernel's name for it at the end: that of the program that the process had become, unless
    /// that program gave itself another name. `None` if the system does not report it.
    pub name: Option<String>,
}

/// Runs a program to its end. From then on, signals that could end this command do nothing, because
/// they were meant for the program.
///
/// # Errors
/// If the program can't be started.
pub fn run_to_the_end(command: &mut Command, listener: &dyn Listener) -> io::Result<Ended> {
    let ignored = ignored_signals();
    let mut awaited = vec![SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
    // An ignored signal, as after `nohup`, stays ignored, and the program inherits that.
    awaited.retain(|signal| ignored & 1 << (signal - 1) == 0);
    awaited.push(SIGCHLD);
    // Use handlers, not "ignore": the program does not inherit a handler.
    let mut signals = SignalsInfo::<WithOrigin>::new(&awaited)?;
    unblock(&awaited)?;
    let mut child = command.spawn()?;
    let pid = child.id();
    let name = command.get_program().to_string_lossy();
    let mut deadline = None;
    let mut is_killed = false;
    loop {
        // Only this loop reaps the child. Until then its number belongs to no other process, and
        // its name can be read.
        let process = fs::read_to_string(format!("/proc/{pid}/comm")).ok();
        if let Some(status) = child.try_wait()? {
            let name = process.map(|line| line.trim_end_matches('\n').to_owned());
            return Ok(Ended { status, pid, name });
        }
        let arrived: Vec<Origin> = match deadline {
            None => signals.wait().collect(),
            Some(deadline) => {
                thread::sleep(POLL_INTERVAL);
                if !is_killed && Instant::now() >= deadline {
                    is_killed = true;
                    listener.remark(&format!(
                        "warning: `{name}` had not ended {} seconds after SIGTERM, and was killed\n",
                        PATIENCE.as_secs()
                    ));
                    child.kill()?;
                }
                signals.pending().collect()
            }
        };
        for origin in arrived.iter().filter(|it| is_for_the_program(it)) {
            pass_on(origin.signal, &child);
            if origin.signal == SIGTERM && deadline.is_none() {
                deadline = Some(Instant::now() + PATIENCE);
            }
        }
    }
}

/// Returns the signals that this process ignores, one bit each; 0 if the system does not say.
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Unblocks signals that a parent may have blocked. The program begins with none blocked.
fn unblock(signals: &[i32]) -> io::Result<()> {
    let mut set = SigSet::empty();
    for &signal in signals {
        set.add(Signal::try_from(signal)?);
    }
    Ok(set.thread_unblock()?)
}

/// Returns whether a signal came from a process, and so has reached only this command.
fn is_for_the_program(origin: &Origin) -> bool {
    origin.signal != SIGCHLD && !matches!(origin.cause, Cause::Kernel)
}

fn pass_on(signal: i32, child: &Child) {
    if let (Ok(signal), Ok(pid)) = (Signal::try_from(signal), i32::try_from(child.id())) {
        // This fails if the program has changed its user; nothing more can be done then.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
