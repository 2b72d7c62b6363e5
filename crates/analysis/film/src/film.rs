//! The film: recorded once, then seen at any step.

use crate::error::FilmError;
use crate::options::{KnownFault, Options};
use crate::player::{Halt, Player};
use crate::probe::{Counts, Detail};
use crate::step::{Failure, Kind, Step};
use crate::view::View;
use heaplab_arena::Addr;
use heaplab_heap::Design;
use heaplab_replay::Position;
use heaplab_trace::{Op, Trace};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

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
    pub(crate) player: Player<D>,
    /// What is noteworthy of each operation that is recorded: a byte each.
    marks: Vec<u8>,
    /// What is known to be wrong.
    known: Option<KnownFault>,
    is_complete: bool,
    /// Why the run ends at its last operation, or after it.
    pub(crate) ending: Option<Ending>,
    /// What the views showed last, and how many operations were done: a few of them, the latest
    /// last.
    pub(crate) seen: VecDeque<(usize, Arc<View>)>,
    /// Steps of a heap that can't go back, and what the views show after them.
    pub(crate) window: BTreeMap<usize, (Step, Arc<View>)>,
}

pub(crate) struct Ending {
    pub(crate) failure: Failure,
    /// Whether the last operation is to blame, and not the run.
    pub(crate) is_of_last: bool,
    /// Whether the last operation may be performed.
    pub(crate) is_fatal: bool,
}

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
                let failure = answer.err().map(|halt| Failure::from(&halt));
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
}
