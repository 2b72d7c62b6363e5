//! A heap that runs a trace's operations, and can be put back to a checkpoint.

use crate::holders::Holders;
use crate::memory::{Memory, is_kept};
use crate::options::Options;
use crate::probe::{Counts, Detail, FilmProbe, TooManyAccesses};
use crate::step::FactsSoFar;
use crate::view::View;
use heaplab_arena::host::{BreakState, Host};
use heaplab_arena::{self as arena, Addr, Arena, OutOfMemory, WORD_BYTES};
use heaplab_heap::{Design, Heap, HeapError};
use heaplab_replay::{Position, call};
use heaplab_trace::{Op, Trace};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A heap on a machine of its own, part of the way through a trace.
pub(crate) struct Player<D: Design> {
    design: D,
    pub(crate) trace: Arc<Trace>,
    pub(crate) options: Options,
    pub(crate) holders: Holders,
    /// What each operation returned when it was recorded; null where there is nothing.
    pub(crate) returned: Vec<Addr>,
    probe: FilmProbe,
    heap: D::Heap<FilmProbe>,
    /// How many operations the heap has done; none if it stopped within one.
    pub(crate) done: Option<usize>,
    pub(crate) facts: FactsSoFar,
    memory: Memory,
    checkpoints: Vec<Checkpoint<D>>,
    /// The checkpoint that the probe's changes of memory begin at.
    changed_from: usize,
    spacing: Spacing,
    since: Spacing,
}

/// A moment that the heap can be put back to.
struct Checkpoint<D: Design> {
    done: usize,
    /// The heap's own value. Its machine is not used.
    heap: D::Heap<FilmProbe>,
    brk: BreakState,
    facts: FactsSoFar,
    log_end: usize,
}

/// How far apart checkpoints are: either of the two is enough for the next one.
#[derive(Clone, Copy, Default)]
struct Spacing {
    ops: usize,
    accesses: u64,
}

const FIRST_SPACING: Spacing = Spacing { ops: 500, accesses: 1 << 17 };

/// With more checkpoints than this, every second one is given up: the host limits the number of
/// mappings.
const MOST_CHECKPOINTS: usize = 8192;

/// The same if the differences between the checkpoints take more bytes than this.
const MOST_LOG_BYTES: usize = 96 << 20;

/// The allowances of the checked machine ([`heaplab_replay::check_accesses`]), so that a heap that
/// passes there passes here.
const ACCESSES_ALLOWED: u64 = 10_000;
const ACCESSES_ALLOWED_A_WORD: u64 = 32;
const VIEW_ACCESSES_ALLOWED: u64 = 1_000_000;
const VIEW_ACCESSES_ALLOWED_A_WORD: u64 = 4096;

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It refused.
    Refused(HeapError),
    /// It panicked, with this message.
    Panicked(String),
    /// It made more accesses than any call that ends.
    EndlessLoop,
}

/// Why there is no empty heap to begin with.
#[derive(Debug)]
pub(crate) enum NotBuilt {
    /// The host gave no address space.
    NoMachine(arena::ReserveError),
    /// There was not enough memory below the heap limit.
    NoRoom,
    /// Setting it up did not end well.
    Halted(Halt),
}

impl<D: Design> Player<D> {
    /// Returns a player before the first operation.
    pub(crate) fn new(
        design: D,
        trace: Arc<Trace>,
        options: Options,
        watch: &dyn Fn(Position),
    ) -> Result<Player<D>, NotBuilt> {
        let probe = FilmProbe::default();
        let (heap, set_up) = build(&design, &options, &probe, watch)?;
        let mut player = Player {
            holders: Holders::of(&trace),
            returned: Vec::with_capacity(trace.ops().len()),
            design,
            trace,
            options,
            probe,
            heap,
            done: Some(0),
            facts: FactsSoFar::default(),
            memory: Memory::default(),
            checkpoints: Vec::new(),
            changed_from: 0,
            spacing: FIRST_SPACING,
            since: Spacing::default(),
        };
        player.begin_facts(&set_up);
        player.set_checkpoint();
        if !player.has_checkpoints() {
            player.probe.forget_changes();
        }
        Ok(player)
    }

