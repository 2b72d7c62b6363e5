//! Deals a trace over several heaps: what each heap would be asked if the program had that many.

use crate::source_lines::SourceLines;
use crate::{Id, Ledger, Op, Trace};
use std::fmt;
use std::num::NonZeroU32;

/// Which heap a new block goes to.
///
/// The heap is chosen when the block is allocated, and later operations play no part in it, so an
/// allocator could choose the same way. A block stays in its heap until it is freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dealing {
    /// By size class. There are [`SIZE_CLASSES`](Dealing::SIZE_CLASSES) of them: up to 16 bytes,
    /// up to 32, 64 and so on, the last above 256 KiB. Of `k` heaps, number `class * k / 16`,
    /// rounded down, has the blocks of a class, so that the smallest are in the first.
    Class,
    /// Round robin: the first block in the first heap, the next in the second, and after the last
    /// heap the first again.
    Turns,
    /// By the thread that allocates: of `k` heaps, number `thread % k` has its blocks, whichever
    /// thread frees them.
    Thread,
}

impl Dealing {
    /// The number of size classes. More heaps than that get no blocks.
    pub const SIZE_CLASSES: u32 = 16;

    /// The base-2 logarithm of the largest size in the first class.
    const SMALLEST_LOG2: u32 = 4;

    /// Returns the class of a block by its payload bytes, from 0.
    fn class(size: u32) -> u32 {
        let rounded_up = u64::from(size).next_power_of_two();
        let log2 = rounded_up.trailing_zeros();
        log2.saturating_sub(Dealing::SMALLEST_LOG2).min(Dealing::SIZE_CLASSES - 1)
    }
}

impl Trace {
    /// Deals the trace over this many heaps, and returns the operations for each, in order. Every
    /// operation is in one of the parts, and has the same line there as here; each part numbers
    /// its blocks anew.
    ///
    /// A realloc goes to the heap that has the block, whatever the new size; one that allocates is
    /// dealt like a malloc. `free(NULL)`, which concerns no heap, goes to the first. Comments are
    /// left out: they are about the whole trace.
    ///
    /// # Errors
    ///
    /// If it is to be dealt by threads, but does not say which thread made each call.
    pub fn deal(&self, dealing: Dealing, heaps: NonZeroU32) -> Result<Vec<Trace>, UnknownThreads> {
        let threads = match dealing {
            Dealing::Class | Dealing::Turns => Vec::new(),
            Dealing::Thread => self.threads().ok_or(UnknownThreads)?,
        };
        let mut dealer = Dealer::new(self, dealing, heaps);
        for (index, (&op, line)) in self.ops.iter().zip(self.lines.iter()).enumerate() {
            dealer.thread = threads.get(index).copied().unwrap_or_default();
            dealer.deal(op, line);
        }
        let parts = dealer.parts.into_iter();
        Ok(parts.map(|part| part.trace(self)).collect())
    }
}

/// A trace does not say which thread made each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownThreads;

impl fmt::Display for UnknownThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the trace does not say which thread made each call")
    }
}

impl std::error::Error for UnknownThreads {}

/// The state while operations are dealt, one after the other.
struct Dealer {
    dealing: Dealing,
    parts: Vec<Part>,
    /// The heap and id for the block of each id; none if it holds no block.
    places: Vec<Option<Place>>,
    /// How many blocks were dealt.
    blocks: u64,
    /// The thread that makes the next operation, when dealing by threads.
    thread: u32,
}

/// A block's heap, and its id there.
#[derive(Clone, Copy)]
struct Place {
    heap: usize,
    id: Id,
}

/// The operations for one heap.
#[derive(Default)]
struct Part {
    ops: Vec<Op>,
    lines: SourceLines,
    /// How many blocks it was given.
    blocks: u32,
}

impl Dealer {
    fn new(trace: &Trace, dealing: Dealing, heaps: NonZeroU32) -> Dealer {
        Dealer {
            dealing,
            parts: (0..heaps.get()).map(|_| Part::default()).collect(),
            places: vec![None; trace.ids as usize],
            blocks: 0,
            thread: 0,
        }
    }

