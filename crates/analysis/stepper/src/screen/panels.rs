//! The free lists, the words of the chosen block, and the allocator's source.

use super::canvas::{BOLD, Canvas, DIM, PLAIN, REVERSED};
use super::row;
use crate::inside::{Inside, in_words};
use crate::side::Word;
use crate::stepper::Stepper;
use heaplab_film::{Access, Source};
use ratatui::layout::Rect;
use std::collections::BTreeMap;

impl Stepper<'_> {
    /// Returns a row for each free list that has an entry.
    pub(super) fn lists(&self, side: usize, width: usize) -> Vec<String> {
        let side = &self.sides[side];
        let marks = side.marks();
        let mut lists: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for entry in &side.scene.heap.lists {
            lists.entry(entry.list).or_default().push(entry.payload);
        }
        if lists.is_empty() {
            return vec!["the heap shows no entry of a free list".to_owned()];
        }
        let changed = side.scene.step.iter().flat_map(|step| &step.lists);
        let changed: Vec<u32> = changed.map(|change| change.list).collect();
        let row = |(list, entries): (u32, Vec<u32>)| {
            let mark = if changed.contains(&list) { '*' } else { ' ' };
            let named =
                entries.iter().map(|payload| format!("{} {payload:#x}", marks.of_block(*payload)));
            cut_list(&format!("{mark}list {list}: "), named, width)
        };
        lists.into_iter().map(row).collect()
    }

    /// Draws the words of a heap's chosen block.
    pub(super) fn words_panel(&mut self, canvas: &mut Canvas<'_>, area: Rect, side: usize) {
        if area.height == 0 {
            return;
        }
        let (words, more) = match self.sides[side].words() {
            Ok(words) => words,
            Err(error) => {
                canvas.wrapped(area, &error);
                return;
            }
        };
        canvas.line(row(area, 0), &self.chosen_line(side), BOLD);
        let rows = usize::from(area.height - 1);
        let current = words.iter().position(|word| word.is_current);
        let scroll = if side == self.focus { self.scroll } else { 0 };
        let lines = self.word_lines(&words, more, (rows, scroll), current);
        for ((line, is_current), y) in lines.iter().zip(area.y + 1..area.bottom()) {
            let style = if *is_current { REVERSED } else { PLAIN };
            canvas.line(Rect { y, height: 1, ..area }, line, style);
        }
    }

    /// Returns what the chosen block is.
    fn chosen_line(&self, side: usize) -> String {
        let side = &self.sides[side];
        let Some(block) = side.chosen() else {
            return "there is no block to choose".to_owned();
        };
        match (block.is_allocated, block.owner) {
            (false, _) => {
                let letter = side.marks().of_block(block.payload);
                format!("{letter} {:#x}: free, {} bytes", block.payload, block.bytes)
            }
            (true, Some(owner)) => format!(
                "id {} {:#x}: {} of {} bytes, line {}",
                owner.id, block.payload, owner.payload_bytes, block.bytes, owner.line
            ),
            (true, None) => format!("{:#x}: allocated, {} bytes", block.payload, block.bytes),
        }
    }

    /// Returns the words as lines, and whether each is the current one. If there are more than
    /// rows, those in the middle are left out.
    fn word_lines(
        &self,
        words: &[Word],
        more: u32,
        (rows, scroll): (usize, usize),
        current: Option<usize>,
    ) -> Vec<(String, bool)> {
        let line = |word: &Word| {
            let mark = match (word.is_current, word.is_written) {
                (true, _) => '@',
                (false, true) => '*',
                (false, false) => ' ',
            };
            let value = match self.is_hex {
                true => format!("{:#010x}", word.value),
                false => format!("{:>10}", word.value),
            };
            (format!("{mark} {:#x} {value} {}", word.addr, word.looks), word.is_current)
        };
        if words.len() <= rows && more == 0 {
            return words.iter().map(line).collect();
        }
        if rows < 4 {
            let first = current.unwrap_or(scroll).min(words.len().saturating_sub(rows));
            return words.iter().skip(first).take(rows).map(line).collect();
        }
        // The last word is a footer in many heaps: it stays below the others.
        let shown = rows - 2;
        let most = words.len().saturating_sub(shown + 1);
        let first = match current {
            Some(current) if current + 1 == words.len() => scroll.min(most),
            Some(current) if current >= shown => (current - shown / 2).min(most),
            Some(_) => 0,
            None => scroll.min(most),
        };
        let mut lines: Vec<(String, bool)> =
            words.iter().skip(first).take(shown).map(line).collect();
        let hidden = words.len().saturating_sub(first + shown + usize::from(more == 0));
        let hidden = hidden as u64 + u64::from(more);
        let above = if first > 0 { format!("{first} words above") } else { String::new() };
        let below = if hidden > 0 { format!("{hidden} more below") } else { String::new() };
        let between = if above.is_empty() || below.is_empty() { "" } else { ", " };
        lines.push((format!("  .. {above}{between}{below} (up, down)"), false));
        lines.extend(words.last().filter(|_| more == 0).map(line));
        lines
    }

    /// Draws the allocator's source around the line of the current access, or of the last write.
    pub(super) fn source_panel(&mut self, canvas: &mut Canvas<'_>, area: Rect, side: usize) {
        if area.height == 0 {
            return;
        }
        let Some((title, source)) = self.current_source(side) else {
            canvas.line(row(area, 0), "the call wrote nothing", DIM);
            return;
        };
        canvas.line(row(area, 0), &title, BOLD);
        let Some(lines) = self.source(&source.file) else {
            if area.height > 1 {
                canvas.line(row(area, 1), "(the file is not here)", DIM);
            }
            return;
        };
        let rows = usize::from(area.height - 1);
        let current = source.line as usize;
        let first = current.saturating_sub(1 + rows / 2).min(lines.len().saturating_sub(rows));
        let shown = || lines.iter().zip(1..).skip(first).take(rows);
        let indented = shown().filter(|(text, _)| !text.trim().is_empty());
        let indentation = indented.map(|(text, _)| text.len() - text.trim_start().len()).min();
        for ((text, number), y) in shown().zip(area.y + 1..area.bottom()) {
            let is_current = number == current;
            let mark = if is_current { '>' } else { ' ' };
            let style = if is_current { REVERSED } else { PLAIN };
            let text = text.get(indentation.unwrap_or(0)..).unwrap_or("").replace('\t', "    ");
            let text = format!("{mark}{number:>4} {text}");
            canvas.line(Rect { y, height: 1, ..area }, &text, style);
        }
    }

    /// Returns the line to show, and what it is.
    fn current_source(&self, side: usize) -> Option<(String, Source)> {
        let side = &self.sides[side];
        let shown = |what: &str, access: &Access| {
            let function =
                access.calls.first().map_or(String::new(), |call| format!(" in {}", call.function));
            let Source { file, line } = &access.source;
            let name = file.rsplit('/').next().unwrap_or(file);
            (format!("{name}:{line}{function}: {what}"), access.source.clone())
        };
        match &side.inside {
            Some(inside) => {
                let access = inside.current().or_else(|| inside.accesses.first())?;
                Some(shown(&in_words(&access.event), access))
            }
            None => {
                let step = side.scene.step.as_ref()?;
                let access = step.stores.last()?;
                Some(shown("the call's last write", access))
            }
        }
    }

    /// Returns where the walk through a call is.
    pub(super) fn inside_line(&self, inside: &Inside) -> String {
        let (done, all) = (inside.done, inside.accesses.len());
        let what = inside.current().map_or("before the first".to_owned(), |access| {
            let frames = access.calls.iter().skip(1).map(|call| call.function.as_str());
            let callers: Vec<&str> = frames.collect();
            let by = if callers.is_empty() { String::new() } else { " < ".to_owned() };
            let function = access.calls.first().map_or("", |call| call.function.as_str());
            format!("{} {function}{by}{}", in_words(&access.event), callers.join(" < "))
        });
        format!("inside, {done} of {all}: {what}")
    }
}

/// Returns a row with as many entries as have room, and how many there are more.
fn cut_list(head: &str, entries: impl ExactSizeIterator<Item = String>, width: usize) -> String {
    let (mut row, all) = (head.to_owned(), entries.len());
    for (index, entry) in entries.enumerate() {
        let between = if index == 0 { "" } else { " > " };
        let rest = all - index;
        let more = format!(" and {rest} more");
        let room_after = if rest > 1 { more.len() } else { 0 };
        if row.len() + between.len() + entry.len() + room_after > width {
            return row + &more;
        }
        row += between;
        row += &entry;
    }
    row
}

/// Returns `most` rows at most; the last one says how many lists are left out.
pub(super) fn shortened(mut rows: Vec<String>, most: usize) -> Vec<String> {
    let all = rows.len();
    if all > most {
        rows.truncate(most);
        if let Some(last) = rows.last_mut() {
            *last += &format!("  (and {} more lists)", all - most);
        }
    }
    rows
}