    /// The words that setting up the empty heap takes are among the facts, as in those of `run`.
    fn begin_facts(&mut self, set_up: &Counts) {
        let (loads, stores) = (set_up.loads, set_up.stores);
        self.facts = FactsSoFar { loads, stores, ..FactsSoFar::default() };
        self.note_segment();
    }

    fn note_segment(&mut self) {
        let arena = self.heap.arena();
        self.facts.heap_bytes = arena.heap_bytes();
        self.facts.peak_heap_bytes = arena.high_water_bytes();
        self.facts.sbrk_calls = arena.sbrk_calls();
    }

    /// Returns whether the heap's value can be copied, which checkpoints need.
    pub(crate) fn has_checkpoints(&self) -> bool {
        !self.checkpoints.is_empty()
    }

    /// Performs the next operation. A refusal is a result if the heap may run out of memory.
    pub(crate) fn run(
        &mut self,
        index: usize,
        detail: Detail,
        watch: &dyn Fn(Position),
    ) -> (Result<Addr, Halt>, Counts) {
        watch(Position::Op(index));
        let op = self.trace.ops()[index];
        let held = self.holders.given_by(index).map(|giver| self.returned[giver]);
        self.done = None;
        let words = u64::from(self.facts.heap_bytes / WORD_BYTES);
        self.probe.begin(ACCESSES_ALLOWED + ACCESSES_ALLOWED_A_WORD * words, detail);
        let heap = &mut self.heap;
        let payload = held.unwrap_or(Addr::NULL);
        let answer = catch_unwind(AssertUnwindSafe(|| call(heap, op, payload)));
        let counts = self.probe.end();
        let answer = match answer {
            Ok(Ok(addr)) => Ok(addr),
            Ok(Err(HeapError::OutOfMemory)) if self.options.may_run_out => {
                Err(Halt::Refused(HeapError::OutOfMemory))
            }
            Ok(Err(error)) => Err(Halt::Refused(error)),
            Err(unwound) => Err(halt(unwound)),
        };
        self.note_segment();
        self.facts.ops = index + 1;
        self.facts.loads += counts.loads;
        self.facts.stores += counts.stores;
        if answer.is_ok() || self.is_allowed(&answer) {
            self.done = Some(index + 1);
            self.note_payload(index, op, answer.is_ok());
        }
        (answer, counts)
    }

    /// Returns whether the run goes on after this answer.
    pub(crate) fn is_allowed(&self, answer: &Result<Addr, Halt>) -> bool {
        let ran_out = matches!(answer, Err(Halt::Refused(HeapError::OutOfMemory)));
        answer.is_ok() || ran_out && self.options.may_run_out
    }

    /// Counts the bytes that the program holds.
    fn note_payload(&mut self, index: usize, op: Op, is_served: bool) {
        let ended = match op {
            Op::Free { .. } | Op::Realloc { .. } if is_served => self.held_bytes(index),
            _ => 0,
        };
        let given = match op {
            Op::Free { .. } | Op::FreeNull | Op::Write { .. } => 0,
            _ if !is_served => 0,
            _ => op.size().unwrap_or(0),
        };
        let live = self.facts.payload_bytes + u64::from(given);
        self.facts.payload_bytes = live.saturating_sub(u64::from(ended));
        let peak = self.facts.peak_payload_bytes.max(self.facts.payload_bytes);
        self.facts.peak_payload_bytes = peak;
    }

    /// Returns the requested bytes of the block that an operation resizes or frees; 0 if the heap
    /// refused to allocate it.
    fn held_bytes(&self, index: usize) -> u32 {
        let giver = self.holders.given_by(index);
        let giver = giver.filter(|giver| !self.returned[*giver].is_null());
        giver.and_then(|giver| self.trace.ops()[giver].size()).unwrap_or(0)
    }

