//! What the functions of the table need: the machine behind it, and the lines of the code.

use crate::lines::Lines;
use crate::machine::{MOST_CALLS, Machine};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, HEAP_START, Probe};
use heaplab_replay::foreign::Foreign;
use heaplab_replay::{Frame, Place};
use std::rc::Rc;

/// What `context` of the table points to.
pub(crate) struct Context<P: Probe> {
    /// The machine of the heap.
    pub(crate) arena: Arena<P>,
    /// Where the machine's address 0 is in this process.
    pub(crate) base: *mut u8,
    /// The table that C reads.
    pub(crate) table: *mut Machine,
    /// What the reports of the checked build need.
    pub(crate) access: State,
}

impl<P: Probe> Context<P> {
    /// Brings `lo` and `brk` of the table up to date.
    pub(crate) fn update(&mut self) {
        let start = self.arena.start().to_word() as usize;
        let brk = self.arena.brk().to_word() as usize;
        // SAFETY: the table lives as long as the heap that owns both, and C code does not run now.
        let table = unsafe { &mut *self.table };
        table.lo = self.base.wrapping_add(start);
        table.brk = self.base.wrapping_add(brk);
        table.limit_bytes = self.arena.limit_bytes().into();
    }
}

/// What the reports need to know of a heap, beside its machine.
#[derive(Default)]
pub(crate) struct State {
    /// The lines of the code; none for a plain build, which reports nothing.
    pub(crate) source: Option<Rc<dyn Foreign>>,
    /// The bytes that the last store replaces, and where, if the probe has not seen it.
    pub(crate) unseen: Option<(Addr, Vec<u8>)>,
}

impl State {
    /// Returns the state of a checked build with these lines, connected to this table.
    pub(crate) fn checked(lines: Rc<Lines>, table: *const Machine) -> State {
        State { source: Some(Rc::new(Source { lines, table })), unseen: None }
    }
}

/// A library's lines, and its functions that run.
struct Source {
    lines: Rc<Lines>,
    table: *const Machine,
}

impl Foreign for Source {
    fn place(&self, pc: usize) -> Option<Place> {
        self.lines.place(pc)
    }

    fn frames(&self, pc: usize) -> Vec<Frame> {
        let mut frames = self.lines.frames(pc);
        // SAFETY: the table outlives the calls of the code, and only they ask for frames; C code
        // waits for the answer.
        let table = unsafe { &*self.table };
        let known = (table.depth as usize).min(MOST_CALLS);
        // The outermost call is that of the command.
        for &call in table.calls[..known].iter().skip(1).rev() {
            frames.extend(self.lines.frames(call));
        }
        frames
    }

    fn address_of(&self, pointer: u64) -> Option<Addr> {
        // SAFETY: as in `frames`.
        let table = unsafe { &*self.table };
        let offset = (pointer as usize).checked_sub(table.base)?;
        let is_in_heap = offset >= HEAP_START.to_word() as usize && offset < table.bytes;
        is_in_heap.then(|| Addr::new(offset as u32))
    }

    fn pointer_to(&self, addr: Addr) -> u64 {
        // SAFETY: as in `frames`.
        let base = unsafe { &*self.table }.base;
        (base + addr.to_word() as usize) as u64
    }
}
