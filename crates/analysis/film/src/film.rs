//! The film: recorded once, then seen at any step.

use crate::access::{Access, Event, Source};
use crate::changes;
use crate::options::{KnownFault, Options};
use crate::owners::Owners;
use crate::player::{Diverged, Halt, NotBuilt, Player};
use crate::probe::{Counts, Detail};
use crate::step::{Cost, FactsSoFar, Failure, Kind, Notes, Returned, SbrkCall, Step};
use crate::view::{HeapView, View};
use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::Design;
use heaplab_replay::{Call, Position};
use heaplab_trace::{Op, Trace};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

/// Why there is no film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilmError {
    /// The empty heap could not be set up.
    NotBuilt(Failure),
    /// The host gave no address space for a machine.
    NoMachine(String),
    /// The heap gave another answer to this operation than when the film was recorded.
    NotRepeated {
        /// The operation, from 0.
        op_index: usize,
    },
    /// The film has fewer steps.
    NoSuchStep {
        /// The step that was asked for, from 0.
        step: usize,
        /// How many there are.
        len: usize,
    },
}

impl fmt::Display for FilmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilmError::NotBuilt(failure) => {
                write!(f, "the empty heap can't be set up: {}", failure.message)
            }
            FilmError::NoMachine(error) => f.write_str(error),
            FilmError::NotRepeated { op_index } => write!(
                f,
                "the heap gave another answer to operation {op_index} when it was repeated on a \
                 machine with the same memory: does it keep data outside the simulated heap?"
            ),
            FilmError::NoSuchStep { step, len } => {
                write!(f, "there is no step {step}: the film has {len} steps, counted from 0")
            }
        }
    }
}

impl std::error::Error for FilmError {}

impl From<Diverged> for FilmError {
    fn from(diverged: Diverged) -> FilmError {
        FilmError::NotRepeated { op_index: diverged.op_index }
    }
}

impl From<NotBuilt> for FilmError {
    fn from(not_built: NotBuilt) -> FilmError {
        match not_built {
            NotBuilt::NoMachine(error) => FilmError::NoMachine(error.to_string()),
            NotBuilt::NoRoom => FilmError::NotBuilt(Failure {
                code: "not-built".to_owned(),
                message: "sbrk was refused".to_owned(),
            }),
            NotBuilt::Halted(halt) => FilmError::NotBuilt(failure(&halt)),
        }
    }
}

/// A run of a trace on a heap, of which every step can be seen, in any order.
///
/// ```
/// # use heaplab_film::{Film, Kind, Options};
/// # use heaplab_trace::{Id, Op, Trace, Weight};
/// # use std::sync::Arc;
/// let ops = vec![Op::Malloc { id: Id(0), size: 24 }, Op::Free { id: Id(0) }];
/// let trace = Arc::new(Trace::from_ops("two", Weight::Both, ops)?);
/// let mut film = Film::record(heaplab_implicit::Policy::default(), trace, Options::default())?;
/// assert_eq!(film.len(), 2);
/// let free = film.step(1)?;
/// assert_eq!(free.call, "free(0x10010)");
/// assert_eq!(free.notes.merges, 1);
/// assert_eq!(film.next(Kind::Split, None), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Film<D: Design> {
    player: Player<D>,
    /// What is noteworthy of each operation that is recorded: a byte each.
    marks: Vec<u8>,
    /// What is known to be wrong.
    known: Option<KnownFault>,
    is_complete: bool,
    /// Why the run ends at its last operation, or after it.
    ending: Option<Ending>,
    /// What the views showed last, and how many operations were done: a few of them, the latest
    /// last.
    seen: VecDeque<(usize, Arc<View>)>,
    /// Steps of a heap that can't go back, and what the views show after them.
    window: BTreeMap<usize, (Step, Arc<View>)>,
}

struct Ending {
    failure: Failure,
    /// Whether the last operation is to blame, and not the run.
    is_of_last: bool,
    /// Whether the last operation may be performed.
    is_fatal: bool,
}

/// A heap that can't go back begins anew, and then keeps this many steps.
const WINDOW: usize = 64;