    /// Sets a checkpoint if the last one is far away.
    pub(crate) fn checkpoint_if_due(&mut self, counts: &Counts) {
        self.since.ops += 1;
        self.since.accesses += counts.loads + counts.stores;
        let is_due =
            self.since.ops >= self.spacing.ops || self.since.accesses >= self.spacing.accesses;
        if is_due && self.has_checkpoints() {
            self.set_checkpoint();
        }
    }

    /// Sets a checkpoint, if the heap's value can be copied.
    fn set_checkpoint(&mut self) {
        self.since = Spacing::default();
        let unused = arena::Settings { limit_bytes: 0, ..arena::Settings::default() };
        let Ok(unused) = Arena::with(unused, self.probe.clone()) else {
            return; // the next one is as good
        };
        let (Some(heap), Some(done)) = (self.heap.copy_onto(unused), self.done) else {
            return;
        };
        let log_end = self.memory.take(self.heap.arena());
        let brk = self.heap.arena().break_state();
        self.changed_from = self.checkpoints.len();
        self.checkpoints.push(Checkpoint { done, heap, brk, facts: self.facts, log_end });
        if self.checkpoints.len() > MOST_CHECKPOINTS || self.memory.log_bytes() > MOST_LOG_BYTES {
            self.thin_out();
        }
    }

    /// Gives up every second checkpoint.
    fn thin_out(&mut self) {
        if self.checkpoints.len() < 3 {
            return;
        }
        let ends: Vec<usize> =
            self.checkpoints.iter().map(|checkpoint| checkpoint.log_end).collect();
        let new_ends = self.memory.join_pairs(&ends);
        let mut places = 0..ends.len();
        let is_kept = |at| is_kept(at, ends.len());
        self.checkpoints.retain(|_| places.next().is_some_and(is_kept));
        for (checkpoint, end) in self.checkpoints.iter_mut().zip(new_ends) {
            checkpoint.log_end = end;
        }
        self.changed_from = self.checkpoints.len() - 1;
        self.spacing.ops *= 2;
        self.spacing.accesses *= 2;
    }

    /// Brings the heap to where `done` operations are done.
    ///
    /// # Errors
    /// If the heap does not repeat what it did.
    pub(crate) fn seek(&mut self, done: usize, watch: &dyn Fn(Position)) -> Result<(), Diverged> {
        let nearest = self.checkpoints.partition_point(|checkpoint| checkpoint.done <= done);
        let nearest = nearest.checked_sub(1);
        let from = nearest.map_or(0, |nearest| self.checkpoints[nearest].done);
        if !self.done.is_some_and(|now| (from..=done).contains(&now)) {
            match nearest {
                Some(nearest) => self.restore(nearest)?,
                None => self.rebuild(watch)?,
            }
        }
        while let Some(index) = self.done.filter(|now| *now < done) {
            let (answer, _) = self.run(index, Detail::Counts, watch);
            if answer.unwrap_or(Addr::NULL) != self.returned[index] || self.done.is_none() {
                self.done = None;
                return Err(Diverged { op_index: index });
            }
        }
        Ok(())
    }

    /// Brings the heap to where recording goes on. A heap that can't go back may have to begin
    /// anew: if that takes more than `most_ops` operations, the rest is left for the next time, and
    /// the answer is false.
    ///
    /// # Errors
    /// As for [`seek`](Player::seek).
    pub(crate) fn go_to_edge(
        &mut self,
        done: usize,
        most_ops: usize,
        watch: &dyn Fn(Position),
    ) -> Result<bool, Diverged> {
        // The next checkpoint's differences are from the last one.
        if let Some(last) = self.checkpoints.len().checked_sub(1)
            && self.changed_from != last
        {
            self.restore(last)?;
        }
        let from = self.done.filter(|now| *now <= done).unwrap_or(0);
        let to = match self.has_checkpoints() {
            true => done,
            false => done.min(from.saturating_add(most_ops)),
        };
        self.seek(to, watch)?;
        Ok(to == done)
    }

