//! Means over the traces, each with its own name.
//!
//! - Utilization: the arithmetic mean over the traces that count for it.
//! - Total throughput: all operations over all seconds, so that slow traces
//!   weigh most.
//! - Harmonic mean throughput: every trace has the same weight.
//! - Against the C library: the geometric mean of the traces' ratios.

use crate::{Means, Results, Row, Rule, Score};
use heaplab_replay::Timing;

/// All means.
pub struct Summary {
    /// A line for each heap.
    pub heaps: Vec<Line>,
    /// The C library's means; it has no utilization.
    pub c_library: Means,
    /// The same, with freed memory kept.
    pub c_library_kept: Means,
    /// How scores were computed; none if there are none.
    pub rule: Option<Rule>,
}

/// The means of one heap, over the traces on which it is valid.
pub struct Line {
    /// Utilization and throughput.
    pub means: Means,
    /// Speed as a multiple of the C library's.
    pub vs_c_library: Option<f64>,
    /// The same, with its freed memory kept.
    pub vs_c_library_kept: Option<f64>,
    /// None without a rule, and for a heap with a fault: only heaps that work get a score.
    pub score: Option<Score>,
    /// The number of traces on which the heap is valid.
    pub valid_traces: usize,
}

/// Computes the means, and by a rule the scores.
pub fn summarize(results: &Results, rule: Option<&Rule>) -> Summary {
    let c_library = throughput(results.rows.iter().map(|row| (row, row.c_library)));
    let c_library_kept = throughput(results.rows.iter().map(|row| (row, row.c_library_kept)));
    let heaps = (0..results.heaps.len()).map(|heap| {
        let cells = || results.rows.iter().map(move |row| (row, &row.cells[heap]));
        let utilizations = cells()
            .filter(|(row, _)| row.counts_for_utilization())
            .filter_map(|(_, cell)| cell.utilization());
        let means = Means {
            utilization: mean(utilizations),
            ..throughput(cells().map(|(row, cell)| (row, cell.timing)))
        };
        let mean_ratio = |ratio: &dyn Fn(&Row, &Timing) -> Option<f64>| {
            let ratios = cells()
                .filter(|(row, _)| row.counts_for_throughput())
                .filter_map(|(row, cell)| ratio(row, &cell.timing?));
            mean(ratios.map(f64::ln)).map(f64::exp)
        };
        let valid_traces = cells().filter(|(_, cell)| cell.verdict.is_ok()).count();
        let all_valid = valid_traces == results.rows.len();
        Line {
            means,
            vs_c_library: mean_ratio(&Row::vs_c_library),
            vs_c_library_kept: mean_ratio(&Row::vs_c_library_kept),
            score: rule.filter(|_| all_valid).and_then(|rule| rule.score(means, c_library)),
            valid_traces,
        }
    });
    Summary { heaps: heaps.collect(), c_library, c_library_kept, rule: rule.cloned() }
}

/// Returns both means of throughput over the traces that count for it and were timed.
fn throughput<'a>(timings: impl Iterator<Item = (&'a Row, Option<Timing>)>) -> Means {
    let timings: Vec<(f64, Timing)> = timings
        .filter(|(row, _)| row.counts_for_throughput())
        .filter_map(|(row, timing)| Some((row.input.trace.ops().len() as f64, timing?)))
        .collect();
    let ops: f64 = timings.iter().map(|(ops, _)| ops).sum();
    let nanoseconds: f64 = timings.iter().map(|(ops, timing)| ops * timing.ns_per_op).sum();
    Means {
        utilization: None,
        total_ops_per_second: (nanoseconds > 0.0).then(|| 1e9 * ops / nanoseconds),
        // The harmonic mean of rates is 1 over the arithmetic mean of times.
        harmonic_mean_ops_per_second: mean(timings.iter().map(|(_, timing)| timing.ns_per_op))
            .map(|ns_per_op| 1e9 / ns_per_op),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}
