//! A program that runs in this command's place, and the signals in between.
//!
//! This command waits for the program, and has work to do afterwards. So a signal that is
//! sent to it is passed on, and does not end it. One from the terminal has reached the
//! program already, as it would without us.

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

/// How long a program may take to end after a SIGTERM that was passed on.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether it has, meanwhile.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A program that has ended.
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// The number of its process.
    pub pid: u32,
    /// The name that the kernel had for it at the end: of the program that the process had
    /// become, unless that gave itself another name. `None` if the system does not say.
    pub name: Option<String>,
}

/// Runs a program to its end. From then on signals that could end this command do nothing:
/// they were meant for the program.
///
/// # Errors
/// If it can't be started.
pub fn run_to_the_end(command: &mut Command, listener: &dyn Listener) -> io::Result<Ended> {
    let ignored = ignored_signals();
    let mut awaited = vec![SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
    // What is ignored, as after `nohup`, stays so, and the program inherits that.
    awaited.retain(|signal| ignored & 1 << (signal - 1) == 0);
    awaited.push(SIGCHLD);
    // Handlers, not "ignore": a handler does not pass on to the program.
    let mut signals = SignalsInfo::<WithOrigin>::new(&awaited)?;
    unblock(&awaited)?;
    let mut child = command.spawn()?;
    let pid = child.id();
    let name = command.get_program().to_string_lossy();
    let mut deadline = None;
    let mut is_killed = false;
    loop {
        // Only this loop reaps the child: until then its number is no other process's, and
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

/// The signals that this process ignores, a bit each; none where the system does not say.
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Lets signals in: a parent may have blocked them. The program begins with none blocked.
fn unblock(signals: &[i32]) -> io::Result<()> {
    let mut set = SigSet::empty();
    for &signal in signals {
        set.add(Signal::try_from(signal)?);
    }
    Ok(set.thread_unblock()?)
}

/// Whether a signal came from a process, and so has reached this command alone.
fn is_for_the_program(origin: &Origin) -> bool {
    origin.signal != SIGCHLD && !matches!(origin.cause, Cause::Kernel)
}

fn pass_on(signal: i32, child: &Child) {
    if let (Ok(signal), Ok(pid)) = (Signal::try_from(signal), i32::try_from(child.id())) {
        // It fails for a program that has changed its user: nothing more can be done.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
