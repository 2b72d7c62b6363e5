//! A heap in C that runs in a process of its own: for grades, where it is not trusted; and for code
//! that is compiled for 32-bit processors, which can't be loaded into this process.
//!
//! ```text
//!   this process, trusted                        the program, in a sandbox
//!   RemoteHeap: the break, the oracle,   socket  the submission, runtime.c, runner.c
//!   the counts             malloc 24 -->         mm_malloc(24)
//!                                    <-- sbrk 4096
//!                            the old break -->
//!                     a pointer, 17 accesses <--
//!              \                               /
//!               the machine's memory, shared
//! ```
//!
//! [`CHeap`](crate::CHeap) calls C code in its own process, which that code could change: its
//! counts, its memory, its answers. Here C code has nothing but the machine's memory and a socket.
//! What counts for a grade is on this side: which calls of `sbrk` were granted, whether payloads
//! overlap and keep their bytes, and what the checked build reports. An access outside of the
//! machine is reported before it is made, and then it is not made.
//!
//! A program that the command made for its user (`runtime/local.c`) also reports which functions
//! run and what stores replace, shows its blocks, makes all calls of a trace for the clock, and
//! serves one heap after the other.

mod call;
mod calls;
mod idle;
mod link;
mod message;
mod pointers;
mod process;
mod programs;
mod source;
mod test;

use crate::interface::Returns;
use crate::sizes::Sizes;
use call::Use;
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, OutOfMemory, Probe};
use heaplab_heap::{
    Align, BlockView, Design, Heap, HeapError, Listed, MakeAll, PointerFault, Step, TimedCalls,
    Violation, Word,
};
use message::{Message, ask};
use pointers::{addr_of, pointer};
use process::Process;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

pub use programs::{Launch, Programs};
pub(crate) use test::reports_of_self_test;

/// The design of a heap in C that runs in a process of its own.
#[derive(Clone, Default)]
pub struct RemoteDesign {
    programs: Option<Arc<Programs>>,
}

impl RemoteDesign {
    /// Returns the design of these programs.
    pub fn of(programs: Programs) -> RemoteDesign {
        RemoteDesign { programs: Some(Arc::new(programs)) }
    }
}

impl Design for RemoteDesign {
    const NAME: &'static str = "submission";
    const ABOUT: &'static str = "a submission in C, in a process of its own";
    const WORDS: &'static [Word<Self>] = &[];
    const IS_NATIVE: bool = true;

    type Heap<P: Probe> = RemoteHeap<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<RemoteHeap<P>, OutOfMemory> {
        let _ = align; // C code has its own
        let Some(programs) = &self.programs else {
            panic!("a submission in C has no program");
        };
        RemoteHeap::build(programs, arena)
    }
}

/// A heap whose functions are C, in another process.
pub struct RemoteHeap<P: Probe> {
    /// None once it is taken.
    arena: Option<Arena<P>>,
    /// None once another heap may have it.
    process: RefCell<Option<Process>>,
    sizes: Sizes,
    programs: Arc<Programs>,
}

impl<P: Probe> RemoteHeap<P> {
    /// Has a program set up an empty heap on this machine.
    ///
    /// # Errors
    /// If it says that it can't.
    pub(crate) fn build(
        programs: &Arc<Programs>,
        mut arena: Arena<P>,
    ) -> Result<RemoteHeap<P>, OutOfMemory> {
        let process = idle::process_on(programs, &mut arena);
        let process = process.unwrap_or_else(|error| call::host_fails(&error));
        let mut heap = RemoteHeap {
            arena: Some(arena),
            process: RefCell::new(Some(process)),
            sizes: Sizes::default(),
            programs: Arc::clone(programs),
        };
        heap.init().map(|()| heap)
    }

    fn init(&mut self) -> Result<(), OutOfMemory> {
        let Some(returns) = self.programs.interface.init else { return Ok(()) };
        let (mut segment, mut bytes) = (0, 0);
        if self.programs.interface.is_given_segment {
            let room = self.process.get_mut().as_ref().map_or(0, Process::room_bytes);
            bytes = self.arena().limit_bytes().min(room) & !0xffff;
            let mut left = bytes;
            while left > 0 {
                let part = left.min(1 << 30);
                self.arena_mut().sbrk(part as i32)?;
                left -= part;
            }
            let start = self.arena().start();
            self.arena_mut().note_high_water(start);
            segment = pointer(start);
        }
        let answer = self.call(ask::INIT, segment, bytes.into()) as i32;
        if returns.is_well(answer) { Ok(()) } else { Err(OutOfMemory) }
    }

    /// Has the program call a function, and returns its answer.
    fn call(&mut self, function: u64, a: u64, b: u64) -> u64 {
        let wanted = Message { kind: function, a, b, c: 0 };
        match (self.process.get_mut(), &mut self.arena) {
            (Some(process), Some(arena)) => process.call(Use::Whole(arena), wanted, None),
            _ => unreachable!("the machine is taken once"),
        }
    }

