//! The title, the calls before, now and next, and what is answered.

use super::canvas::{BOLD, Canvas, PLAIN, REVERSED, wrapped};
use super::row;
use crate::stepper::{Mode, Stepper};
use heaplab_film::{Pending, Returned, Step};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

/// A row at the bottom.
pub(super) struct Answer {
    pub(super) text: String,
    is_failure: bool,
}

impl Answer {
    pub(super) fn style(&self, has_colors: bool) -> Style {
        match (self.is_failure, has_colors) {
            (true, true) => BOLD.fg(Color::Red),
            (true, false) => BOLD,
            (false, _) => PLAIN,
        }
    }
}

impl Stepper<'_> {
    pub(super) fn title(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let heaps: Vec<&str> = self.sides.iter().map(|side| side.name.as_str()).collect();
        let done = self.done;
        let steps = if self.is_recording() { self.trace.ops().len() } else { self.steps() };
        let place = match done.checked_sub(1) {
            Some(last) => format!("step {done} of {steps}, line {}", self.trace.line(last)),
            None => format!("before the first of {steps} steps"),
        };
        let text = format!("{place}: {} on {}", heaps.join(" and "), self.title);
        let keys = if self.mode == Mode::Type { "type help" } else { "? help  q quit" };
        let pending = self.pending().map_or(String::new(), |pending| format!("{pending}  "));
        let keys = format!("{pending}{keys}");
        let blank = " ".repeat(usize::from(area.width));
        canvas.line(area, &blank, REVERSED);
        let width = u16::try_from(keys.len()).unwrap_or(0);
        let left = Rect { width: area.width.saturating_sub(width + 1), ..area };
        canvas.line(left, &text, REVERSED);
        canvas.line(Rect { x: area.right() - width, width, ..area }, &keys, REVERSED);
    }

    /// Returns what is still going on with the films.
    fn pending(&self) -> Option<String> {
        if self.is_recording() {
            let recording = self.sides.iter().filter(|side| side.pending == Pending::Recording);
            let steps = recording.map(|side| side.film.steps()).min().unwrap_or(0);
            let all = self.trace.ops().len().max(1);
            return Some(format!("recorded {}%", 100 * steps / all));
        }
        self.sides.iter().find_map(|side| match &side.pending {
            Pending::Checking(Some(how_far)) => Some(format!("checked {how_far}")),
            Pending::Checking(None) => Some("checking".to_owned()),
            Pending::Recording | Pending::Nothing => None,
        })
    }

    /// Draws the call before, the one that was done last, and the next one.
    pub(super) fn calls(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let ops = self.trace.ops();
        let operation = |index: Option<usize>| {
            let index = index.filter(|index| *index < ops.len())?;
            Some(format!("line {}: {}", self.trace.line(index), ops[index]))
        };
        let nothing = || "nothing".to_owned();
        let before = operation(self.done.checked_sub(2)).unwrap_or_else(nothing);
        canvas.line(row(area, 0), &format!("before  {before}"), PLAIN);
        let now = match (self.sides.as_slice(), self.done.checked_sub(1)) {
            (_, None) => "nothing: the empty heap".to_owned(),
            ([side], Some(_)) => side.scene.step.as_ref().map_or_else(nothing, call_line),
            (_, last) => operation(last).unwrap_or_else(nothing),
        };
        canvas.line(row(area, 1), &format!("now     {now}"), BOLD);
        let next = match operation(Some(self.done)) {
            Some(next) if self.done < self.steps() || self.is_recording() => next,
            Some(next) => format!("{next} (not reached)"),
            None => "nothing: the end of the trace".to_owned(),
        };
        canvas.line(row(area, 2), &format!("next    {next}"), PLAIN);
        if let ([side], true) = (self.sides.as_slice(), area.height > 4)
            && let Some(step) = &side.scene.step
        {
            canvas.line(row(area, 3), &format!("        {}", notes_line(step)), PLAIN);
            canvas.line(row(area, 4), &facts_line(step), PLAIN);
        }
    }

    /// Returns the result of the last call with one of two heaps.
    pub(super) fn result(&self, side: usize) -> String {
        let side = &self.sides[side];
        let Some(step) = &side.scene.step else {
            return "        the empty heap".to_owned();
        };
        let until = match side.scene.done < self.done {
            true => format!("ended at step {}: ", side.scene.done),
            false => String::new(),
        };
        format!("        {until}{}{}; {}", step.call, result_of(step), notes_line(step))
    }

    /// Returns the rows at the bottom: what is typed, what is answered, why a run ends.
    /// A reason has `most` rows at most.
    pub(super) fn answers(&self, width: usize, most: usize) -> Vec<Answer> {
        let said = |text: String| Answer { text, is_failure: false };
        let mut answers = Vec::new();
        for side in self.sides.iter().filter(|side| side.has_failed()) {
            let Some(failure) = side.film.failure() else { continue };
            let text = format!("{} ends here: {}: {}", side.name, failure.code, failure.message);
            let mut lines = wrapped(&text, width);
            if lines.len() > most {
                // A row that is too long ends in dots.
                let rest = lines.split_off(most - 1).join(" ");
                lines.push(rest);
            }
            answers.extend(lines.into_iter().map(|text| Answer { text, is_failure: true }));
        }
        if let Some(inside) = &self.sides[self.focus].inside {
            answers.push(said(self.inside_line(inside)));
        }
        match self.mode {
            Mode::Type => {
                answers.push(said(self.message.clone()));
                answers.push(said(format!("> {}_", self.input)));
            }
            Mode::Line => answers.push(said(format!("go to line: {}_", self.input))),
            Mode::Address => {
                answers.push(said(format!("block at address (0x..) or of id: {}_", self.input)));
            }
            Mode::Find(forwards) => {
                let which = if forwards { "next" } else { "previous" };
                answers.push(said(format!(
                    "{which}: s split, m merge, b sbrk, r move, f failure, n again"
                )));
            }
            Mode::Look | Mode::Help if !self.message.is_empty() => {
                answers.push(said(self.message.clone()));
            }
            Mode::Look | Mode::Help if self.sides[self.focus].inside.is_some() => {
                answers
                    .push(said("left right: the accesses one by one; Esc leaves the call".into()));
            }
            Mode::Look | Mode::Help => {
                answers.push(said(
                    "left right  n next  i inside  g line  / address  tab block".into(),
                ));
            }
        }
        answers
    }
}

