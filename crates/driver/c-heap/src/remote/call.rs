//! What a program asks and reports while a call of its allocator runs.

use super::message::{Access, Report};
use super::pointers::{addr_of, pointer};
use super::source::Source;
use crate::access::{loaded, show_replaced};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe, WORD_BYTES};
use heaplab_replay::foreign;
use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// The machine during a call: a call that only looks can't move the break.
pub(crate) enum Use<'a, P: Probe> {
    Whole(&'a mut Arena<P>),
    Look(&'a Arena<P>),
}

impl<P: Probe> Use<'_, P> {
    pub(crate) fn arena(&self) -> &Arena<P> {
        match self {
            Use::Whole(arena) => arena,
            Use::Look(arena) => arena,
        }
    }
}

/// Ends this process as one that was ended from outside: the allocator is not to blame.
pub(crate) fn host_fails(error: &dyn std::fmt::Display) -> ! {
    eprintln!("{error}");
    // SAFETY: neither call has conditions. The signal's default action ends the process.
    unsafe {
        libc::signal(libc::SIGTERM, libc::SIG_DFL);
        libc::raise(libc::SIGTERM);
    }
    std::process::abort()
}

/// Returns what `sbrk` returns in C. `room_bytes` are the most that the heap may have in the
/// program.
pub(crate) fn sbrk<P: Probe>(machine: &mut Use<'_, P>, increment: i64, room_bytes: u32) -> u64 {
    const FAILED: u64 = u64::MAX;
    let Use::Whole(arena) = machine else { return FAILED };
    let has_room = i64::from(arena.heap_bytes()) + increment <= room_bytes.into();
    let Some(increment) = i32::try_from(increment).ok().filter(|_| has_room) else {
        // Past a signed word nothing is granted; the probe sees a refused call.
        let brk = arena.brk();
        arena.probe().on_sbrk(i32::MAX, brk, brk);
        return FAILED;
    };
    arena.sbrk(increment).map_or(FAILED, pointer)
}

/// A store whose words the probe has not seen.
pub(crate) struct Unseen {
    addr: Addr,
    /// The bytes that it replaces.
    old: Vec<u8>,
    /// Where it is in the code, and the calls that ran.
    pc: usize,
    calls: Vec<usize>,
}

/// Passes reports on to the probe, which panics if an access breaks a rule. The accesses of a
/// user's own program were already made, up to those that it waits for: they are undone then.
pub(crate) fn pass_on<P: Probe>(
    arena: &Arena<P>,
    reports: &[Report],
    source: Option<&Source>,
    file: &File,
    is_local: bool,
    unseen: &mut Option<Unseen>,
) {
    let undo = Undo { reports, next: Cell::new(0), file, is_local };
    for (index, report) in reports.iter().enumerate() {
        undo.next.set(index);
        match (report.access, source) {
            (Access::Enter, Some(source)) => {
                source.calls.borrow_mut().push(report.pc as usize);
            }
            (Access::Leave, Some(source)) => drop(source.calls.borrow_mut().pop()),
            (Access::Enter | Access::Leave | Access::Block | Access::Listed, _) => {}
            _ => {
                if P::SEES_WORDS {
                    show_last_store(arena, source, unseen);
                }
                pass_one_on(arena, *report);
                if P::SEES_WORDS && is_store(report.access) {
                    *unseen = replaced(arena, *report, source);
                }
            }
        }
    }
    undo.next.set(reports.len());
}

fn is_store(access: Access) -> bool {
    matches!(access, Access::Store | Access::Copy | Access::Fill)
}

fn pass_one_on<P: Probe>(arena: &Arena<P>, report: Report) {
    const NEAR_NULL_BYTES: u64 = 4096;
    foreign::at(report.pc as usize);
    let (probe, size) = (arena.probe(), report.size);
    let is_near_null = report.at.wrapping_add(NEAR_NULL_BYTES) < 2 * NEAR_NULL_BYTES;
    let near_null = is_near_null.then(|| Addr::new(report.at as u32));
    let Some(addr) = addr_of(report.at).or(near_null) else {
        probe.on_outside(report.at, size, is_store(report.access));
        return;
    };
    match report.access {
        Access::Load => loaded(arena, addr, size),
        Access::LoadToCopy => foreign::only_copies(|| probe.on_load_bytes(addr, size)),
        Access::Store if size == WORD_BYTES => probe.on_store(addr),
        Access::Store => probe.on_store_bytes(addr, size),
        Access::Fill => probe.on_zero(addr, size),
        Access::Copy => match addr_of(report.from) {
            Some(from) => probe.on_copy(from, addr, size),
            None => probe.on_store_bytes(addr, size),
        },
        Access::Enter | Access::Leave | Access::Block | Access::Listed => {}
    }
}

/// Returns the bytes that a store is about to replace.
fn replaced<P: Probe>(arena: &Arena<P>, report: Report, source: Option<&Source>) -> Option<Unseen> {
    let addr = addr_of(report.at)?;
    let old = arena.payload(addr, report.size)?.to_vec();
    let calls = source.map_or_else(Vec::new, |source| source.calls.borrow().clone());
    Some(Unseen { addr, old, pc: report.pc as usize, calls })
}

/// Shows the probe what the last store has written.
pub(crate) fn show_last_store<P: Probe>(
    arena: &Arena<P>,
    source: Option<&Source>,
    unseen: &mut Option<Unseen>,
) {
    let Some(Unseen { addr, old, pc, calls }) = unseen.take() else { return };
    let Some(source) = source else { return };
    let here = foreign::here();
    foreign::at(pc);
    let calls_now = source.calls.replace(calls);
    show_replaced(arena, addr, &old);
    source.calls.replace(calls_now);
    foreign::at(here);
}

/// Takes back the stores from the `next` report on, if this is dropped before it is past the last.
struct Undo<'a> {
    reports: &'a [Report],
    next: Cell<usize>,
    file: &'a File,
    is_local: bool,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        let made = self.reports.get(self.next.get()..).unwrap_or_default();
        for report in made.iter().rev().filter(|_| self.is_local) {
            let old = report.from.to_ne_bytes();
            if report.access == Access::Store
                && let Some(addr) = addr_of(report.at)
                && let Some(old) = old.get(..report.size as usize)
            {
                // The memory is only shown: a diagnosis without it is still one.
                let _ = self.file.write_all_at(old, addr.to_word().into());
            }
        }
    }
}