/// A step back needs what the views showed before it, and shows what they showed after it.
const MOST_SEEN: usize = 3;

/// Recording more ends after this many loads and stores: some hundredths of a second.
const MOST_ACCESSES_AT_ONCE: u64 = 1 << 21;

const SPLIT: u8 = 1;
const MERGE: u8 = 2;
const SBRK: u8 = 4;
const MOVE: u8 = 8;

impl<D: Design> Film<D> {
    /// Runs a trace on a heap, up to its end or to the operation at which the heap refuses, panics
    /// or loops; no operation is checked otherwise, see [`Options::fault`].
    ///
    /// # Errors
    /// If there is no empty heap to begin with.
    pub fn record(design: D, trace: Arc<Trace>, options: Options) -> Result<Film<D>, FilmError> {
        Film::record_watched(design, trace, options, &|_| ())
    }

    /// As [`record`](Film::record); `watch` is called before each call of the heap.
    ///
    /// # Errors
    /// As for [`record`](Film::record).
    pub fn record_watched(
        design: D,
        trace: Arc<Trace>,
        options: Options,
        watch: &dyn Fn(Position),
    ) -> Result<Film<D>, FilmError> {
        let mut film = Film::begin(design, trace, options, watch)?;
        while !film.is_complete {
            film.record_more(usize::MAX, watch)?;
        }
        Ok(film)
    }

    /// Begins a film without a step: [`record_more`](Film::record_more) adds some.
    ///
    /// # Errors
    /// As for [`record`](Film::record).
    pub fn begin(
        design: D,
        trace: Arc<Trace>,
        options: Options,
        watch: &dyn Fn(Position),
    ) -> Result<Film<D>, FilmError> {
        let (known, ops) = (options.fault.clone(), trace.ops().len());
        let mut film = Film {
            player: Player::new(design, trace, options, watch)?,
            marks: Vec::with_capacity(ops),
            known: None,
            is_complete: false,
            ending: None,
            seen: VecDeque::new(),
            window: BTreeMap::new(),
        };
        match known {
            Some(fault) => film.end_with(fault),
            None => film.complete_if_due(),
        }
        Ok(film)
    }

    /// Records up to `most_ops` further operations, and fewer if they are slow. The film may be
    /// seen in between, as far as it is recorded.
    ///
    /// # Errors
    /// If the heap does not repeat what it did.
    pub fn record_more(
        &mut self,
        most_ops: usize,
        watch: &dyn Fn(Position),
    ) -> Result<(), FilmError> {
        if self.is_complete || !self.player.go_to_edge(self.marks.len(), most_ops, watch)? {
            return Ok(());
        }
        let mut accesses = 0;
        let end = self.ops_to_perform().min(self.len().saturating_add(most_ops));
        for index in self.len()..end {
            let (answer, counts) = self.player.run(index, Detail::Counts, watch);
            self.marks.push(self.marks_of(index, &answer, &counts));
            self.player.returned.push(*answer.as_ref().unwrap_or(&Addr::NULL));
            if !self.player.is_allowed(&answer) {
                let failure = answer.err().map(|halt| failure(&halt));
                self.ending =
                    failure.map(|failure| Ending { failure, is_of_last: true, is_fatal: false });
                break;
            }
            self.player.checkpoint_if_due(&counts);
            accesses += counts.loads + counts.stores;
            if accesses > MOST_ACCESSES_AT_ONCE {
                break;
            }
        }
        self.complete_if_due();
        Ok(())
    }

    /// Records up to and including a step.
    ///
    /// # Errors
    /// As for [`record_more`](Film::record_more).
    pub(crate) fn record_to(
        &mut self,
        ops: usize,
        watch: &dyn Fn(Position),
    ) -> Result<(), FilmError> {
        while !self.is_complete && self.len() < ops {
            self.record_more(ops - self.len(), watch)?;
        }
        Ok(())
    }

    /// Ends the film with a fault that was found elsewhere. Steps after it are gone.
    pub fn end_with(&mut self, fault: KnownFault) {
        self.known = Some(fault);
        let ops = self.ops_to_perform();
        if self.len() > ops {
            self.marks.truncate(ops);
            self.player.returned.truncate(ops);
            self.ending = None;
        }
        self.seen.clear();
        self.window.clear();
        self.complete_if_due();
    }

