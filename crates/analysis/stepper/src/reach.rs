//! Goes to a place as soon as it is recorded, and records the rest of a run.

use crate::goal::Goal;
use crate::stepper::Stepper;
use heaplab_film::{Kind, Pending};

impl Stepper<'_> {
    /// Goes to the operation on this line of the trace, or the first one below it; if it is not
    /// recorded yet, as soon as it is. Returns whether there is one.
    pub fn go_to_line(&mut self, line: u32) -> bool {
        self.reach(Goal::Line(line))
    }

    /// Returns whether films are recorded or heaps are checked: [`go_on`](Stepper::go_on) is to be
    /// called when no key is pressed.
    pub fn is_pending(&self) -> bool {
        self.sides.iter().any(|side| side.pending != Pending::Nothing)
    }

    /// Returns whether films are recorded.
    pub fn is_recording(&self) -> bool {
        self.sides.iter().any(|side| side.pending == Pending::Recording)
    }

    /// Returns the heaps that are not checked yet.
    pub fn unchecked(&self) -> Vec<String> {
        let unchecked = self.sides.iter().filter(|side| side.pending != Pending::Nothing);
        unchecked.map(|side| side.name.clone()).collect()
    }

    /// Records some more of the films, and sees whether the heaps are checked.
    pub fn go_on(&mut self) {
        for side in self.sides.iter_mut().filter(|side| side.pending != Pending::Nothing) {
            let had_failed = side.film.failure().is_some();
            match side.film.more() {
                Ok(pending) => side.pending = pending,
                Err(error) => {
                    side.pending = Pending::Nothing;
                    self.message = error;
                }
            }
            if let Some(failure) = side.film.failure().filter(|_| !had_failed) {
                let place = match side.film.steps().checked_sub(1) {
                    Some(last) => format!(" on line {}", self.trace.line(last)),
                    None => String::new(),
                };
                self.message =
                    format!("{} is at fault{place}: {}; n f goes there", side.name, failure.code);
            }
        }
        // A fault ends the run: what was seen behind it is not part of it.
        let done = self.done.min(self.steps());
        if done < self.done || self.sides.iter().any(|side| side.scene.done > side.film.steps()) {
            self.go(done);
        }
        if let Some(goal) = self.goal.take() {
            self.message.clear();
            self.reach(goal);
        }
    }

    /// Goes to a place, or waits until it is recorded. Returns whether there is such a place.
    pub(crate) fn reach(&mut self, goal: Goal) -> bool {
        let found = match goal {
            Goal::Done(done) => Ok(self.recorded(done)),
            Goal::Line(line) => {
                let done = self.step_on_line(line).map(|step| step + 1);
                Ok(done.filter(|done| self.is_recorded(*done)))
            }
            Goal::Find(kind, forwards) => {
                let found = self.found(kind, forwards).map(|found| found.map(|step| step + 1));
                // The other heap may have one before, which is not recorded yet.
                found.map(|found| found.filter(|done| !forwards || self.is_recorded(*done)))
            }
        };
        match found {
            Ok(Some(done)) => {
                self.go(done);
                true
            }
            Ok(None) if self.may_come(goal) => {
                self.message = match self.is_recording() {
                    true => "recording up to there; any key stops waiting".to_owned(),
                    false => "the check is not over; any key stops waiting".to_owned(),
                };
                self.goal = Some(goal);
                true
            }
            Ok(None) => {
                self.message = not_there(goal);
                false
            }
            Err(error) => {
                self.message = error;
                false
            }
        }
    }

    /// Returns how many operations to do for `done` of them, or for all; none if that is not
    /// recorded.
    fn recorded(&self, done: usize) -> Option<usize> {
        self.is_recorded(done).then(|| done.min(self.steps()))
    }

    /// Returns whether all films that go on are recorded up to there.
    fn is_recorded(&self, done: usize) -> bool {
        let mut recording = self.sides.iter().filter(|side| side.pending == Pending::Recording);
        recording.all(|side| side.film.steps() >= done)
    }

    fn step_on_line(&self, line: u32) -> Option<usize> {
        // Lines ascend.
        let (mut from, mut to) = (0, self.steps());
        while from < to {
            let middle = from + (to - from) / 2;
            match self.trace.line(middle) < line {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        (from < self.steps()).then_some(from)
    }

    /// Returns whether a place that is not there may come.
    fn may_come(&self, goal: Goal) -> bool {
        match goal {
            Goal::Done(_) | Goal::Line(_) | Goal::Find(_, true) if self.is_recording() => true,
            Goal::Find(Kind::Failure, true) => self.is_pending(),
            _ => false,
        }
    }
}

fn not_there(goal: Goal) -> String {
    match goal {
        Goal::Done(_) => "the run ends here".to_owned(),
        Goal::Line(line) => format!("there is no step on line {line} or below it"),
        Goal::Find(kind, forwards) => {
            let where_to = if forwards { "after" } else { "before" };
            format!("there is not a {} {where_to} this step", name_of(kind))
        }
    }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Split => "split",
        Kind::Merge => "merge",
        Kind::Sbrk => "call of sbrk",
        Kind::Move => "moving realloc",
        Kind::Failure => "failure",
    }
}