    /// Has the program call a function that only looks at the heap, and returns what `read` makes
    /// of its answer and of what it has shown.
    fn look<T>(&self, function: u64, read: impl FnOnce(&mut Process, u64) -> T) -> T {
        let mut process = self.process.borrow_mut();
        let Some(process) = process.as_mut() else { unreachable!("the process is taken once") };
        let wanted = Message { kind: function, ..Message::default() };
        let answer = process.call(Use::Look(self.arena()), wanted, None);
        read(process, answer)
    }

    /// Returns the address of a pointer that a function returned for a request of `size` bytes.
    fn granted(&mut self, pointer: u64, size: u32) -> Result<Addr, HeapError> {
        if pointer == 0 {
            return if size == 0 { Ok(Addr::NULL) } else { Err(HeapError::OutOfMemory) };
        }
        let Some(payload) = addr_of(pointer) else {
            return Err(HeapError::OutsideMachine { pointer });
        };
        self.sizes.hold(payload, size);
        if self.programs.interface.is_given_segment && self.arena().contains(payload, size) {
            self.arena_mut().note_high_water(payload + size);
        }
        Ok(payload)
    }

    /// Lets go of the program, and returns the machine.
    fn take_arena(&mut self) -> Option<Arena<P>> {
        let process = self.process.get_mut().take();
        process.into_iter().for_each(idle::give_back);
        self.arena.take()
    }
}

impl<P: Probe> Drop for RemoteHeap<P> {
    fn drop(&mut self) {
        drop(self.take_arena());
    }
}

impl<P: Probe> Heap for RemoteHeap<P> {
    type Probe = P;

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        let pointer = self.call(ask::MALLOC, size.into(), 0);
        self.granted(pointer, size)
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        self.sizes.let_go(payload);
        self.call(ask::FREE, pointer(payload), 0);
        Ok(())
    }

    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        if !self.programs.interface.has_realloc {
            return Err(HeapError::NotOffered);
        }
        let answer = self.call(ask::REALLOC, pointer(payload), size.into());
        if answer != 0 || size == 0 {
            self.sizes.let_go(payload);
        }
        self.granted(answer, size)
    }

    fn calloc(&mut self, count: u32, size: u32) -> Result<Addr, HeapError> {
        let bytes = count.checked_mul(size).ok_or(HeapError::OutOfMemory)?;
        if self.programs.interface.has_calloc {
            let pointer = self.call(ask::CALLOC, count.into(), size.into());
            return self.granted(pointer, bytes);
        }
        // Without a calloc, the program clears its block itself.
        let payload = self.malloc(bytes)?;
        if !payload.is_null()
            && let Some(payload) = self.arena_mut().payload_mut(payload, bytes)
        {
            payload.fill(0);
        }
        Ok(payload)
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        self.sizes.of(payload).ok_or_else(|| PointerFault::NotAllocated.at(payload))
    }

    fn check(&self) -> Result<(), Violation> {
        let Some((_, returns)) = self.programs.interface.check else { return Ok(()) };
        let answer = self.look(ask::CHECK, |_, answer| answer);
        if returns == Returns::Void || returns.is_well(answer as i32) {
            Ok(())
        } else {
            Err(Violation::OwnCheck)
        }
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let is_there = self.shows_blocks();
        let blocks = is_there.then(|| self.look(ask::BLOCKS, |process, _| process.shown_blocks()));
        blocks.unwrap_or_default().into_iter()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        let is_there = self.programs.is_local && self.programs.interface.has_free_lists;
        let lists = is_there.then(|| self.look(ask::LISTS, |process, _| process.shown_lists()));
        lists.unwrap_or_default().into_iter()
    }

    fn shows_blocks(&self) -> bool {
        self.programs.is_local && self.programs.interface.has_blocks
    }

    fn refuses_bad_pointers(&self) -> bool {
        false
    }

    fn arena(&self) -> &Arena<P> {
        self.arena.as_ref().unwrap_or_else(|| unreachable!("the machine is taken once"))
    }

    fn arena_mut(&mut self) -> &mut Arena<P> {
        self.arena.as_mut().unwrap_or_else(|| unreachable!("the machine is taken once"))
    }

    fn into_arena(mut self) -> Arena<P> {
        self.take_arena().unwrap_or_else(|| unreachable!("the machine is taken once"))
    }

    fn timed_calls(&mut self) -> TimedCalls<'_> {
        match P::IS_SILENT && self.programs.is_local {
            true => TimedCalls::OfProcess(self),
            false => TimedCalls::OfTrait,
        }
    }
}

impl<P: Probe> MakeAll for RemoteHeap<P> {
    fn make_all(
        &mut self,
        steps: &[Step],
        slots: &mut [Addr],
        progress: &dyn Fn(u64),
    ) -> Option<Duration> {
        let is_segment = self.programs.interface.is_given_segment;
        let process = self.process.get_mut().as_mut()?;
        let taken = calls::make(process, self.arena.as_mut()?, steps, slots, is_segment, progress);
        Some(taken.unwrap_or_else(|error| call::host_fails(&error)))
    }
}
