//! A step is seen: its operation is performed once more, from the checkpoint before it.

use crate::access::{Access, Event, Source};
use crate::changes;
use crate::error::FilmError;
use crate::film::Film;
use crate::owners::Owners;
use crate::player::Halt;
use crate::probe::{Counts, Detail};
use crate::step::{Cost, FactsSoFar, Notes, Returned, SbrkCall, Step};
use crate::view::{HeapView, View};
use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::Design;
use heaplab_replay::{Call, Position};
use heaplab_trace::Op;
use std::sync::Arc;

/// A heap that can't go back begins anew, and then keeps this many steps.
const WINDOW: usize = 64;

/// A step back needs what the views showed before it, and shows what they showed after it.
const MOST_SEEN: usize = 3;

impl<D: Design> Film<D> {
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
