//! The playground's line: what is typed, and the trace that it makes.

use crate::key::{Flow, Key};
use crate::playground::{self, Entered, Playground};
use crate::side::Side;
use crate::stepper::{Mode, Stepper};
use heaplab_trace::Trace;
use std::sync::Arc;

impl Stepper<'_> {
    /// Types a line of the playground.
    pub(crate) fn type_on(&mut self, key: Key) -> Flow {
        match key {
            Key::Char('?') if self.input.is_empty() => self.mode = Mode::Help,
            Key::Char(sign) => self.input.push(sign),
            Key::Backspace => drop(self.input.pop()),
            Key::Escape if self.input.is_empty() => {
                self.mode = Mode::Look;
                self.message = "keys are commands now; Enter goes back to typing".to_owned();
            }
            Key::Escape => self.input.clear(),
            Key::Up | Key::Down => self.recall(key == Key::Up),
            Key::Enter => {
                self.recalled = 0;
                let line = std::mem::take(&mut self.input);
                return self.enter_line(line.trim());
            }
            key => {
                self.message.clear();
                self.walk(key);
            }
        }
        Flow::Stay
    }

    /// Shows a line that was typed before.
    fn recall(&mut self, earlier: bool) {
        let lines = self.playground.as_ref().map_or(&[][..], |playground| &playground.lines);
        self.recalled = match earlier {
            true => (self.recalled + 1).min(lines.len()),
            false => self.recalled.saturating_sub(1),
        };
        self.input = match self.recalled {
            0 => String::new(),
            back => lines[lines.len() - back].clone(),
        };
    }

    fn enter_line(&mut self, line: &str) -> Flow {
        let Some(playground) = &self.playground else {
            return Flow::Stay;
        };
        self.message.clear();
        match playground.understand(line, self.trace.ops()) {
            Ok(Entered::Nothing) => {}
            Ok(Entered::Extended(trace)) => self.extend(line, trace),
            Ok(Entered::Undo) => self.undo(),
            Ok(Entered::Save(file)) => self.save(&file),
            Ok(Entered::Help) => self.mode = Mode::Help,
            Ok(Entered::Quit) => return Flow::Quit,
            Err(why) => self.message = why,
        }
        Flow::Stay
    }

    fn extend(&mut self, line: &str, trace: Arc<Trace>) {
        if let Some(side) = self.sides.iter().find(|side| side.film.failure().is_some()) {
            self.message = format!("{} has failed: `undo` goes back to before it", side.name);
            return;
        }
        let before = self.trace.ops().len();
        if self.record(trace)
            && let Some(playground) = &mut self.playground
        {
            playground.remember(line, before);
        }
    }

    fn undo(&mut self) {
        let before = self.playground.as_mut().and_then(Playground::forget);
        let Some(before) = before else {
            self.message = "there is nothing to undo".to_owned();
            return;
        };
        match playground::made(self.trace.ops()[..before].to_vec()) {
            Ok(trace) => drop(self.record(trace)),
            Err(error) => self.message = error,
        }
    }

    /// Records all heaps on another trace and goes to its end. Returns whether all could be.
    fn record(&mut self, trace: Arc<Trace>) -> bool {
        let mut sides = Vec::new();
        for side in &self.sides {
            let made = self.outside.record(&side.name, &trace).and_then(|film| {
                let mut new = Side::new(&side.name, film);
                new.pinned = None;
                new.go(usize::MAX)?;
                Ok(new)
            });
            match made {
                Ok(new) => sides.push(new),
                Err(error) => {
                    self.message = error;
                    return false;
                }
            }
        }
        (self.sides, self.trace, self.scroll) = (sides, trace, 0);
        self.done = self.steps();
        true
    }

    fn save(&mut self, file: &str) {
        let ops = self.trace.ops().len();
        let saved =
            playground::written(&self.trace).and_then(|bytes| self.outside.save(file, &bytes));
        self.message = match saved {
            Ok(()) => {
                let heap = &self.sides[self.focus].name;
                format!("{ops} operations are in {file}: run {heap} --trace {file}")
            }
            Err(error) => error,
        };
    }
}
