//! A class ordered by points, then by the quality of the heaps.

mod names;
mod show;

pub use names::Names;

use crate::trace::rounded;
use crate::{Points, Record, Verdict, touches_per_op, utilization};
use serde::Serialize;
use std::cmp::Ordering;

/// A class, the best first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leaderboard {
    /// Name of the format, for JSON.
    schema: &'static str,
    /// The best first.
    pub standings: Vec<Standing>,
}

/// A submission's place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The rank, from 1. Submissions that are equal in everything
    /// share a rank, and the next rank counts all of them.
    pub rank: usize,
    /// The submission's name, or its pseudonym.
    pub name: String,
    /// Points earned.
    pub points: Points,
    /// Points that could be earned.
    pub max_points: Points,
    /// Mean utilization: more is better.
    pub utilization: Option<f64>,
    /// Loads and stores an operation: less is better, and `None` is worst.
    pub touches_per_op: Option<f64>,
}

impl Leaderboard {
    /// Orders the records that were graded: by points, then
    /// by utilization, then by loads and stores an operation.
    pub fn new(records: &[Record], names: &Names) -> Leaderboard {
        let graded: Vec<&Record> =
            records.iter().filter(|record| record.verdict == Verdict::Graded).collect();
        let shown = names.shown(graded.iter().map(|record| record.submission.name.as_str()));
        let mut standings: Vec<Standing> =
            graded.iter().zip(shown).map(|(record, name)| Standing::of(record, name)).collect();
        // Equal ones are ordered by the name that is shown,
        // so that its place does not give a pseudonym away.
        standings.sort_by(|a, b| a.compare(b).then_with(|| a.name.cmp(&b.name)));
        for index in 0..standings.len() {
            let before = index.checked_sub(1).map(|before| &standings[before]);
            let tied = before.filter(|before| before.compare(&standings[index]) == Ordering::Equal);
            standings[index].rank = tied.map_or(index + 1, |before| before.rank);
        }
        Leaderboard { schema: "heaplab.leaderboard.v1", standings }
    }
}

impl Standing {
    fn of(record: &Record, name: String) -> Standing {
        Standing {
            rank: 0,
            name,
            points: record.points,
            max_points: record.max_points,
            utilization: utilization(&record.traces).ok().map(rounded),
            touches_per_op: touches_per_op(&record.traces).ok().map(rounded),
        }
    }

    /// Compares two places; the better one is less.
    fn compare(&self, other: &Standing) -> Ordering {
        let none_is_worst = |standing: &Standing| {
            let utilization = standing.utilization.unwrap_or(f64::NEG_INFINITY);
            let touches = standing.touches_per_op.unwrap_or(f64::INFINITY);
            (utilization, touches)
        };
        let [(utilization, touches), (others, other_touches)] = [self, other].map(none_is_worst);
        (other.points.cmp(&self.points))
            .then(others.total_cmp(&utilization))
            .then(touches.total_cmp(&other_touches))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{ran, refused};
    use crate::{Counts, TraceResult};
    use heaplab_replay::Facts;

    fn record(name: &str, passed: [bool; 2], heap_bytes: u64, touches: u64) -> Record {
        let facts = Facts {
            ops: 10,
            peak_payload_bytes: 80,
            heap_bytes,
            sbrk_calls: 1,
            loads: touches,
            stores: 0,
        };
        ran(name, vec![TraceResult::sound("a.rep", false, Counts::Both, facts)], passed)
    }

    fn ranks(records: &[Record]) -> Vec<(usize, String)> {
        let board = Leaderboard::new(records, &Names::AsHandedIn);
        board.standings.into_iter().map(|standing| (standing.rank, standing.name)).collect()
    }

    #[test]
    fn points_count_first_then_utilization_then_work() {
        let records = [
            record("half", [true, false], 80, 10),
            record("slow", [true, true], 100, 90),
            record("tight", [true, true], 90, 90),
            record("quick", [true, true], 100, 80),
        ];
        let expected = [(1, "tight"), (2, "quick"), (3, "slow"), (4, "half")];
        // All but `half` have the same points: both measures are at their bounds.
        let records = records.map(|mut record| {
            record.measures.clear();
            record.add_up()
        });
        assert_eq!(ranks(&records), expected.map(|(rank, name)| (rank, name.to_owned())));
    }

    #[test]
    fn equal_records_share_a_rank_and_ungraded_ones_have_none() {
        let records = [
            record("b", [true, true], 100, 30),
            record("c", [true, false], 100, 30),
            record("a", [true, true], 100, 30),
            refused(),
        ];
        let expected = [(1, "a"), (1, "b"), (3, "c")];
        assert_eq!(ranks(&records), expected.map(|(rank, name)| (rank, name.to_owned())));
    }
}
