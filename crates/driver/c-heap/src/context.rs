//! What the functions of the table need: the machine behind it, and the lines of the code.

use crate::crash;
use crate::lines::Lines;
use crate::machine::{MOST_CALLS, Machine};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, HEAP_START, Probe};
use heaplab_replay::foreign::Foreign;
use heaplab_replay::{Frame, Place};
use std::cell::RefCell;
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
    pub(crate) source: Option<Rc<Source>>,
    /// The last store, if the probe has not seen its words.
    pub(crate) unseen: Option<Unseen>,
}

/// A store whose words the probe has not seen.
pub(crate) struct Unseen {
    pub(crate) addr: Addr,
    /// The bytes that it replaces.
    pub(crate) old: Vec<u8>,
    /// Where it is in the code, and the calls that ran.
    pub(crate) pc: usize,
    pub(crate) calls: Vec<usize>,
}

impl State {
    /// Returns the state of a checked build with these lines, connected to this table.
    pub(crate) fn checked(lines: Rc<Lines>, table: *const Machine) -> State {
        let source = Source { lines, table, calls_then: RefCell::default() };
        State { source: Some(Rc::new(source)), unseen: None }
    }
}

/// A library's lines, and its functions that run.
pub(crate) struct Source {
    lines: Rc<Lines>,
    table: *const Machine,
    /// The calls that ran when a store was made that is shown now.
    pub(crate) calls_then: RefCell<Option<Vec<usize>>>,
}

impl Source {
    /// Returns where the functions were called that run now; the outermost is left out, which is
    /// called by the command.
    pub(crate) fn calls(&self) -> Vec<usize> {
        // SAFETY: the table outlives the calls of the code, and only they ask for frames; C code
        // waits for the answer.
        let table = unsafe { &*self.table };
        let known = (table.depth as usize).min(MOST_CALLS);
        table.calls[..known].iter().skip(1).copied().collect()
    }
}

impl Foreign for Source {
    fn place(&self, pc: usize) -> Option<Place> {
        self.lines.place(pc)
    }

    fn frames(&self, pc: usize) -> Vec<Frame> {
        let mut frames = self.lines.frames(pc);
        let calls = self.calls_then.borrow().clone().unwrap_or_else(|| self.calls());
        for call in calls.into_iter().rev() {
            frames.extend(self.lines.frames(call));
        }
        frames
    }

    fn frames_where_interrupted(&self) -> Option<Vec<Frame>> {
        Some(crash::frames_here(None))
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
