//! A step in words: one line for pipes and screen readers, and a line for each word stored.

use crate::access::{Access, Event, Source};
use crate::step::{
    BlockChange, BlockState, FactsSoFar, ListChange, ListPlace, Notes, Returned, Step,
};
use std::fmt::{self, Write};

/// A step in one line.
pub struct InALine<'a>(&'a Step);

impl Step {
    /// Returns the step in one line: the trace's line, the call and its result, what changed, what
    /// it cost.
    ///
    /// ```
    /// # use heaplab_film::{Film, Options};
    /// # use heaplab_trace::{Id, Op, Trace, Weight};
    /// # use std::sync::Arc;
    /// # let ops = vec![Op::Malloc { id: Id(0), size: 24 }];
    /// # let trace = Arc::new(Trace::from_ops("one", Weight::Both, ops)?);
    /// # let mut film = Film::record(heaplab_explicit::Policy::default(), trace, Options::default())?;
    /// assert_eq!(
    ///     film.step(0)?.in_a_line().to_string(),
    ///     "line 5: a 0 24: malloc(24) = 0x10020; \
    ///      block 0x10020 allocated, 32 bytes of 4096; block 0x10040 new, free, 4064 bytes; \
    ///      list 0: 0x10020 out, 0x10040 in; 1 search step, 1 split; 6 loads, 10 stores; \
    ///      payload 24, heap 4128 bytes, utilization 0.6%"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_a_line(&self) -> InALine<'_> {
        InALine(self)
    }
}

/// Returns what an allocator wrote within a step, one write a line, with the lines of its source;
/// cut off after some hundred.
pub fn writes_in_lines(accesses: &[Access]) -> String {
    const MOST_LINES: usize = 200;
    let mut text = String::new();
    let writes = || accesses.iter().filter(|access| access.event.writes());
    for access in writes().take(MOST_LINES) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {}", InWords(access));
    }
    if let Some(more @ 1..) = writes().count().checked_sub(MOST_LINES) {
        let _ = writeln!(text, "  and {more} more");
    }
    text
}

impl fmt::Display for InALine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = self.0;
        write!(f, "line {}: {}: {}", step.line, step.operation, step.call)?;
        match &step.result {
            Returned::Address(0) => f.write_str(" = null")?,
            Returned::Address(addr) => write!(f, " = {addr:#x}")?,
            Returned::Nothing | Returned::NotCalled => {}
            Returned::Refused(why) => write!(f, " is refused: {why}")?,
            Returned::Stopped => f.write_str(" does not return")?,
        }
        for change in &step.blocks {
            f.write_str("; ")?;
            block(f, change)?;
        }
        for change in &step.lists {
            f.write_str("; ")?;
            list(f, change)?;
        }
        notes(f, &step.notes)?;
        let (loads, stores) = (step.cost.loads, step.cost.stores);
        write!(f, "; {}, {}", counted(loads, "load"), counted(stores, "store"))?;
        facts(f, &step.facts)?;
        match &step.failure {
            Some(failure) => {
                // A panic's message may have several lines.
                let message: Vec<&str> = failure.message.split_whitespace().collect();
                write!(f, "; the run ends here: {}: {}", failure.code, message.join(" "))
            }
            None => Ok(()),
        }
    }
}

fn block(f: &mut fmt::Formatter<'_>, change: &BlockChange) -> fmt::Result {
    write!(f, "block {:#x} ", change.payload)?;
    match (change.before, change.after) {
        (None, Some(now)) => write!(f, "new, {}, {} bytes", state(now), now.bytes),
        (Some(was), None) => write!(f, "gone, it was {}, {} bytes", state(was), was.bytes),
        (Some(was), Some(now)) => {
            let state = match was.is_allocated == now.is_allocated {
                true => format!("still {}", state(now)),
                false => state(now).to_owned(),
            };
            write!(f, "{state}, {} bytes", now.bytes)?;
            match now.bytes.cmp(&was.bytes) {
                std::cmp::Ordering::Less => write!(f, " of {}", was.bytes),
                std::cmp::Ordering::Greater => write!(f, ", before {}", was.bytes),
                std::cmp::Ordering::Equal => Ok(()),
            }
        }
        (None, None) => Ok(()),
    }
}

fn state(block: BlockState) -> &'static str {
    if block.is_allocated { "allocated" } else { "free" }
}

/// A list is one of hundreds of entries: more than a few are counted.
const MOST_NAMED: usize = 4;

fn list(f: &mut fmt::Formatter<'_>, change: &ListChange) -> fmt::Result {
    write!(f, "list {}: ", change.list)?;
    let mut parts = Vec::new();
    parts.extend(places(&change.removed, "out"));
    parts.extend(places(&change.added, "in"));
    if change.is_reordered {
        parts.push(format!("another order of {}", counted(change.length as u64, "block")));
    }
    f.write_str(&parts.join(", "))
}

fn places(places: &[ListPlace], what: &str) -> Option<String> {
    match places {
        [] => None,
        [ListPlace { place: 0, payload }] => Some(format!("{payload:#x} {what}")),
        few if few.len() <= MOST_NAMED => {
            let named = few.iter().map(|one| format!("{:#x} at {}", one.payload, one.place));
            Some(format!("{} {what}", named.collect::<Vec<_>>().join(" and ")))
        }
        many => Some(format!("{} blocks {what}", many.len())),
    }
}

fn notes(f: &mut fmt::Formatter<'_>, notes: &Notes) -> fmt::Result {
    let counts = [
        (notes.search_steps, "search step"),
        (notes.splits.into(), "split"),
        (notes.merges.into(), "merge"),
    ];
    let said: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what))
        .collect();
    if !said.is_empty() {
        write!(f, "; {}", said.join(", "))?;
    }
    for call in &notes.sbrk_calls {
        let refused = if call.is_refused { " is refused" } else { "" };
        write!(f, "; sbrk({}){refused}", call.increment)?;
    }
    Ok(())
}

fn facts(f: &mut fmt::Formatter<'_>, facts: &FactsSoFar) -> fmt::Result {
    write!(f, "; payload {}, heap {} bytes", facts.payload_bytes, facts.heap_bytes)?;
    match facts.utilization() {
        Some(utilization) => write!(f, ", utilization {:.1}%", 100.0 * utilization),
        None => Ok(()),
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

struct InWords<'a>(&'a Access);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Access { event, source, calls } = self.0;
        match event {
            Event::Load { addr, word } => write!(f, "load {addr:#x}: {word:#x}")?,
            Event::Store { addr, old, new } if old == new => {
                write!(f, "store {addr:#x}: {new:#x}, as before")?;
            }
            Event::Store { addr, old, new } => {
                write!(f, "store {addr:#x}: {new:#x}, before {old:#x}")?;
            }
            Event::Copy { from, to, bytes } => {
                write!(f, "copy {bytes} bytes from {from:#x} to {to:#x}")?
            }
            Event::Zero { addr, bytes } => write!(f, "zero {bytes} bytes from {addr:#x}")?,
            Event::Sbrk { increment, old, new } => {
                write!(f, "sbrk({increment}): the break was {old:#x}, is {new:#x}")?;
            }
            Event::SearchStep => f.write_str("search step")?,
            Event::Split => f.write_str("split")?,
            Event::Merge => f.write_str("merge")?,
        }
        if calls.is_empty() {
            return write!(f, "; {source}");
        }
        for (number, call) in calls.iter().enumerate() {
            let before = if number == 0 { ";" } else { "," };
            write!(f, "{before} {} {}", call.function, call.source)?;
        }
        Ok(())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
