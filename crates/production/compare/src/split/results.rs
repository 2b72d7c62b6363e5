//! The memory of several heaps, compared with that of one.
//!
//! B and P are the peaks of one heap: bytes of the heap segment and of payload. b and p are the
//! sums of these peaks over several heaps:
//!
//! ```text
//!       b     p     P / B
//!       ─  =  ─  *  ─────
//!       B     P     p / b
//!
//!  factor  =  peaks apart  *  fragmentation
//! ```
//!
//! The heaps need not peak at the same time. That is the first ratio, which depends on the program
//! and the dealing but not on the heaps. The second ratio is how much worse or better they are
//! filled than one heap would be.

use heaplab_inputs::Input;
use heaplab_support::statistics::geometric_mean;
use heaplab_trace::Dealing;
use heaplab_worker::FaultReport;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// All results.
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
    /// The number of heaps.
    pub heaps: NonZeroU32,
}

/// A trace.
pub struct Row {
    /// The trace and its file.
    pub input: Input,
    /// What the parts are like, for each split.
    pub parts: Vec<Parts>,
    /// What each heap takes.
    pub cells: Vec<Result<Taken, Fault>>,
}

/// What the parts of a split trace are like.
#[derive(Clone, Copy)]
pub struct Parts {
    /// The number of heaps that get any request.
    pub heaps_used: usize,
    /// The sum of their peaks of payload.
    pub peak_payload_bytes: u64,
}

/// The heap segment's largest size in bytes.
pub struct Taken {
    /// For one heap and the whole trace.
    pub whole: u64,
    /// For each split, the sum over its heaps.
    pub split: Vec<u64>,
}

/// Why a heap has no figures on a trace.
pub struct Fault {
    /// The file of the trace, or of its part, on which the heap is at fault.
    pub path: PathBuf,
    /// Whether the file is a part.
    pub is_in_a_part: bool,
    /// What is wrong.
    pub report: Box<FaultReport>,
}

/// The ratios of several heaps to one.
#[derive(Clone, Copy, Debug)]
pub struct Ratios {
    /// Their memory over that of one heap.
    pub factor: f64,
    /// The sum of their payload peaks over the peak of all payload.
    pub peaks_apart: f64,
    /// Their memory per byte of payload over that of one heap, at their peaks.
    pub fragmentation: f64,
}

impl Row {
    /// Returns how far apart the heaps' peaks are; `None` for a trace without payload.
    pub fn peaks_apart(&self, split: usize) -> Option<f64> {
        let whole = self.input.trace.peak_payload_bytes();
        (whole > 0).then(|| self.parts[split].peak_payload_bytes as f64 / whole as f64)
    }

    /// Returns the ratios of one heap on this trace; `None` for a trace without payload, and if the
    /// heap is at fault.
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
    /// Returns the geometric means over the traces with payload, so that here too the product of
    /// the two parts is the factor; `None` if the heap is at fault on any trace.
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

    /// Returns the mean of [`Row::peaks_apart`], which does not depend on the heap.
    pub fn mean_peaks_apart(&self, split: usize) -> Option<f64> {
        let rows = self.rows.iter();
        geometric_mean(rows.filter_map(|row| row.peaks_apart(split)))
    }

    /// Returns the dealings, and the indices of the splits that use each.
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

    /// Returns each fault with the name of its heap.
    pub fn faults(&self) -> impl Iterator<Item = (&str, &Fault)> {
        self.rows.iter().flat_map(|row| {
            let cells = self.heaps.iter().zip(&row.cells);
            cells.filter_map(|(heap, cell)| Some((heap.as_str(), cell.as_ref().err()?)))
        })
    }
}

/// Returns a dealing's name on the command line.
pub fn word(dealing: Dealing) -> &'static str {
    match dealing {
        Dealing::Class => "class",
        Dealing::Turns => "turns",
        Dealing::Thread => "thread",
    }
}
