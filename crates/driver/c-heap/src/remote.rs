//! A heap in C that runs in a process of its own, which is not trusted: for grades.
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

mod link;
mod message;

use crate::compiler::Build;
use crate::crash;
use crate::interface::{Interface, Returns};
use crate::lines::Lines;
use crate::sizes::Sizes;
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, HEAP_START, OutOfMemory, Probe, WORD_BYTES};
use heaplab_heap::{
    Align, BlockView, Design, Heap, HeapError, Listed, PointerFault, Violation, Word,
};
use heaplab_replay::foreign::{self, Foreign};
use heaplab_replay::{Frame, Place};
use link::{BASE, Link};
use message::{Access, Message, Report, SHARED_BYTES, ask, tell};
use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;

/// Returns the command that starts one of the two programs of a submission, in its sandbox.
pub type Launch = dyn Fn(Build) -> io::Result<Command> + Send + Sync;

/// The two programs that were made of a submission in C.
pub struct Programs {
    /// The functions that it has.
    pub interface: Interface,
    /// The file of the checked program, which has the lines.
    pub checked: PathBuf,
    /// Starts a program.
    pub launch: Box<Launch>,
}

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
    arena: Arena<P>,
    link: RefCell<Link>,
    sizes: Sizes,
    /// The lines of the code; none for a plain build, which reports nothing.
    source: Option<Rc<Source>>,
    programs: Arc<Programs>,
}

/// The lines of a program.
struct Source(Lines);

impl Foreign for Source {
    fn place(&self, pc: usize) -> Option<Place> {
        self.0.place(pc)
    }

    fn frames(&self, pc: usize) -> Vec<Frame> {
        self.0.frames(pc)
    }

    fn address_of(&self, pointer: u64) -> Option<Addr> {
        addr_of(pointer).filter(|&addr| addr >= HEAP_START)
    }

    fn pointer_to(&self, addr: Addr) -> u64 {
        BASE + u64::from(addr.to_word())
    }
}

/// The machine during a call: a call that only looks can't move the break.
enum Use<'a, P: Probe> {
    Whole(&'a mut Arena<P>),
    Look(&'a Arena<P>),
}

impl<P: Probe> Use<'_, P> {
    fn arena(&self) -> &Arena<P> {
        match self {
            Use::Whole(arena) => arena,
            Use::Look(arena) => arena,
        }
    }
}

impl<P: Probe> RemoteHeap<P> {
    fn build(programs: &Arc<Programs>, mut arena: Arena<P>) -> Result<RemoteHeap<P>, OutOfMemory> {
        let build = if P::IS_SILENT { Build::Plain } else { Build::Checked };
        let start = u64::from(arena.start().to_word());
        let link = arena
            .share(SHARED_BYTES)
            .and_then(|memory| Link::start((programs.launch)(build)?, memory, start))
            .unwrap_or_else(|error| host_fails(&error));
        let source = (!P::IS_SILENT).then(|| {
            let lines = Lines::read(&programs.checked, 0);
            Rc::new(Source(lines.unwrap_or_else(|error| host_fails(&error))))
        });
        let mut heap = RemoteHeap {
            arena,
            link: RefCell::new(link),
            sizes: Sizes::default(),
            source,
            programs: Arc::clone(programs),
        };
        heap.init().map(|()| heap)
    }

    fn init(&mut self) -> Result<(), OutOfMemory> {
        let Some(returns) = self.programs.interface.init else { return Ok(()) };
        let (mut segment, mut bytes) = (0, 0);
        if self.programs.interface.is_given_segment {
            bytes = self.arena.limit_bytes() & !0xffff;
            let mut left = bytes;
            while left > 0 {
                let part = left.min(1 << 30);
                self.arena.sbrk(part as i32)?;
                left -= part;
            }
            let start = self.arena.start();
            self.arena.note_high_water(start);
            segment = pointer(start);
        }
        let answer = self.call(ask::INIT, segment, bytes.into()) as i32;
        if returns.is_well(answer) { Ok(()) } else { Err(OutOfMemory) }
    }

    /// Has the program call a function, and returns its answer.
    fn call(&mut self, function: u64, a: u64, b: u64) -> u64 {
        let source = self.source.clone();
        let link = self.link.get_mut();
        call(link, Use::Whole(&mut self.arena), source, Message { kind: function, a, b, c: 0 })
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
        if self.programs.interface.is_given_segment && self.arena.contains(payload, size) {
            self.arena.note_high_water(payload + size);
        }
        Ok(payload)
    }
}

/// Ends this process as one that was ended from outside: the submission is not to blame.
fn host_fails(error: &dyn std::fmt::Display) -> ! {
    eprintln!("{error}");
    // SAFETY: neither call has conditions. The signal's default action ends the process.
    unsafe {
        libc::signal(libc::SIGTERM, libc::SIG_DFL);
        libc::raise(libc::SIGTERM);
    }
    std::process::abort()
}

/// Returns the program's pointer to an address; null is null.
fn pointer(addr: Addr) -> u64 {
    if addr.is_null() { 0 } else { BASE + u64::from(addr.to_word()) }
}

/// Returns the address of a pointer of the program, if it is into the machine.
fn addr_of(pointer: u64) -> Option<Addr> {
    let offset = pointer.checked_sub(BASE)?;
    u32::try_from(offset).ok().map(Addr::new)
}

