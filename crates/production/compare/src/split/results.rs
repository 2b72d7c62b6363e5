//! What several heaps take, set against what one takes.
//!
//! With B and P for the bytes of the heap segment and of payload, at their most, of
//! one heap, and with b and p for the sums over several:
//!
//! ```text
//!       b     p     P / B
//!       ─  =  ─  *  ─────
//!       B     P     p / b
//!
//!  factor  =  peaks apart  *  fragmentation
//! ```
//!
//! The heaps need not be at their most at the same time: that is the first, and it
//! is the program's and the dealing's doing, whatever the heaps are. The second is
//! how much worse they are filled than one heap would be, or better.

use heaplab_inputs::Input;
use heaplab_support::statistics::geometric_mean;
use heaplab_trace::Dealing;
use heaplab_worker::FaultReport;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Everything that was found out.
pub struct Results {
    /// The heaps, as named on the command line.
    pub heaps: Vec<String>,
    /// The ways in which each trace was split.
    pub splits: Vec<Split>,
    /// A row for each trace.
    pub rows: Vec<Row>,
    /// The alignment of payloads.
    pub align_bytes: u32,
}

/// A way to split a trace.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Which heap a new block goes to.
    pub dealing: Dealing,
    /// Over so many heaps.
    pub heaps: NonZeroU32,
}

/// A trace.
pub struct Row {
    /// The trace and its file.
    pub input: Input,
    /// For each split what the parts are like.
    pub parts: Vec<Parts>,
    /// For each heap what it takes.
    pub cells: Vec<Result<Taken, Fault>>,
}

/// What the parts of a split trace are like.
#[derive(Clone, Copy)]
pub struct Parts {
    /// How many heaps are asked for anything.
    pub heaps_used: usize,
    /// The sum of their peaks of payload.
    pub peak_payload_bytes: u64,
}

/// Bytes in the heap segment at its largest.
pub struct Taken {
    /// Of one heap for the whole trace.
    pub whole: u64,
    /// For each split of all its heaps together.
    pub split: Vec<u64>,
}

/// Why a heap has no figures on a trace.
pub struct Fault {
    /// The file of the trace, or of the part of it, on which it is at fault.
    pub path: PathBuf,
    /// Whether it is a part.
    pub is_in_a_part: bool,
    /// What is wrong.
    pub report: Box<FaultReport>,
}

/// Several heaps against one.
#[derive(Clone, Copy, Debug)]
pub struct Ratios {
    /// How many times the memory of one heap they take.
    pub factor: f64,
    /// How many times the peak of all payload their own peaks are together.
    pub peaks_apart: f64,
    /// How many times the memory for a byte of payload they take, at their peaks.
    pub fragmentation: f64,
}

impl Row {
    /// How far apart the heaps' peaks are; none of a trace without payload.
    pub fn peaks_apart(&self, split: usize) -> Option<f64> {
        let whole = self.input.trace.peak_payload_bytes();
        (whole > 0).then(|| self.parts[split].peak_payload_bytes as f64 / whole as f64)
    }

    /// What became of one heap on this trace; none of a trace without payload, and
    /// where it is at fault.
    pub fn ratios(&self, heap: usize, split: usize) -> Option<Ratios> {
        let taken = self.cells[heap].as_ref().ok()?;
        let peaks_apart = self.peaks_apart(split)?;
        let factor = taken.split[split] as f64 / taken.whole as f64;
        (taken.whole > 0).then_some(Ratios {
            factor,
            peaks_apart,
            fragmentation: factor / peaks_apart,
        })
    }
}

impl Results {
    /// Geometric means over the traces with payload, so that the product of the two
    /// parts is the factor here as well; none if the heap is at fault on any.
    pub fn mean(&self, heap: usize, split: usize) -> Option<Ratios> {
        if self.rows.iter().any(|row| row.cells[heap].is_err()) {
            return None;
        }
        let mean = |of: fn(Ratios) -> f64| {
            let ratios = self.rows.iter().filter_map(|row| row.ratios(heap, split));
            geometric_mean(ratios.map(of))
        };
        Some(Ratios {
            factor: mean(|ratios| ratios.factor)?,
            peaks_apart: mean(|ratios| ratios.peaks_apart)?,
            fragmentation: mean(|ratios| ratios.fragmentation)?,
        })
    }

    /// The mean of [`Row::peaks_apart`], which no heap has a part in.
    pub fn mean_peaks_apart(&self, split: usize) -> Option<f64> {
        let rows = self.rows.iter();
        geometric_mean(rows.filter_map(|row| row.peaks_apart(split)))
    }

    /// The dealings, and which of the splits are by each.
    pub fn dealings(&self) -> Vec<(Dealing, Vec<usize>)> {
        let of = |dealing| {
            let splits = self.splits.iter().enumerate();
            let of_it = splits.filter(|(_, split)| split.dealing == dealing);
            of_it.map(|(at, _)| at).collect::<Vec<_>>()
        };
        [Dealing::Class, Dealing::Turns, Dealing::Thread]
            .map(|dealing| (dealing, of(dealing)))
            .into_iter()
            .filter(|(_, splits)| !splits.is_empty())
            .collect()
    }

    /// Who is at fault, and how.
    pub fn faults(&self) -> impl Iterator<Item = (&str, &Fault)> {
        self.rows.iter().flat_map(|row| {
            let cells = self.heaps.iter().zip(&row.cells);
            cells.filter_map(|(heap, cell)| Some((heap.as_str(), cell.as_ref().err()?)))
        })
    }
}

/// A dealing as the command line has it.
pub fn word(dealing: Dealing) -> &'static str {
    match dealing {
        Dealing::Class => "class",
        Dealing::Turns => "turns",
        Dealing::Thread => "thread",
    }
}
