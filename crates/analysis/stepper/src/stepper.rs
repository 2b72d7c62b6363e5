//! What the screen shows and what keys do to it, without a terminal.

use crate::filmed::Outside;
use crate::goal::Goal;
use crate::key::{Flow, Key};
use crate::playground::{self, Playground};
use crate::side::Side;
use heaplab_film::{Failure, Kind};
use heaplab_trace::Trace;
use ratatui::layout::Rect;
use std::collections::HashMap;
use std::sync::Arc;

/// One or two heaps on a trace, at one step.
pub struct Stepper<'a> {
    pub(crate) outside: Box<dyn Outside<'a> + 'a>,
    pub(crate) sides: Vec<Side<'a>>,
    pub(crate) trace: Arc<Trace>,
    /// The trace's name, as it is shown.
    pub(crate) title: String,
    /// How many operations are done.
    pub(crate) done: usize,
    /// The heap that keys are about.
    pub(crate) focus: usize,
    pub(crate) mode: Mode,
    /// What is typed.
    pub(crate) input: String,
    /// What is answered to the last key.
    pub(crate) message: String,
    pub(crate) is_hex: bool,
    pub(crate) has_colors: bool,
    pub(crate) playground: Option<Playground>,
    /// How many words of the chosen block are above the ones that are shown.
    pub(crate) scroll: usize,
    /// What was last looked for.
    kind: Option<Kind>,
    /// Where to go as soon as the film is recorded up to there.
    pub(crate) goal: Option<Goal>,
    /// A line of the playground that is typed again, from the latest.
    pub(crate) recalled: usize,
    /// Where clicks choose a block.
    pub(crate) clickable: Vec<Clickable>,
    /// Source files that were read.
    sources: HashMap<String, Option<Arc<Vec<String>>>>,
}

/// A row of the screen whose cells stand for blocks.
#[derive(Clone, Debug)]
pub(crate) struct Clickable {
    pub(crate) area: Rect,
    pub(crate) side: usize,
    /// The payload of the block at each column.
    pub(crate) payloads: Vec<Option<u32>>,
}

/// What the next key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A command.
    Look,
    /// A part of a line of the playground.
    Type,
    /// A part of a line number.
    Line,
    /// A part of an address.
    Address,
    /// What to look for, and whether forwards.
    Find(bool),
    /// Nothing: it closes the help.
    Help,
}

/// A page of steps.
const PAGE: usize = 10;

