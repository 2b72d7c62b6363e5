//! The first steps of a process, in every stage.

use crate::error::SandboxError;
use nix::sys::personality::{self, Persona};
use rustix::process::{Signal, set_parent_process_death_signal, setsid};
use std::fs;
use std::os::unix::process::parent_id;

pub(super) fn must_have_one_thread() -> Result<(), SandboxError> {
    let threads = fs::read_dir("/proc/self/task")
        .map_err(|error| SandboxError::system("count threads in /proc/self/task", error))?;
    match threads.count() {
        1 => Ok(()),
        _ => Err(SandboxError::Threads),
    }
}

/// Detaches from the terminal, into a process group of its own, and makes
/// the process the first to be killed when the system runs out of memory.
pub(super) fn leave_the_session() {
    // It fails for the leader of a group, which already has what is needed.
    let _ = setsid();
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
}

/// Has programs that this process becomes use the same addresses in every run. Returns whether that
/// is possible: some containers forbid it.
pub(super) fn fix_addresses() -> bool {
    personality::get()
        .and_then(|persona| personality::set(persona | Persona::ADDR_NO_RANDOMIZE))
        .is_ok()
}

/// Has the kernel send `signal` when the parent ends. Fails if the
/// parent is not `parent`, because that may have ended already.
pub(super) fn die_with_parent(signal: Signal, parent: Option<u32>) -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(signal))
        .map_err(|error| SandboxError::system("ask to end with the parent", error))?;
    match parent {
        Some(parent) if parent != parent_id() => Err(SandboxError::Orphan),
        _ => Ok(()),
    }
}