/// Has the program do what a message asks, serves its calls of `sbrk` meanwhile, and returns its
/// answer. Ends this process, with a verdict, if the program ends.
fn call<P: Probe>(
    link: &mut Link,
    mut machine: Use<'_, P>,
    source: Option<Rc<Source>>,
    wanted: Message,
) -> u64 {
    let running = source.clone().map(|source| foreign::enter(source));
    let brk = pointer(machine.arena().brk());
    let mut said = link.say(Message { c: brk, ..wanted });
    let answer = loop {
        let heard = said.and_then(|()| link.hear());
        let Ok(message) = heard else {
            let how = link.end();
            crash::end_with("crash", format!("the C code ended its process: {how}"), Vec::new());
        };
        match link.reports(message.b) {
            Ok(reports) => reports.for_each(|report| pass_on(machine.arena(), report)),
            Err(error) => host_fails(&error),
        }
        said = match message.kind {
            tell::RETURNED => break message.a,
            tell::SBRK => {
                foreign::at(message.c as usize);
                let old = sbrk(&mut machine, message.a as i64);
                let (start, brk) = (machine.arena().start(), machine.arena().brk());
                link.say(Message { kind: 0, a: old, b: pointer(start), c: pointer(brk) })
            }
            tell::FULL => link.say(Message::default()),
            tell::ENDED => {
                let (function, text) = (link.text(0), link.text(1));
                let text = (function == "assert").then_some(text);
                let message_of = crash::words_of_end(&function, message.a as i64, text);
                crash::end_with("crash", message_of, frames(source.as_ref(), message.c));
            }
            tell::CRASHED => {
                let (code, words) = crash_of(link, message.a);
                crash::end_with(code, words, frames(source.as_ref(), message.c));
            }
            _ => {
                let words = "the C code talks to its driver".to_owned();
                crash::end_with("crash", words, Vec::new());
            }
        };
    };
    drop(running);
    // The checked build reports such accesses. Code that evades the reports is found here.
    let used =
        machine.arena().brk().to_word().max(
            machine.arena().start().to_word().saturating_add(machine.arena().high_water_bytes()),
        );
    const PAGE_BYTES: u64 = 4096;
    const MACHINE_BYTES: u64 = 1 << 32;
    let start = u64::from(machine.arena().start().to_word());
    let end = u64::from(used).next_multiple_of(PAGE_BYTES);
    if P::IS_SILENT && (link.is_used(0, start) || link.is_used(end, MACHINE_BYTES)) {
        let words = "the C code writes to memory outside of the heap".to_owned();
        crash::end_with("crash", words, Vec::new());
    }
    answer
}

/// Returns what `sbrk` returns in C.
fn sbrk<P: Probe>(machine: &mut Use<'_, P>, increment: i64) -> u64 {
    const FAILED: u64 = u64::MAX;
    let Use::Whole(arena) = machine else { return FAILED };
    let Ok(increment) = i32::try_from(increment) else {
        // Past a signed word nothing is granted; the probe sees a refused call.
        let brk = arena.brk();
        arena.probe().on_sbrk(i32::MAX, brk, brk);
        return FAILED;
    };
    arena.sbrk(increment).map_or(FAILED, pointer)
}

/// Passes a report on to the probe, which panics if the access breaks a rule.
fn pass_on<P: Probe>(arena: &Arena<P>, report: Report) {
    const NEAR_NULL_BYTES: u64 = 4096;
    foreign::at(report.pc as usize);
    let (probe, size) = (arena.probe(), report.size);
    let is_store = matches!(report.access, Access::Store | Access::Copy | Access::Fill);
    let is_near_null = report.at.wrapping_add(NEAR_NULL_BYTES) < 2 * NEAR_NULL_BYTES;
    let near_null = is_near_null.then(|| Addr::new(report.at as u32));
    let Some(addr) = addr_of(report.at).or(near_null) else {
        probe.on_outside(report.at, size, is_store);
        return;
    };
    match report.access {
        Access::Load if size == WORD_BYTES => probe.on_load(addr),
        Access::Load => probe.on_load_bytes(addr, size),
        Access::LoadToCopy => foreign::only_copies(|| probe.on_load_bytes(addr, size)),
        Access::Store if size == WORD_BYTES => probe.on_store(addr),
        Access::Store => probe.on_store_bytes(addr, size),
        Access::Fill => probe.on_zero(addr, size),
        Access::Copy => match addr_of(report.from) {
            Some(from) => probe.on_copy(from, addr, size),
            None => probe.on_store_bytes(addr, size),
        },
    }
}

fn frames(source: Option<&Rc<Source>>, pc: u64) -> Vec<Frame> {
    source.map_or_else(Vec::new, |source| source.0.frames(pc as usize))
}

/// Returns what a signal in the program says.
fn crash_of(link: &Link, signal: u64) -> (&'static str, String) {
    let bytes = link.text_bytes(0);
    let is_of_stack = bytes.first().is_some_and(|&byte| byte == 1);
    let address = bytes.get(8..16).and_then(|bytes| bytes.try_into().ok());
    let address = usize::from_ne_bytes(address.unwrap_or_default());
    crash::words_of_signal(i32::try_from(signal).unwrap_or_default(), address, is_of_stack)
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
            && let Some(payload) = self.arena.payload_mut(payload, bytes)
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
        let wanted = Message { kind: ask::CHECK, ..Message::default() };
        let mut link = self.link.borrow_mut();
        let answer = call(&mut link, Use::Look(&self.arena), self.source.clone(), wanted);
        if returns == Returns::Void || returns.is_well(answer as i32) {
            Ok(())
        } else {
            Err(Violation::OwnCheck)
        }
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        std::iter::empty()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        std::iter::empty()
    }

    fn shows_blocks(&self) -> bool {
        false
    }

    fn refuses_bad_pointers(&self) -> bool {
        false
    }

    fn arena(&self) -> &Arena<P> {
        &self.arena
    }

    fn arena_mut(&mut self) -> &mut Arena<P> {
        &mut self.arena
    }

    fn into_arena(self) -> Arena<P> {
        self.arena
    }
}
