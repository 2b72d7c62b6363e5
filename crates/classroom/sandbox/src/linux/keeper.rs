//! The keeper: waits for a program that may start processes, and ends the remaining ones when
//! the program ends, when it gets a signal to stop, and when the process that started it ends.

use super::namespaces;
use super::process::{die_with_parent, leave_the_session, must_have_one_thread};
use crate::error::SandboxError;
use crate::limits;
use crate::order::Order;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};
use signal_hook::consts::{SIGCHLD, SIGTERM};
use signal_hook::iterator::Signals;
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{self, ExitStatus};
use std::time::{Duration, Instant};

/// Time limit for ending processes that keep forking.
const HUNT: Duration = Duration::from_secs(5);

/// Starts the next stage and waits for it. When that ends, this process
/// ends in the same way, and all processes that it started are gone.
///
/// `SIGTERM` asks it to stop.
pub(crate) fn keep(
    mut order: Order,
    program: &OsStr,
    arguments: &[OsString],
) -> Result<Infallible, SandboxError> {
    must_have_one_thread()?;
    let mut signals = Signals::new([SIGCHLD, SIGTERM])
        .map_err(|error| SandboxError::system("wait for signals", error))?;
    leave_the_session();
    limits::forbid_core_files()?;
    close_fds::set_fds_cloexec(3, &[]);
    // A process that loses its parent becomes a child of this process.
    set_child_subreaper(Some(getpid()))
        .map_err(|error| SandboxError::system("adopt orphans", error))?;
    order.kept = Some(namespaces::leave(!order.spec.network, true));
    die_with_parent(Signal::TERM, Some(order.parent))?;
    order.parent = process::id();
    let child = order
        .command(program, arguments)?
        .spawn()
        .map_err(|error| SandboxError::system("start the next stage", error))?;
    let status = wait_for(child.id(), &mut signals);
    let status = status.map(|status| as_limited(status, order.spec.limits.cpu_seconds));
    end_all_descendants();
    end_like(status)
}

/// Reaps every child that ends until the program does, and returns
/// how the program ended; `None` if a signal to stop came first.
fn wait_for(program: u32, signals: &mut Signals) -> Option<ExitStatus> {
    loop {
        for signal in signals.wait() {
            if signal == SIGTERM {
                return None;
            }
            while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
                if number_of(pid) == program {
                    return Some(ExitStatus::from_raw(status.as_raw()));
                }
            }
        }
    }
}

/// Returns how a program would have ended outside of a PID namespace. Its first process does not
/// get the signal of the limit on processor time, and is killed a second later, like a process
/// that somebody else kills.
fn as_limited(status: ExitStatus, cpu_seconds: Option<u64>) -> ExitStatus {
    let is_killed = status.signal() == Some(Signal::KILL.as_raw());
    let used_seconds = fs::read_to_string("/proc/self/stat").ok();
    let used_seconds = used_seconds.and_then(|stat| ended_children_seconds(&stat));
    match (cpu_seconds, used_seconds) {
        (Some(limit), Some(used)) if is_killed && is_used_up(used, limit) => {
            ExitStatus::from_raw(Signal::XCPU.as_raw())
        }
        _ => status,
    }
}

/// Returns whether a program that was killed has reached its limit. For the limit the kernel counts
/// ticks, but it reports a measured time, which can be shorter on a busy machine.
fn is_used_up(used_seconds: u64, limit_seconds: u64) -> bool {
    used_seconds >= limit_seconds - limit_seconds / 10
}

/// Returns the processor time of all children that have ended, from a process's `stat`: its
/// sixteenth and seventeenth field.
fn ended_children_seconds(stat: &str) -> Option<u64> {
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_whitespace().skip(13);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    ticks.checked_div(rustix::param::clock_ticks_per_second())
}

/// Kills until no child is left. In a PID namespace the first kill ends
/// all. Elsewhere a process that forks and exits again and again can be
/// missed each time: so this has to be quick, and has a time limit.
fn end_all_descendants() {
    let give_up = Instant::now() + HUNT;
    while Instant::now() < give_up {
        // A process whose parent ends becomes a child of this process, so all are reached.
        for pid in children() {
            let _ = kill_process(pid, Signal::KILL);
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}

/// Returns the processes whose parent is this one. Not every kernel shows its list of them.
fn children() -> Vec<Pid> {
    let own = getpid().as_raw_nonzero();
    let numbers: Vec<i32> = match fs::read_to_string(format!("/proc/self/task/{own}/children")) {
        Ok(list) => list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect(),
        Err(_) => all_processes().filter(|&pid| parent_of(pid) == Some(own.get())).collect(),
    };
    numbers.into_iter().filter_map(Pid::from_raw).collect()
}

fn all_processes() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Returns the fourth field of its `stat`; the second is a
/// name, in parentheses, with any characters in it.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = &stat[stat.rfind(')')? + 1..];
    after_name.split_whitespace().nth(1)?.parse().ok()
}

fn number_of(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

/// Ends as the program did, so that the waiting process sees the program's end.
fn end_like(status: Option<ExitStatus>) -> ! {
    let signal = status.map_or(Some(Signal::KILL.as_raw()), |ended| ended.signal());
    if let Some(signal) = signal {
        // Twice: the runtime has a handler for some signals, which resets itself.
        for signal in Signal::from_named_raw(signal).into_iter().cycle().take(2) {
            let _ = kill_process(getpid(), signal);
        }
        process::exit(128 + signal)
    }
    process::exit(status.and_then(|status| status.code()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_ended_children_is_in_stat() {
        let ticks = rustix::param::clock_ticks_per_second();
        let stat = format!(
            "7 (a) b) S 1 7 7 0 -1 4194304 9 9 0 0 11 22 {} {} 20 0",
            59 * ticks,
            2 * ticks
        );
        assert_eq!(ended_children_seconds(&stat), Some(61));
        assert_eq!(ended_children_seconds("7 (a) S 1"), None);
    }

    #[test]
    fn only_a_program_that_used_its_time_up_is_ended_by_the_limit() {
        let killed = ExitStatus::from_raw(Signal::KILL.as_raw());
        assert_eq!(as_limited(killed, Some(1_000_000)), killed);
        assert_eq!(as_limited(killed, None), killed);
        assert_eq!(as_limited(killed, Some(0)).signal(), Some(Signal::XCPU.as_raw()));
        let failed = ExitStatus::from_raw(1 << 8);
        assert_eq!(as_limited(failed, Some(0)), failed);
        assert!(is_used_up(59, 60) && is_used_up(54, 60) && !is_used_up(53, 60));
    }
}