    /// Returns how many operations the heap performs at most: those up to the known fault, but not
    /// one that ends the process.
    fn ops_to_perform(&self) -> usize {
        let all = self.player.trace.ops().len();
        let known = self.known.as_ref().and_then(|fault| Some((fault.op_index?, fault.is_fatal)));
        known.map_or(all, |(last, is_fatal)| all.min(last + usize::from(!is_fatal)))
    }

    /// Notes the end of the run if it is there.
    fn complete_if_due(&mut self) {
        if self.is_complete && self.known.is_none() {
            return;
        }
        self.is_complete = self.ending.is_some() || self.len() >= self.ops_to_perform();
        let Some(fault) = self.known.clone().filter(|_| self.is_complete) else {
            return;
        };
        let is_of_last = fault.op_index.is_some();
        let is_fatal = fault.is_fatal && is_of_last;
        if is_fatal && self.ending.is_none() && self.len() < self.player.trace.ops().len() {
            self.marks.push(0);
        }
        self.ending = Some(Ending { failure: fault.failure, is_of_last, is_fatal });
    }

    /// Returns whether all steps are recorded.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn marks_of(&self, index: usize, answer: &Result<Addr, Halt>, counts: &Counts) -> u8 {
        let mark = |is_so: bool, mark: u8| if is_so { mark } else { 0 };
        let before = self.player.holders.given_by(index).map(|giver| self.player.returned[giver]);
        let has_moved = match (self.player.trace.ops()[index], before, answer) {
            (Op::Realloc { size: 1.., .. }, Some(before), Ok(now)) => before != *now,
            _ => false,
        };
        mark(counts.splits > 0, SPLIT)
            | mark(counts.merges > 0, MERGE)
            | mark(counts.sbrk_calls > 0, SBRK)
            | mark(has_moved, MOVE)
    }

    /// Returns how many steps are recorded: the trace's operations, up to and including the one at
    /// which the heap fails.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Returns whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns the trace.
    pub fn trace(&self) -> &Trace {
        &self.player.trace
    }

    /// Returns why the run does not go on after the last step, or what is wrong with all of it.
    pub fn failure(&self) -> Option<&Failure> {
        self.ending.as_ref().map(|ending| &ending.failure)
    }

    /// Returns whether steps are seen in any order equally fast: the heap's value can be copied
    /// ([`Heap::copy_onto`](heaplab_heap::Heap::copy_onto)). Otherwise going back begins anew.
    pub fn has_checkpoints(&self) -> bool {
        self.player.has_checkpoints()
    }

    /// Returns the bytes that the film keeps besides the trace and the machine.
    pub fn kept_bytes(&self) -> usize {
        const A_STEP: usize = size_of::<u8>() + size_of::<Addr>() + 2 * size_of::<u32>();
        self.player.checkpoint_bytes() + self.len() * A_STEP
    }

    /// Returns the first step after `from` of this kind; the first of all if `from` is none.
    pub fn next(&self, kind: Kind, from: Option<usize>) -> Option<usize> {
        let first = from.map_or(0, |from| from + 1);
        (first..self.len()).find(|step| self.is(kind, *step))
    }

    /// Returns the last step before `from` of this kind.
    pub fn previous(&self, kind: Kind, from: usize) -> Option<usize> {
        (0..from.min(self.len())).rev().find(|step| self.is(kind, *step))
    }

    fn is(&self, kind: Kind, step: usize) -> bool {
        let mark = match kind {
            Kind::Split => SPLIT,
            Kind::Merge => MERGE,
            Kind::Sbrk => SBRK,
            Kind::Move => MOVE,
            Kind::Failure => return self.ending.is_some() && step + 1 == self.len(),
        };
        self.marks[step] & mark != 0
    }

    /// Returns the first step whose operation stands on this line of the trace, or below it.
    pub fn at_line(&self, line: u32) -> Option<usize> {
        let trace = &self.player.trace;
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from + (to - from) / 2;
            if trace.line(middle) < line {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        (from < self.len()).then_some(from)
    }

    /// Returns a step, from 0.
    ///
    /// # Errors
    /// If there are fewer steps, or the heap does not repeat what it did.
    pub fn step(&mut self, step: usize) -> Result<Step, FilmError> {
        self.step_watched(step, &|_| ())
    }

    /// As [`step`](Film::step); `watch` is called before each call of the heap.
    ///
    /// # Errors
    /// As for [`step`](Film::step).
    pub fn step_watched(
        &mut self,
        step: usize,
        watch: &dyn Fn(Position),
    ) -> Result<Step, FilmError> {
        self.expect(step)?;
        if let Some((step, _)) = self.window.get(&step) {
            return Ok(step.clone());
        }
        let goes_back = self.player.done.is_none_or(|done| done > step);
        if goes_back && !self.has_checkpoints() {
            self.fill_window(step, watch)?;
        }
        Ok(self.perform(step, Detail::Accesses, watch)?.0)
    }

    /// Keeps the steps before this one.
    fn fill_window(&mut self, step: usize, watch: &dyn Fn(Position)) -> Result<(), FilmError> {
        self.window.clear();
        for earlier in (step + 1).saturating_sub(WINDOW)..step {
            let (made, _) = self.perform(earlier, Detail::Accesses, watch)?;
            let view = self.view_after(earlier + 1, watch);
            self.window.insert(earlier, (made, view));
        }
        Ok(())
    }

    /// Returns everything that the allocator did within a step, in order, with the functions that
    /// ran; a call that does not end is cut off.
    ///
    /// # Errors
    /// As for [`step`](Film::step).
    pub fn accesses(
        &mut self,
        step: usize,
        watch: &dyn Fn(Position),
    ) -> Result<Vec<Access>, FilmError> {
        self.expect(step)?;
        Ok(self.perform(step, Detail::Calls, watch)?.1)
    }

    fn expect(&self, step: usize) -> Result<(), FilmError> {
        match step < self.len() {
            true => Ok(()),
            false => Err(FilmError::NoSuchStep { step, len: self.len() }),
        }
    }

    /// Performs an operation again and looks at what it does.
    fn perform(
        &mut self,
        index: usize,
        detail: Detail,
        watch: &dyn Fn(Position),
    ) -> Result<(Step, Vec<Access>), FilmError> {
        self.player.seek(index, watch)?;
        let before = self.view_after(index, watch);
        let op = self.player.trace.ops()[index];
        let held = self.player.holders.given_by(index).map(|giver| self.player.returned[giver]);
        let is_last = index + 1 == self.len();
        let ending = self.ending.as_ref().filter(|_| is_last);
        let (answer, counts) = match ending.filter(|ending| ending.is_fatal) {
            Some(_) => (Err(Halt::EndlessLoop), Counts::default()),
            None => self.player.run(index, detail, watch),
        };
        let is_fatal = ending.is_some_and(|ending| ending.is_fatal);
        let accesses = if is_fatal { Vec::new() } else { self.player.probe().take_recorded() };
        if !is_fatal && *answer.as_ref().unwrap_or(&Addr::NULL) != self.player.returned[index] {
            return Err(FilmError::NotRepeated { op_index: index });
        }
        let failure = ending.filter(|ending| ending.is_of_last).map(|end| end.failure.clone());
        let after = match is_fatal {
            true => Arc::clone(&before),
            false => self.view_after(index + 1, watch),
        };
        let step = Step {
            op_index: index,
            line: self.player.trace.line(index),
            operation: op.to_string(),
            call: called(op, held.unwrap_or(Addr::NULL)),
            result: returned(op, &answer),
            blocks: changes::blocks(&before, &after),
            lists: changes::lists(&before, &after),
            stores: accesses.iter().filter(|access| access.event.writes()).cloned().collect(),
            notes: notes(&counts, &accesses),
            cost: Cost { loads: counts.loads, stores: counts.stores },
            facts: FactsSoFar { ops: index + 1, ..self.player.facts },
            failure,
        };
        Ok((step, accesses))
    }

    /// Returns what the heap's views show now that `done` operations are done.
    fn view_after(&mut self, done: usize, watch: &dyn Fn(Position)) -> Arc<View> {
        if let Some((_, view)) = self.seen.iter().find(|(at, _)| *at == done) {
            return Arc::clone(view);
        }
        let view = Arc::new(self.player.view(watch));
        if self.seen.len() == MOST_SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back((done, Arc::clone(&view)));
        view
    }

    /// Returns the whole heap when `done` operations are done.
    ///
    /// # Errors
    /// If there are fewer steps, or the heap does not repeat what it did.
    pub fn heap(&mut self, done: usize, watch: &dyn Fn(Position)) -> Result<HeapView, FilmError> {
        let view = self.view_at(done, watch)?;
        let player = &self.player;
        let mut owners = Owners::at(&player.trace, &player.holders, &player.returned, done);
        let arena = player.arena();
        Ok(owners.shown(done, &view, (arena.start(), arena.brk())))
    }

    fn view_at(&mut self, done: usize, watch: &dyn Fn(Position)) -> Result<Arc<View>, FilmError> {
        self.go_to(done, watch)?;
        Ok(self.view_after(done, watch))
    }

    /// Brings the heap to where `done` operations are done, the last of which may be the one that
    /// it fails in.
    fn go_to(&mut self, done: usize, watch: &dyn Fn(Position)) -> Result<(), FilmError> {
        if done > self.len() {
            return Err(FilmError::NoSuchStep { step: done, len: self.len() });
        }
        let fails = done == self.len() && self.ending.as_ref().is_some_and(|end| end.is_of_last);
        match done.checked_sub(1).filter(|_| fails) {
            Some(last) => self.perform(last, Detail::Counts, watch).map(drop),
            None => Ok(self.player.seek(done, watch)?),
        }
    }

    /// Returns bytes of the machine when `done` operations are done; none if they are not all in
    /// the machine. What the program would have in its payloads is not there: payloads hold what
    /// the allocator left in them.
    ///
    /// # Errors
    /// As for [`heap`](Film::heap).
    pub fn bytes(
        &mut self,
        done: usize,
        (addr, size): (u32, u32),
        watch: &dyn Fn(Position),
    ) -> Result<Option<Vec<u8>>, FilmError> {
        self.go_to(done, watch)?;
        let arena = self.player.arena();
        Ok(arena.payload(Addr::new(addr), size).map(<[u8]>::to_vec))
    }
}

