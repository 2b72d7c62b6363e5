//! A running program that serves a heap.

use super::call::{self, Unseen, Use, host_fails};
use super::link::{Greeting, Link};
use super::message::{Access, Message, Report, tell};
use super::pointers::{addr_of, pointer};
use super::programs::Programs;
use super::source::Source;
use crate::compiler::Build;
use crate::crash;
use crate::lines::Lines;
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, HEAP_START, Probe};
use heaplab_heap::{BlockView, Listed};
use heaplab_replay::Frame;
use heaplab_replay::foreign::{self, Foreign};
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

/// A running program that serves a heap.
pub(crate) struct Process {
    pub(crate) link: Link,
    pub(crate) programs: Arc<Programs>,
    pub(crate) build: Build,
    pub(crate) greeting: Greeting,
    /// The machine that it has, if it may get another one: a file, and its bytes that are the
    /// machine.
    pub(crate) memory: Option<(Arc<OwnedFd>, usize)>,
    /// The process that started it: a copy of this process can't use it.
    owner: u32,
    /// The lines of the code; none for a plain build, which reports nothing.
    source: Option<Rc<Source>>,
    /// Whether a call has not returned: then it can serve no other heap.
    is_busy: bool,
    unseen: Option<Unseen>,
    /// What the last call has shown.
    shown: Vec<Report>,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn start(
        programs: &Arc<Programs>,
        build: Build,
        greeting: Greeting,
        memory: (OwnedFd, usize),
    ) -> io::Result<Process> {
        let command = (programs.launch)(build)?;
        let link = Link::start(command, memory, HEAP_START.to_word().into(), greeting)?;
        let lines = || Lines::read(programs.file(build), 0).map_err(io::Error::other);
        let source = match build {
            Build::Plain => None,
            Build::Checked => {
                let asked = greeting != Greeting::Jailed;
                let asked = asked.then(|| link.asked()).transpose()?;
                Some(Rc::new(Source::new(lines()?, asked)))
            }
        };
        Ok(Process {
            link,
            programs: Arc::clone(programs),
            build,
            greeting,
            memory: None,
            owner: std::process::id(),
            source,
            is_busy: false,
            unseen: None,
            shown: Vec::new(),
        })
    }