    fn deal(&mut self, op: Op, line: u32) {
        let Some(id) = op.id() else {
            self.parts[0].push(op, line);
            return;
        };
        let held = self.places[id.index()];
        let place = held.unwrap_or_else(|| self.place_of_new(op.size().unwrap_or(0)));
        self.parts[place.heap].push(op.with_id(place.id), line);
        let frees = match op {
            Op::Free { .. } => true,
            Op::Realloc { size, .. } => size == 0 && held.is_some(),
            _ => false,
        };
        self.places[id.index()] = (!frees).then_some(place);
    }

    /// Chooses a heap for a new block. The block gets a new id there, although the trace may use
    /// an id again.
    fn place_of_new(&mut self, size: u32) -> Place {
        let heaps = self.parts.len() as u64;
        let heap = match self.dealing {
            Dealing::Class => {
                u64::from(Dealing::class(size)) * heaps / u64::from(Dealing::SIZE_CLASSES)
            }
            Dealing::Turns => self.blocks % heaps,
            Dealing::Thread => u64::from(self.thread) % heaps,
        };
        self.blocks += 1;
        let heap = heap as usize;
        let id = Id(self.parts[heap].blocks);
        self.parts[heap].blocks += 1;
        Place { heap, id }
    }
}

impl Part {
    fn push(&mut self, op: Op, line: u32) {
        self.ops.push(op);
        self.lines.push(line);
    }