    fn restore(&mut self, to: usize) -> Result<(), Diverged> {
        let [from, end] =
            [self.changed_from, to].map(|checkpoint| self.checkpoints[checkpoint].log_end);
        let checkpoint = &self.checkpoints[to];
        let diverged = Diverged { op_index: checkpoint.done };
        let unused = arena::Settings { limit_bytes: 0, ..arena::Settings::default() };
        let unused = Arena::with(unused, self.probe.clone()).map_err(|_| diverged)?;
        let idle = checkpoint.heap.copy_onto(unused).ok_or(diverged)?;
        let mut arena = std::mem::replace(&mut self.heap, idle).into_arena();
        self.memory.go(&mut arena, from, end);
        arena.restore(checkpoint.brk);
        self.heap = checkpoint.heap.copy_onto(arena).ok_or(diverged)?;
        self.facts = checkpoint.facts;
        self.done = Some(checkpoint.done);
        self.changed_from = to;
        Ok(())
    }

    /// Begins again with an empty heap.
    fn rebuild(&mut self, watch: &dyn Fn(Position)) -> Result<(), Diverged> {
        let built = build(&self.design, &self.options, &self.probe, watch);
        let (heap, set_up) = built.map_err(|_| Diverged { op_index: 0 })?;
        self.heap = heap;
        self.done = Some(0);
        self.begin_facts(&set_up);
        Ok(())
    }

    /// Returns what the heap's own views show; nothing if they do not end, or panic.
    pub(crate) fn view(&self, watch: &dyn Fn(Position)) -> View {
        watch(Position::Blocks(self.facts.ops));
        let words = u64::from(self.facts.heap_bytes / WORD_BYTES);
        self.probe
            .begin(VIEW_ACCESSES_ALLOWED + VIEW_ACCESSES_ALLOWED_A_WORD * words, Detail::Counts);
        let view = catch_unwind(AssertUnwindSafe(|| View::of(&self.heap)));
        self.probe.end();
        view.unwrap_or_default()
    }

    pub(crate) fn probe(&self) -> &FilmProbe {
        &self.probe
    }

    pub(crate) fn arena(&self) -> &Arena<FilmProbe> {
        self.heap.arena()
    }

    /// Returns how many bytes the checkpoints take, their memory not counted.
    pub(crate) fn checkpoint_bytes(&self) -> usize {
        self.checkpoints.len() * size_of::<Checkpoint<D>>() + self.memory.log_bytes()
    }
}

/// The heap gave another answer than when it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Diverged {
    pub(crate) op_index: usize,
}

fn build<D: Design>(
    design: &D,
    options: &Options,
    probe: &FilmProbe,
    watch: &dyn Fn(Position),
) -> Result<(D::Heap<FilmProbe>, Counts), NotBuilt> {
    watch(Position::Build);
    let settings = arena::Settings { limit_bytes: options.limit_bytes, refuse: options.refuse };
    let arena = Arena::with(settings, probe.clone()).map_err(NotBuilt::NoMachine)?;
    probe.begin(ACCESSES_ALLOWED, Detail::Counts);
    let built = catch_unwind(AssertUnwindSafe(|| design.build(arena, options.align)));
    let counts = probe.end();
    match built {
        Ok(Ok(heap)) => Ok((heap, counts)),
        Ok(Err(OutOfMemory)) => Err(NotBuilt::NoRoom),
        Err(unwound) => Err(NotBuilt::Halted(halt(unwound))),
    }
}

fn halt(unwound: Box<dyn Any + Send>) -> Halt {
    if unwound.is::<TooManyAccesses>() {
        return Halt::EndlessLoop;
    }
    let text = unwound.downcast_ref::<&str>().copied();
    let text = text.or_else(|| unwound.downcast_ref::<String>().map(String::as_str));
    Halt::Panicked(text.unwrap_or("with a value that is not text").to_owned())
}