    /// Returns whether it may serve another heap.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_busy && self.memory.is_some() && self.is_of_this_process()
    }

    /// Returns whether it was started by this process, and not by one that this is a copy of.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.owner == std::process::id()
    }

    /// Returns the most bytes that a heap may have in the program.
    pub(crate) fn room_bytes(&self) -> u32 {
        const GAP_BYTES: u64 = 1 << 16;
        let room = self.link.mapped_bytes() - u64::from(HEAP_START.to_word()) - GAP_BYTES;
        u32::try_from(room).unwrap_or(u32::MAX)
    }

    /// Has the program do what a message asks, serves its calls of `sbrk` meanwhile, and returns
    /// its answer. Calls `meanwhile` from time to time. Ends this process, with a verdict, if the
    /// program ends.
    pub(crate) fn call<P: Probe>(
        &mut self,
        mut machine: Use<'_, P>,
        wanted: Message,
        meanwhile: Option<&dyn Fn()>,
    ) -> u64 {
        let source = self.source.clone();
        let running = source.clone().map(|source| foreign::enter(source));
        source.iter().for_each(|source| source.calls.borrow_mut().clear());
        self.shown.clear();
        // The heap can't be used again if the probe does not return.
        self.is_busy = true;
        let brk = pointer(machine.arena().brk());
        let mut said = self.link.say(Message { c: brk, ..wanted });
        let answer = loop {
            let heard = said.and_then(|()| match meanwhile {
                Some(meanwhile) => self.link.hear_while(meanwhile),
                None => self.link.hear(),
            });
            let Ok(message) = heard else { self.has_ended() };
            self.pass_on(machine.arena(), message.b);
            said = match message.kind {
                tell::RETURNED => break message.a,
                tell::SBRK => {
                    self.show_last_store(machine.arena());
                    foreign::at(message.c as usize);
                    let old = call::sbrk(&mut machine, message.a as i64, self.room_bytes());
                    let (start, brk) = (machine.arena().start(), machine.arena().brk());
                    self.link.say(Message { kind: 0, a: old, b: pointer(start), c: pointer(brk) })
                }
                tell::FULL => {
                    let most = machine.arena().heap_bytes() as usize / 8 + 16;
                    let is_enough = self.shown.len() > most;
                    self.link.say(Message { kind: is_enough.into(), ..Message::default() })
                }
                tell::ENDED => self.has_called(message),
                tell::CRASHED => {
                    let (code, words) = crash_of(&self.link, message.a);
                    crash::end_with(code, words, self.frames(message.c));
                }
                _ => {
                    let words = "the C code talks to its driver".to_owned();
                    crash::end_with("crash", words, Vec::new());
                }
            };
        };
        self.show_last_store(machine.arena());
        drop(running);
        self.is_busy = false;
        if P::IS_SILENT && self.greeting == Greeting::Jailed {
            self.expect_inside(&machine);
        }
        answer
    }

    /// The checked build reports accesses outside of the heap. Code that evades the reports is
    /// found here.
    fn expect_inside<P: Probe>(&self, machine: &Use<'_, P>) {
        let arena = machine.arena();
        let used = arena
            .brk()
            .to_word()
            .max(arena.start().to_word().saturating_add(arena.high_water_bytes()));
        const PAGE_BYTES: u64 = 4096;
        const MACHINE_BYTES: u64 = 1 << 32;
        let start = u64::from(arena.start().to_word());
        let end = u64::from(used).next_multiple_of(PAGE_BYTES);
        if self.link.is_used(0, start) || self.link.is_used(end, MACHINE_BYTES) {
            let words = "the C code writes to memory outside of the heap".to_owned();
            crash::end_with("crash", words, Vec::new());
        }
    }

    fn pass_on<P: Probe>(&mut self, arena: &Arena<P>, count: u64) {
        let reports = self.link.reports(count).unwrap_or_else(|error| host_fails(&error));
        let is_shown = |report: &&Report| matches!(report.access, Access::Block | Access::Listed);
        self.shown.extend(reports.iter().filter(is_shown));
        let is_local = self.greeting != Greeting::Jailed;
        let source = self.source.as_deref();
        call::pass_on(arena, &reports, source, self.link.file(), is_local, &mut self.unseen);
    }

    fn show_last_store<P: Probe>(&mut self, arena: &Arena<P>) {
        call::show_last_store(arena, self.source.as_deref(), &mut self.unseen);
    }

    /// The code called a function that ends or copies its process.
    fn has_called(&self, message: Message) -> ! {
        let (function, text) = (self.link.text(0), self.link.text(1));
        let text = (function == "assert").then_some(text);
        let words = crash::words_of_end(&function, message.a as i64, text);
        crash::end_with("crash", words, self.frames(message.c))
    }

    /// The program talks no more.
    fn has_ended(&mut self) -> ! {
        let how = self.link.end();
        let frames = self.frames(0);
        crash::end_with("crash", format!("the C code ended its process: {how}"), frames)
    }

    /// Returns the functions that run, if the program tells that; and at least the one at `pc`.
    fn frames(&self, pc: u64) -> Vec<Frame> {
        if let Some(source) = &self.source {
            return source.frames(pc as usize);
        }
        if self.greeting == Greeting::Jailed {
            return Vec::new();
        }
        let lines = Lines::read(self.programs.file(self.build), 0);
        lines.map_or_else(|_| Vec::new(), |lines| lines.frames(pc as usize))
    }

    /// Takes the blocks that the last call has shown.
    pub(crate) fn shown_blocks(&mut self) -> Vec<BlockView> {
        let blocks = self.shown.drain(..).filter(|report| report.access == Access::Block);
        let block = |report: Report| BlockView {
            start: addr_of(report.at).unwrap_or(Addr::NULL),
            size: report.size,
            payload: addr_of(report.from).unwrap_or(Addr::NULL),
            allocated: report.pc != 0,
        };
        blocks.map(block).collect()
    }

    /// Takes the entries of lists that the last call has shown.
    pub(crate) fn shown_lists(&mut self) -> Vec<Listed> {
        let listed = self.shown.drain(..).filter(|report| report.access == Access::Listed);
        let entry = |report: Report| Listed {
            list: report.size,
            payload: addr_of(report.at).unwrap_or(Addr::NULL),
        };
        listed.map(entry).collect()
    }
}

/// Returns what a signal in the program says.
fn crash_of(link: &Link, signal: u64) -> (&'static str, String) {
    let bytes = link.text_bytes(0);
    let is_of_stack = bytes.first().is_some_and(|&byte| byte == 1);
    let address = bytes.get(8..16).and_then(|bytes| bytes.try_into().ok());
    let address = usize::from_ne_bytes(address.unwrap_or_default());
    crash::words_of_signal(i32::try_from(signal).unwrap_or_default(), address, is_of_stack)
}