impl<'a> Stepper<'a> {
    /// Records heaps on a trace and shows them before the first operation.
    ///
    /// # Errors
    /// If a heap can't be recorded, or none is named.
    pub fn new(
        outside: Box<dyn Outside<'a> + 'a>,
        heaps: &[String],
        trace: Arc<Trace>,
        title: &str,
    ) -> Result<Stepper<'a>, String> {
        let mut stepper = Stepper {
            outside,
            sides: Vec::new(),
            trace,
            title: title.to_owned(),
            done: 0,
            focus: 0,
            mode: Mode::Look,
            input: String::new(),
            message: String::new(),
            is_hex: true,
            has_colors: true,
            playground: None,
            scroll: 0,
            kind: None,
            goal: None,
            recalled: 0,
            clickable: Vec::new(),
            sources: HashMap::new(),
        };
        if heaps.is_empty() {
            return Err("error: there is not a heap to show".to_owned());
        }
        for heap in heaps {
            let film = stepper.outside.record(heap, &stepper.trace)?;
            let mut side = Side::new(heap, film);
            side.go(0)?;
            side.pending = side.film.more()?;
            stepper.sides.push(side);
        }
        Ok(stepper)
    }

    /// Begins with an empty heap; the reader types the operations.
    ///
    /// # Errors
    /// As for [`new`](Stepper::new).
    pub fn playground(
        outside: Box<dyn Outside<'a> + 'a>,
        heaps: &[String],
    ) -> Result<Stepper<'a>, String> {
        let trace = playground::made(Vec::new())?;
        let mut stepper = Stepper::new(outside, heaps, trace, "playground")?;
        stepper.playground = Some(Playground::default());
        stepper.mode = Mode::Type;
        stepper.message =
            "type a 0 24 and press Enter; f 0, r 0 40, undo, save FILE, help, quit".to_owned();
        Ok(stepper)
    }

    /// Returns the same screen with or without colours.
    #[must_use]
    pub fn with_colors(mut self, has_colors: bool) -> Stepper<'a> {
        self.has_colors = has_colors;
        self
    }

    /// Returns how many steps of the longest film are recorded.
    pub fn steps(&self) -> usize {
        self.sides.iter().map(|side| side.film.steps()).max().unwrap_or(0)
    }

    /// Returns the heaps whose run ends before its trace does: the name, the steps, and why.
    pub fn failures(&self) -> Vec<(String, usize, Failure)> {
        let failed = self
            .sides
            .iter()
            .filter_map(|side| Some((side.name.clone(), side.film.steps(), side.film.failure()?)));
        failed.collect()
    }

    /// Does what a key means.
    pub fn press(&mut self, key: Key) -> Flow {
        if self.goal.take().is_some() {
            self.message.clear();
        }
        let flow = self.do_key(key);
        if let Some(said) = self.outside.said() {
            self.message = format!("the heap says: {said}");
        }
        flow
    }

    fn do_key(&mut self, key: Key) -> Flow {
        if let Key::Click { column, row } = key {
            self.click(column, row);
            return Flow::Stay;
        }
        match self.mode {
            Mode::Look => return self.look(key),
            Mode::Type => return self.type_on(key),
            Mode::Line | Mode::Address => self.type_place(key),
            Mode::Find(forwards) => self.find_with(key, forwards),
            Mode::Help => self.mode = self.resting(),
        }
        Flow::Stay
    }

    /// Returns the mode when nothing else is going on.
    fn resting(&self) -> Mode {
        if self.playground.is_some() { Mode::Type } else { Mode::Look }
    }

    fn look(&mut self, key: Key) -> Flow {
        self.message.clear();
        match key {
            Key::Char('q') => return Flow::Quit,
            Key::Char('?') => self.mode = Mode::Help,
            Key::Char('x') => self.is_hex = !self.is_hex,
            Key::Char('i') => self.toggle_inside(),
            Key::Char('h') => self.focus = (self.focus + 1) % self.sides.len().max(1),
            Key::Char('n') => self.mode = Mode::Find(true),
            Key::Char('N') => self.mode = Mode::Find(false),
            Key::Char('g') => self.ask(Mode::Line),
            Key::Char('/') => self.ask(Mode::Address),
            Key::Char(':') | Key::Enter if self.playground.is_some() => self.mode = Mode::Type,
            Key::Escape if self.sides[self.focus].inside.is_some() => self.toggle_inside(),
            Key::Escape => self.sides[self.focus].pinned = None,
            key => self.walk(key),
        }
        Flow::Stay
    }

    fn ask(&mut self, mode: Mode) {
        self.input.clear();
        self.mode = mode;
    }

    /// Does what keys mean that move through the run, the blocks or the words.
    pub(crate) fn walk(&mut self, key: Key) {
        match key {
            Key::Left => self.back(1),
            Key::Right => self.forth(1),
            Key::PageUp => self.back(PAGE),
            Key::PageDown => self.forth(PAGE),
            Key::Home => self.back(usize::MAX),
            Key::End => self.forth(usize::MAX),
            Key::Tab | Key::BackTab => {
                self.scroll = 0;
                self.sides[self.focus].choose_next(key == Key::Tab);
            }
            Key::Up => self.scroll = self.scroll.saturating_sub(1),
            Key::Down => self.scroll += 1,
            _ => {}
        }
    }

    fn back(&mut self, count: usize) {
        match &mut self.sides[self.focus].inside {
            Some(inside) if inside.done == 0 && count == 1 => {
                self.message = "this is the beginning of the call; Esc leaves it".to_owned();
            }
            Some(inside) => inside.done = inside.done.saturating_sub(count),
            None if self.done == 0 => self.message = "nothing was called before".to_owned(),
            None => self.go(self.done.saturating_sub(count)),
        }
    }

    fn forth(&mut self, count: usize) {
        let is_end = self.done == self.steps() && !self.is_recording();
        match &mut self.sides[self.focus].inside {
            Some(inside) if inside.done == inside.accesses.len() => {
                self.message = "this is the end of the call; Esc leaves it".to_owned();
            }
            Some(inside) => {
                inside.done = inside.done.saturating_add(count).min(inside.accesses.len());
            }
            None if is_end => {
                self.message = match self.sides.iter().any(Side::has_failed) {
                    true => "the run ends here".to_owned(),
                    false => "this is the end of the trace".to_owned(),
                };
            }
            None => drop(self.reach(Goal::Done(self.done.saturating_add(count)))),
        }
    }

    /// Goes to where `done` operations are done, with all heaps.
    pub(crate) fn go(&mut self, done: usize) {
        self.scroll = 0;
        for side in &mut self.sides {
            if let Err(error) = side.go(done) {
                self.message = error;
                return;
            }
        }
        self.done = done;
    }

    fn toggle_inside(&mut self) {
        let side = &mut self.sides[self.focus];
        self.scroll = 0;
        let turned = match side.inside {
            Some(_) => side.go(side.scene.done),
            None => side.enter(),
        };
        if let Err(error) = turned {
            self.message = error;
        }
    }

    /// Goes to the next step of a kind, or the one before.
    fn find_with(&mut self, key: Key, forwards: bool) {
        self.mode = Mode::Look;
        let kind = match key {
            Key::Char('s') => Some(Kind::Split),
            Key::Char('m') => Some(Kind::Merge),
            Key::Char('b') => Some(Kind::Sbrk),
            Key::Char('r') => Some(Kind::Move),
            Key::Char('f') => Some(Kind::Failure),
            Key::Char('n' | 'N') => self.kind,
            _ => None,
        };
        let Some(kind) = kind else {
            self.message = "nothing was looked for".to_owned();
            return;
        };
        self.kind = Some(kind);
        self.reach(Goal::Find(kind, forwards));
    }

    /// Returns the next step of a kind, or the one before, among those that are recorded.
    pub(crate) fn found(&mut self, kind: Kind, forwards: bool) -> Result<Option<usize>, String> {
        let last = self.done.checked_sub(1);
        let mut found = Vec::new();
        for side in &mut self.sides {
            let step = match (forwards, last) {
                (true, last) => side.film.next(kind, last)?,
                (false, Some(last)) => side.film.previous(kind, last)?,
                (false, None) => None,
            };
            found.extend(step);
        }
        Ok(if forwards { found.into_iter().min() } else { found.into_iter().max() })
    }

    fn click(&mut self, column: u16, row: u16) {
        let hit = self.clickable.iter().find(|one| one.area.contains((column, row).into()));
        let Some(hit) = hit else {
            return;
        };
        self.focus = hit.side;
        let there = hit.payloads.get(usize::from(column - hit.area.x)).copied().flatten();
        if there.is_some() {
            self.sides[hit.side].pinned = there;
            self.scroll = 0;
        }
    }

    /// Returns the lines of a source file, if it can be read.
    pub(crate) fn source(&mut self, file: &str) -> Option<Arc<Vec<String>>> {
        if let Some(known) = self.sources.get(file) {
            return known.clone();
        }
        let text = self.outside.source(file);
        let lines = text.map(|text| Arc::new(text.lines().map(str::to_owned).collect()));
        self.sources.insert(file.to_owned(), lines.clone());
        lines
    }
}
