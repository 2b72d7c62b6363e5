//! A trace in the format of `windows/replay.c`: one line for each operation, with slots for ids.
//! That file describes the lines.

use heaplab_replay::{Heartbeat, Program, Subject, TooManyBlocks};
use heaplab_trace::{Op, Trace};
use std::fmt::Write;

/// Returns the text of a trace.
///
/// # Errors
/// If more blocks are live at once than there are slots.
pub fn text(trace: &Trace) -> Result<String, TooManyBlocks> {
    let program = Program::new(trace)?;
    let mut scribe = Scribe::default();
    let mut slots = vec![Scribe::NULL; program.slots()];
    program.replay(&mut scribe, &mut slots, &Heartbeat::new());
    let slots = scribe.slots_used + 1;
    let mut lines = String::with_capacity(scribe.lines.len());
    let mut calls = scribe.lines.lines();
    for op in trace.ops() {
        // Operations are counted, so a write is written as a call that does nothing.
        let line = match op {
            Op::Write { .. } => NOTHING,
            _ => calls.next().unwrap_or(NOTHING),
        };
        lines += line;
        lines.push('\n');
    }
    Ok(format!("{slots} {}\n{lines}", program.ops()))
}

/// A free of the slot that stays empty.
const NOTHING: &str = "f 0 0 0";

/// A subject that writes down the requests it gets. Its pointers are slots, so the program names
/// the block by itself. Slot 0 is the null pointer's, and stays empty.
#[derive(Default)]
struct Scribe {
    lines: String,
    slots_used: u32,
    /// Slots whose block was freed.
    unused: Vec<u32>,
}

impl Scribe {
    fn take_slot(&mut self) -> u32 {
        self.unused.pop().unwrap_or_else(|| {
            self.slots_used += 1;
            self.slots_used
        })
    }

    fn line(&mut self, kind: char, slot: u32, size: u32, align_bytes: u32) -> u32 {
        // Writing to a string can't fail.
        let _ = writeln!(self.lines, "{kind} {slot} {size} {align_bytes}");
        slot
    }
}

impl Subject for Scribe {
    type Ptr = u32;
    const NULL: u32 = 0;

    fn malloc(&mut self, size: u32) -> u32 {
        let slot = self.take_slot();
        self.line('m', slot, size, 0)
    }

    fn free(&mut self, slot: u32) {
        self.line('f', slot, 0, 0);
        self.unused.extend((slot != Self::NULL).then_some(slot));
    }

    fn realloc(&mut self, slot: u32, size: u32) -> u32 {
        if slot == Self::NULL {
            let slot = self.take_slot();
            return self.line('r', slot, size, 0);
        }
        self.line('r', slot, size, 0);
        if size > 0 {
            return slot;
        }
        self.unused.push(slot);
        Self::NULL
    }

    fn calloc(&mut self, size: u32) -> u32 {
        let slot = self.take_slot();
        self.line('c', slot, size, 0)
    }

    fn memalign(&mut self, align_bytes: u32, size: u32) -> u32 {
        let slot = self.take_slot();
        self.line('a', slot, size, align_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use heaplab_trace::{Id, Op, Trace, Weight};

    #[test]
    fn a_slot_is_used_again_when_its_block_is_freed() {
        let realloc = |id, size| Op::Realloc { id: Id(id), size };
        let ops = vec![
            Op::Malloc { id: Id(5), size: 10 },
            realloc(2, 20), // realloc(NULL, 20)
            Op::Free { id: Id(5) },
            Op::FreeNull,
            Op::Memalign { id: Id(5), align_log2: 6, size: 30 },
            Op::Write { id: Id(5), bytes: 30 },
            realloc(2, 0), // frees
            realloc(2, 0), // malloc(0)
            realloc(5, 50),
            Op::Calloc { id: Id(0), size: 40 },
        ];
        let trace = Trace::from_ops("test", Weight::Both, ops).unwrap();
        assert_eq!(
            text(&trace).unwrap(),
            "4 10\nm 1 10 0\nr 2 20 0\nf 1 0 0\nf 0 0 0\na 1 30 64\nf 0 0 0\n\
             r 2 0 0\nr 2 0 0\nr 1 50 0\nc 3 40 0\n"
        );
    }
}
