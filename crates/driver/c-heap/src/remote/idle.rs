//! Programs that serve no heap now: the next heap of the same files gets one of them.
//!
//! To start a program takes longer than most traces. And only a program that has served a heap has
//! variables that a second heap may find as they were left.

use super::call::Use;
use super::link::Greeting;
use super::message::{Message, SHARED_BYTES, ask};
use super::process::Process;
use super::programs::Programs;
use crate::compiler::Build;
use heaplab_arena::host::Host;
use heaplab_arena::{Arena, Probe};
use heaplab_replay::foreign;
use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

thread_local! {
    /// The programs that serve no heap now, the last one at the end.
    static IDLE: RefCell<Vec<Process>> = const { RefCell::new(Vec::new()) };
}

/// More are not kept: the oldest ends.
const MOST: usize = 8;

/// The memory of a machine: a file, and its bytes that are the machine.
type Memory = (Arc<OwnedFd>, usize);

/// Returns a program for a heap on this machine, whose memory is shared with it.
///
/// # Errors
/// If it does not start.
pub(crate) fn process_on<P: Probe>(
    programs: &Arc<Programs>,
    arena: &mut Arena<P>,
) -> io::Result<Process> {
    let build = if P::IS_SILENT { Build::Plain } else { Build::Checked };
    if !programs.is_local {
        let memory = arena.share(SHARED_BYTES)?;
        return Process::start(programs, build, Greeting::Jailed, memory);
    }
    let greeting = if P::SEES_WORDS { Greeting::LocalAndSlow } else { Greeting::Local };
    let memory = shared_memory(arena)?;
    if let Some(process) = take(programs, build, greeting, memory.1) {
        return use_again(process, arena, memory);
    }
    let (file, bytes) = (memory.0.try_clone()?, memory.1);
    let mut started = Process::start(programs, build, greeting, (file, bytes))?;
    started.memory = Some(memory);
    Ok(started)
}

/// Returns the memory of a machine: the same as before, if it is shared already.
fn shared_memory<P: Probe>(arena: &mut Arena<P>) -> io::Result<Memory> {
    if arena.shared().is_none() {
        // Another heap in C, in the same machine after this one, would move it.
        arena.move_low();
        arena.share(SHARED_BYTES)?;
    }
    arena.shared().ok_or_else(|| io::Error::other("the machine is not shared"))
}

/// Takes the program of these files that served a heap last.
fn take(
    programs: &Arc<Programs>,
    build: Build,
    greeting: Greeting,
    machine_bytes: usize,
) -> Option<Process> {
    IDLE.with_borrow_mut(|all| {
        let index = all.iter().rposition(|process| {
            process.is_idle()
                && (process.build, process.greeting) == (build, greeting)
                && process.programs.file(build) == programs.file(build)
                && process.memory.as_ref().is_some_and(|(_, bytes)| *bytes == machine_bytes)
        })?;
        Some(all.remove(index))
    })
}

/// Gives the program this machine, if it has another one, and its variables the values that they
/// start with.
fn use_again<P: Probe>(
    mut process: Process,
    arena: &Arena<P>,
    memory: Memory,
) -> io::Result<Process> {
    let ask_for = |process: &mut Process, kind, a, b| {
        let wanted = Message { kind, a, b, c: 0 };
        match process.call(Use::Look(arena), wanted, None) {
            0 => Err(io::Error::other("a program can't map another machine")),
            _ => Ok(()),
        }
    };
    if !foreign::keeps_variables() {
        ask_for(&mut process, ask::RESET, 0, 0)?;
    }
    let has_this = matches!(&process.memory, Some((file, _)) if Arc::ptr_eq(file, &memory.0));
    if !has_this {
        ask_for(&mut process, ask::REMAP, std::process::id().into(), memory.0.as_raw_fd() as u64)?;
    }
    process.link.take_file(File::from(memory.0.try_clone()?));
    process.memory = Some(memory);
    Ok(process)
}

/// Keeps a program for the next heap, unless it is in the middle of a call.
pub(crate) fn give_back(process: Process) {
    if !process.is_idle() {
        end(process);
        return;
    }
    let oldest = IDLE.with_borrow_mut(|all| {
        all.push(process);
        (all.len() > MOST).then(|| all.remove(0))
    });
    oldest.into_iter().for_each(end);
}

/// Ends a program, if it is this process's to end.
fn end(process: Process) {
    if !process.is_of_this_process() {
        std::mem::forget(process);
    }
}