    /// Returns the part as a trace of its own.
    fn trace(self, whole: &Trace) -> Trace {
        let mut ledger = Ledger::with_capacity(self.blocks as usize);
        for (when, &op) in (0..).zip(&self.ops) {
            // All operations on a block are in its part, in order: what makes sense in the whole
            // trace makes sense here.
            let _ = ledger.apply(op, when);
        }
        Trace {
            name: whole.name.clone(),
            weight: whole.weight,
            ids: self.blocks,
            ops: self.ops,
            lines: self.lines,
            comments: Vec::new(),
            null_ids: Vec::new(),
            peak_payload_bytes: ledger.peak_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GENERATORS, Parameters, Weight};

    fn heaps(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn dealt(line: &str, dealing: Dealing, number: u32) -> Vec<String> {
        let trace = Trace::of_line("short", line).unwrap();
        let parts = trace.deal(dealing, heaps(number)).unwrap();
        let text = |part: &Trace| {
            let ops: Vec<String> = part.ops().iter().map(Op::to_string).collect();
            ops.join(", ")
        };
        parts.iter().map(text).collect()
    }

    #[test]
    fn a_block_belongs_to_the_thread_that_allocated_it() {
        let line = "a 0 10, a 1 20, f 0, r 1 40, c 2 30, f 1";
        let trace = Trace::of_line("short", line).unwrap();
        let told = trace.clone().with_threads(&[0, 1, 1, 2, 3, 0]);
        let parts = told.deal(Dealing::Thread, heaps(2)).unwrap();
        let text = |part: &Trace| {
            let ops: Vec<String> = part.ops().iter().map(Op::to_string).collect();
            ops.join(", ")
        };
        let parts: Vec<String> = parts.iter().map(text).collect();
        assert_eq!(parts, ["a 0 10, f 0", "a 0 20, r 0 40, c 1 30, f 0"]);
        assert!(matches!(trace.deal(Dealing::Thread, heaps(2)), Err(UnknownThreads)));
    }

    #[test]
    fn blocks_are_dealt_by_turns_and_not_operations() {
        let line = "a 0 10, a 1 20, f 0, c 0 30, m 2 64 40, f 1, f -1, f 2";
        assert_eq!(
            dealt(line, Dealing::Turns, 2),
            ["a 0 10, f 0, c 1 30, f -1", "a 0 20, m 1 64 40, f 0, f 1"]
        );
        assert_eq!(dealt("a 0 10", Dealing::Turns, 3), ["a 0 10", "", ""]);
    }

    #[test]
    fn a_realloc_goes_to_the_heap_that_has_the_block() {
        let line = "r 0 10, a 1 10, r 0 9999, r 1 0, r 1 7, r 0 0";
        assert_eq!(
            dealt(line, Dealing::Turns, 2),
            ["r 0 10, r 0 9999, r 1 7, r 0 0", "a 0 10, r 0 0"]
        );
        assert_eq!(
            dealt("a 0 10, r 0 9999, f 0", Dealing::Class, 2),
            ["a 0 10, r 0 9999, f 0", ""]
        );
    }

    #[test]
    fn classes_are_powers_of_two() {
        let classes = [
            (0, 0),
            (1, 0),
            (16, 0),
            (17, 1),
            (32, 1),
            (33, 2),
            (2048, 7),
            (2049, 8),
            (1 << 18, 14),
            ((1 << 18) + 1, 15),
            (u32::MAX, 15),
        ];
        for (size, class) in classes {
            assert_eq!(Dealing::class(size), class, "{size} bytes");
        }
    }

    #[test]
    fn the_smallest_classes_are_in_the_first_heap() {
        let line = "a 0 300000, a 1 2048, a 2 2049, a 3 128, a 4 129";
        assert_eq!(
            dealt(line, Dealing::Class, 2),
            ["a 0 2048, a 1 128, a 2 129", "a 0 300000, a 1 2049"]
        );
        assert_eq!(
            dealt(line, Dealing::Class, 4),
            ["a 0 128", "a 0 2048, a 1 129", "a 0 2049", "a 0 300000"]
        );
        let of_thirty_two = dealt(line, Dealing::Class, 32);
        let used = of_thirty_two.iter().filter(|part| !part.is_empty());
        assert_eq!((of_thirty_two.len(), used.count()), (32, 5));
    }

    /// Checks what [`Trace::deal`] promises.
    fn check_parts(whole: &Trace, parts: &[Trace]) {
        let mut dealt: Vec<(u32, Option<u32>)> = Vec::new();
        for part in parts {
            let again = Trace::from_ops("again", Weight::Both, part.ops().to_vec()).unwrap();
            assert_eq!(again.ids(), part.ids());
            assert_eq!(again.peak_payload_bytes(), part.peak_payload_bytes());
            let ops = part.ops().iter().enumerate();
            let ops: Vec<_> = ops.map(|(at, op)| (part.line(at), op.size())).collect();
            assert!(ops.is_sorted_by_key(|(line, _)| *line), "order is kept");
            dealt.extend(ops);
        }
        dealt.sort_unstable();
        let ops = whole.ops().iter().enumerate();
        let ops: Vec<_> = ops.map(|(at, op)| (whole.line(at), op.size())).collect();
        assert_eq!(dealt, ops, "every operation is in one part");
        let peaks = parts.iter().map(Trace::peak_payload_bytes);
        assert!(peaks.sum::<u64>() >= whole.peak_payload_bytes());
    }

    #[test]
    fn every_operation_of_a_generated_trace_is_in_one_part() {
        for generator in GENERATORS {
            let whole = generator.generate(&Parameters { ops: 2000, ..generator.defaults });
            for dealing in [Dealing::Class, Dealing::Turns] {
                for number in [1, 2, 3, 16, 40] {
                    let parts = whole.deal(dealing, heaps(number)).unwrap();
                    assert_eq!(parts.len(), number as usize);
                    check_parts(&whole, &parts);
                }
            }
        }
    }

    #[test]
    fn a_single_heap_gets_every_request_of_the_program() {
        let trace = Trace::of_line("short", "a 5 10, a 0 3, f 5, a 5 7, r 0 9, f -1").unwrap();
        for dealing in [Dealing::Class, Dealing::Turns] {
            let parts = trace.deal(dealing, heaps(1)).unwrap();
            assert_eq!(parts.len(), 1);
            assert_eq!(parts[0].peak_payload_bytes(), trace.peak_payload_bytes());
            let same = |(a, b): (&Op, &Op)| a.size() == b.size();
            assert!(parts[0].ops().iter().zip(trace.ops()).all(same));
        }
    }
}
