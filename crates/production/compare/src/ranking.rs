//! Ranks contenders by speed over all traces.

use crate::Results;
use heaplab_support::statistics::{compare, geometric_mean, median, spread};
use std::cmp::Ordering;

/// The contenders, fastest first.
pub struct Ranking {
    /// One place for each contender.
    pub places: Vec<Place>,
    /// The number of traces that count: those on which every contender has times.
    pub traces: usize,
}

/// One contender's place.
pub struct Place {
    /// The contender's index.
    pub contender: usize,
    /// Nanoseconds per operation in the median turn, as the geometric mean over the traces.
    pub ns_per_op: f64,
    /// The interquartile range of the turns, as a fraction of the median.
    pub spread: Option<f64>,
    /// This contender's time over that of the base.
    pub ratio: f64,
    /// The trace with the smallest ratio, and that ratio.
    pub best: (String, f64),
    /// The trace with the largest ratio, and that ratio.
    pub worst: (String, f64),
    /// The contenders from which this one does not differ.
    pub ties: Vec<usize>,
}

/// Returns the ranking against the contender at `base`; `None` if no trace has times of every
/// contender.
pub fn rank(results: &Results, base: usize) -> Option<Ranking> {
    let rows: Vec<_> = results
        .rows
        .iter()
        .filter(|row| row.cells.iter().all(|cell| !cell.ns_per_op.is_empty()))
        .collect();
    let all = 0..results.contenders.len();
    let turns: Vec<Vec<f64>> = all
        .clone()
        .map(|at| means_by_turn(rows.iter().map(|row| &row.cells[at].ns_per_op[..])))
        .collect();
    let base_ns = median(&turns[base])?;
    let mut places = Vec::new();
    for at in all.clone() {
        let ns_per_op = median(&turns[at])?;
        let mut ratios: Vec<(String, f64)> = rows
            .iter()
            .filter_map(|row| {
                let of = |at: usize| row.cells[at].median_ns_per_op();
                Some((row.input.trace.name().to_owned(), of(at)? / of(base)?))
            })
            .collect();
        ratios.sort_by(|a, b| a.1.total_cmp(&b.1));
        places.push(Place {
            contender: at,
            ns_per_op,
            spread: spread(&turns[at]),
            ratio: ns_per_op / base_ns,
            best: ratios.first()?.clone(),
            worst: ratios.last()?.clone(),
            ties: all
                .clone()
                .filter(|&other| other != at)
                .filter(|&other| compare(&turns[at], &turns[other]) == Ordering::Equal)
                .collect(),
        });
    }
    places.sort_by(|a, b| a.ns_per_op.total_cmp(&b.ns_per_op));
    Some(Ranking { places, traces: rows.len() })
}

/// Returns the geometric mean over the traces for each turn. If a slow contender has fewer turns on
/// a trace, its median replaces the missing ones.
fn means_by_turn<'a>(traces: impl Iterator<Item = &'a [f64]>) -> Vec<f64> {
    let traces: Vec<&[f64]> = traces.collect();
    let turns = traces.iter().map(|samples| samples.len()).max();
    let of_turn = |turn: usize| {
        let samples = traces.iter().filter_map(|samples| match samples.get(turn) {
            Some(&sample) => Some(sample),
            None => median(samples),
        });
        geometric_mean(samples)
    };
    (0..turns.unwrap_or(0)).filter_map(of_turn).collect()
}

#[cfg(test)]
mod tests {
    use super::means_by_turn;

    #[test]
    fn a_missed_turn_counts_as_the_median() {
        let quick: &[f64] = &[1.0, 2.0, 4.0];
        let slow: &[f64] = &[100.0];
        let means = means_by_turn([quick, slow].into_iter());
        let expected = [10.0, 200f64.sqrt(), 20.0];
        for (mean, expected) in means.iter().zip(expected) {
            assert!((mean - expected).abs() < 1e-9, "{means:?}");
        }
    }
}