/// Returns the operation, the call and its result.
fn call_line(step: &Step) -> String {
    format!("line {}: {}: {}{}", step.line, step.operation, step.call, result_of(step))
}

fn result_of(step: &Step) -> String {
    match &step.result {
        Returned::Address(0) => " = null".to_owned(),
        Returned::Address(addr) => format!(" = {addr:#x}"),
        Returned::Nothing | Returned::NotCalled => String::new(),
        Returned::Refused(why) => format!(" is refused: {why}"),
        Returned::Stopped => " does not return".to_owned(),
    }
}

/// Returns what the call did and what it cost.
fn notes_line(step: &Step) -> String {
    let notes = &step.notes;
    let counts = [
        (notes.search_steps, "search step"),
        (notes.splits.into(), "split"),
        (notes.merges.into(), "merge"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = counts.map(|(count, what)| counted(count, what)).collect();
    for call in &notes.sbrk_calls {
        let refused = if call.is_refused { " refused" } else { "" };
        parts.push(format!("sbrk({}){refused}", call.increment));
    }
    parts.push(counted(step.cost.loads, "load"));
    parts.push(counted(step.cost.stores, "store"));
    parts.join(", ")
}

/// Returns the run so far.
fn facts_line(step: &Step) -> String {
    let facts = &step.facts;
    let utilization =
        facts.utilization().map_or("none".to_owned(), |value| format!("{:.1}%", 100.0 * value));
    format!(
        "so far  utilization {utilization}, payload {}, peak {}; sbrk {}, loads {}, stores {}",
        facts.payload_bytes, facts.peak_payload_bytes, facts.sbrk_calls, facts.loads, facts.stores
    )
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
