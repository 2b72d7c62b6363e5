//! The results of a run: a cell for every trace and heap.

use heaplab_cost::{Cost, Measure};
use heaplab_inputs::Input;
use heaplab_replay::{Facts, Timing};
use heaplab_report::Glyphs;
use heaplab_trace::Weight;
use heaplab_worker::{Common, Failed, FaultReport};

/// All results of a run.
pub struct Results {
    /// The machine that the heaps ran on.
    pub common: Common,
    /// The heaps, as named on the command line.
    pub heaps: Vec<String>,
    /// A row for every trace.
    pub rows: Vec<Row>,
    /// Whether speeds were asked for.
    pub timed: bool,
    /// Whether costs were asked for.
    pub costed: bool,
    /// The size of the heaps over time, if it was asked for.
    pub over_time: Option<OverTime>,
}

/// The size of each heap over the operations of each trace.
pub struct OverTime {
    /// How it is shown.
    pub glyphs: Glyphs,
    /// For each row and heap the bytes of the heap at even distances; empty if it has a fault.
    pub heap_bytes: Vec<Vec<Vec<u64>>>,
}

/// One trace.
pub struct Row {
    /// The trace and its file.
    pub input: Input,
    /// A cell for every heap.
    pub cells: Vec<Cell>,
    /// The C library's speed; none if nothing was timed.
    pub c_library: Option<Timing>,
    /// The same with freed memory kept; none also if that can't be had.
    pub c_library_kept: Option<Timing>,
}

/// One heap on one trace.
pub struct Cell {
    /// Its measurements, or its fault.
    pub verdict: Result<Facts, FaultReport>,
    /// None if the heap has a fault or costs were not asked for.
    pub cost: Option<Cost>,
    /// None if the heap has a fault or nothing was timed.
    pub timing: Option<Timing>,
}

impl Results {
    /// Returns whether the C library was also timed with freed memory kept.
    pub fn has_c_library_kept(&self) -> bool {
        self.rows.iter().any(|row| row.c_library_kept.is_some())
    }

    /// Returns every fault, with its heap and row, ordered by heap.
    pub fn faults(&self) -> impl Iterator<Item = (&str, &Row, &FaultReport)> {
        self.heaps.iter().enumerate().flat_map(move |(heap, name)| {
            let of_row = move |row: &'_ Row| row.cells[heap].verdict.as_ref().err().is_some();
            self.rows.iter().filter(move |row| of_row(row)).filter_map(move |row| {
                let fault = row.cells[heap].verdict.as_ref().err()?;
                Some((name.as_str(), row, fault))
            })
        })
    }
}

impl Results {
    /// Returns the words that a heap reads and writes for an operation, over all operations of the
    /// traces that count for throughput; none if it has a fault on any of them.
    pub fn mean_touches(&self, heap: usize) -> Option<f64> {
        let (mut touches, mut ops) = (0, 0);
        for row in self.rows.iter().filter(|row| row.counts_for_throughput()) {
            let cost = row.cells[heap].cost.as_ref()?;
            touches += cost.get(Measure::Touches)?.total;
            ops += cost.ops;
        }
        (ops > 0).then(|| touches as f64 / ops as f64)
    }

    /// Returns the same with an equal weight for every trace: the mean of their means.
    pub fn mean_touches_of_traces(&self, heap: usize) -> Option<f64> {
        let (mut sum, mut traces) = (0.0, 0_u32);
        for row in self.rows.iter().filter(|row| row.counts_for_throughput()) {
            let cost = row.cells[heap].cost.as_ref()?;
            // A trace without operations has no mean, but that is not a fault.
            if let Some(mean) = cost.mean(Measure::Touches) {
                sum += mean;
                traces += 1;
            }
        }
        (traces > 0).then(|| sum / f64::from(traces))
    }
}

impl Results {
    /// Returns whether any trace counts for utilization.
    pub fn has_mean_utilization(&self) -> bool {
        self.rows.iter().any(Row::counts_for_utilization)
    }

    /// Returns whether any trace counts for throughput, and so for what operations cost.
    pub fn has_mean_throughput(&self) -> bool {
        self.rows.iter().any(Row::counts_for_throughput)
    }

    /// Returns why a table lacks means that were asked for: the weights of the traces.
    pub fn why_no_means(&self) -> Option<&'static str> {
        let asks_for_throughput = self.timed || self.costed;
        match (self.has_mean_utilization(), self.has_mean_throughput()) {
            (false, false) => {
                Some("no means: every trace has the weight 0, which counts for nothing")
            }
            (false, true) => Some(
                "no mean utilization: no trace counts for it (weight 0 counts for nothing, 3 for throughput only)",
            ),
            (true, false) if asks_for_throughput => Some(
                "no means of throughput and cost: no trace counts for them (weight 0 counts for nothing, 2 for \
                 utilization only)",
            ),
            (true, _) => None,
        }
    }
}

impl Row {
    /// Returns whether the trace counts in means of utilization.
    pub fn counts_for_utilization(&self) -> bool {
        matches!(self.input.trace.weight(), Weight::Both | Weight::Utilization)
    }

    /// Returns whether the trace counts in means of throughput.
    pub fn counts_for_throughput(&self) -> bool {
        matches!(self.input.trace.weight(), Weight::Both | Weight::Throughput)
    }

    /// Returns the speed of a timing as a multiple of the C library's.
    pub fn vs_c_library(&self, timing: &Timing) -> Option<f64> {
        Some(self.c_library?.ns_per_op / timing.ns_per_op)
    }

    /// Returns the same, compared with the C library that keeps freed memory.
    pub fn vs_c_library_kept(&self, timing: &Timing) -> Option<f64> {
        Some(self.c_library_kept?.ns_per_op / timing.ns_per_op)
    }
}

impl Cell {
    /// Returns the cell for the outcome of checking, with costs if they were asked for.
    pub(crate) fn new(outcome: Result<(Facts, Option<Cost>), Box<Failed>>) -> Cell {
        let (verdict, cost) = match outcome {
            Ok((facts, cost)) => (Ok(facts), cost),
            Err(failed) => (Err(failed.fault), None),
        };
        Cell { verdict, cost, timing: None }
    }

    /// Returns peak payload over heap bytes, if the heap is valid.
    pub fn utilization(&self) -> Option<f64> {
        self.verdict.as_ref().ok()?.utilization()
    }
}
