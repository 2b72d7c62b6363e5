//! What a process does first, whichever stage it is.

use crate::error::SandboxError;
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

/// No terminal, a process group of its own, and first to go when the system
/// runs out of memory.
pub(super) fn leave_the_session() {
    // Refused to the leader of a group, which has what is wanted.
    let _ = setsid();
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
}

/// Has the kernel send `signal` when the parent ends, which must be `parent`: it
/// may have ended already.
pub(super) fn die_with_parent(signal: Signal, parent: Option<u32>) -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(signal))
        .map_err(|error| SandboxError::system("ask to end with the parent", error))?;
    match parent {
        Some(parent) if parent != parent_id() => Err(SandboxError::Orphan),
        _ => Ok(()),
    }
}