fn failure(halt: &Halt) -> Failure {
    let (code, message) = match halt {
        Halt::Refused(error) => ("refused", format!("the call was refused: {error}")),
        Halt::Panicked(message) => ("panic", format!("the heap panicked: {message}")),
        Halt::EndlessLoop => {
            ("endless-loop", "the call makes loads and stores without end".to_owned())
        }
    };
    Failure { code: code.to_owned(), message }
}

/// Returns the call, with its arguments.
fn called(op: Op, payload: Addr) -> String {
    match op {
        Op::Write { bytes, .. } => format!("the program writes {bytes} bytes to {payload}"),
        op => Call::of(op, payload).to_string(),
    }
}

fn returned(op: Op, answer: &Result<Addr, Halt>) -> Returned {
    match (answer, op) {
        (_, Op::Write { .. }) => Returned::NotCalled,
        (Ok(_), Op::Free { .. } | Op::FreeNull) => Returned::Nothing,
        (Ok(addr), _) => Returned::Address(addr.to_word()),
        (Err(Halt::Refused(error)), _) => Returned::Refused(error.to_string()),
        (Err(Halt::Panicked(_) | Halt::EndlessLoop), _) => Returned::Stopped,
    }
}

fn notes(counts: &Counts, accesses: &[Access]) -> Notes {
    let sbrk = |access: &Access| match &access.event {
        Event::Sbrk { increment, old, new } if *increment != 0 => Some(SbrkCall {
            increment: *increment,
            is_refused: old == new,
            source: Source::clone(&access.source),
        }),
        _ => None,
    };
    Notes {
        search_steps: counts.search_steps,
        splits: counts.splits,
        merges: counts.merges,
        sbrk_calls: accesses.iter().filter_map(sbrk).collect(),
    }
}
