//! From means to a score out of 100.

use std::ops::Range;

/// How to compute a score. `weight` is utilization's share of the marks.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// `100 (w U + (1 - w) min(1, T / T_ref))`: the classic driver's index. T is
    /// all operations over all seconds.
    Classic {
        /// w
        weight: f64,
        /// T_ref; none stands for the C library's T in the same run.
        reference_ops_per_second: Option<f64>,
    },
    /// `100 (w clamp((U - U_min) / (U_max - U_min)) + (1 - w) clamp((T - T_min) / (T_max -
    /// T_min)))`: the present driver's. T is the harmonic mean of the traces' rates, and its
    /// thresholds are fractions of the reference's.
    Thresholds {
        /// w
        weight: f64,
        /// From U_min to U_max.
        utilization: Range<f64>,
        /// From T_min to T_max.
        throughput: Range<f64>,
        /// The reference in operations a second; none stands for the C library's T in the same run.
        reference_ops_per_second: Option<f64>,
    },
}

/// The means that a score is computed from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means {
    /// Mean over the traces that count for utilization.
    pub utilization: Option<f64>,
    /// All operations over all seconds.
    pub total_ops_per_second: Option<f64>,
    /// Harmonic mean, with the same weight for every trace.
    pub harmonic_mean_ops_per_second: Option<f64>,
}

/// A score and its parts, in points; all points together are 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Points for utilization.
    pub utilization_points: f64,
    /// Points for throughput.
    pub throughput_points: f64,
}

impl Score {
    /// Returns the sum of both.
    pub fn points(self) -> f64 {
        self.utilization_points + self.throughput_points
    }
}

impl Rule {
    /// Returns a heap's score, if the means for it exist.
    pub fn score(&self, heap: Means, c_library: Means) -> Option<Score> {
        let (weight, utilization, throughput) = match self {
            Rule::Classic { weight, reference_ops_per_second } => {
                let reference = reference_ops_per_second.or(c_library.total_ops_per_second)?;
                let throughput = heap.total_ops_per_second? / reference;
                (weight, heap.utilization?, throughput.min(1.0))
            }
            Rule::Thresholds { weight, utilization, throughput, reference_ops_per_second } => {
                let reference =
                    reference_ops_per_second.or(c_library.harmonic_mean_ops_per_second)?;
                let rate = heap.harmonic_mean_ops_per_second? / reference;
                (weight, share(heap.utilization?, utilization), share(rate, throughput))
            }
        };
        Some(Score {
            utilization_points: 100.0 * weight * utilization,
            throughput_points: 100.0 * (1.0 - weight) * throughput,
        })
    }

    /// Returns the rule in one line, with its numbers.
    pub fn describe(&self) -> String {
        let reference = |given: &Option<f64>| match given {
            Some(ops) => format!("{ops} ops/s"),
            None => heaplab_checks::C_LIBRARY_NAME.to_owned(),
        };
        match self {
            Rule::Classic { weight, reference_ops_per_second: given } => format!(
                "classic: {:.0} points for utilization, {:.0} for total throughput up to that of {}",
                100.0 * weight,
                100.0 * (1.0 - weight),
                reference(given)
            ),
            Rule::Thresholds {
                weight,
                utilization,
                throughput,
                reference_ops_per_second: given,
            } => format!(
                "thresholds: {:.0} points for utilization from {} to {}, {:.0} for harmonic mean throughput \
                 from {} to {} of {}",
                100.0 * weight,
                utilization.start,
                utilization.end,
                100.0 * (1.0 - weight),
                throughput.start,
                throughput.end,
                reference(given)
            ),
        }
    }
}

/// Returns how far into the range a value is, from 0 to 1. An empty range is a step.
fn share(value: f64, range: &Range<f64>) -> f64 {
    if range.end <= range.start {
        return if value >= range.start { 1.0 } else { 0.0 };
    }
    ((value - range.start) / (range.end - range.start)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(utilization: f64, total: f64, harmonic: f64) -> Means {
        Means {
            utilization: Some(utilization),
            total_ops_per_second: Some(total),
            harmonic_mean_ops_per_second: Some(harmonic),
        }
    }

    #[test]
    fn the_classic_score_is_the_index_of_2002() {
        let rule = Rule::Classic { weight: 0.6, reference_ops_per_second: Some(600e3) };
        let slow = rule.score(means(0.8, 300e3, 1.0), Means::default()).unwrap();
        assert!((slow.points() - (48.0 + 20.0)).abs() < 1e-9);
        let fast = rule.score(means(0.8, 9e6, 1.0), Means::default()).unwrap();
        assert!((fast.points() - (48.0 + 40.0)).abs() < 1e-9);
    }

    #[test]
    fn the_c_library_is_the_default_reference() {
        let rule = Rule::Classic { weight: 0.5, reference_ops_per_second: None };
        let score = rule.score(means(1.0, 5e6, 1.0), means(0.0, 20e6, 1.0)).unwrap();
        assert_eq!((score.utilization_points, score.throughput_points), (50.0, 12.5));
        assert_eq!(rule.score(means(1.0, 5e6, 1.0), Means::default()), None);
    }

    #[test]
    fn thresholds_clamp_at_both_ends() {
        let rule = Rule::Thresholds {
            weight: 0.6,
            utilization: 0.55..0.74,
            throughput: 0.5..0.9,
            reference_ops_per_second: None,
        };
        let c_library = means(0.0, 1.0, 10e6);
        let points = |u, t| rule.score(means(u, 1.0, t), c_library).unwrap().points();
        assert!((points(0.55, 5e6) - 0.0).abs() < 1e-9);
        assert!((points(0.645, 7e6) - 50.0).abs() < 1e-9);
        assert!((points(0.99, 99e6) - 100.0).abs() < 1e-9);
        assert!((points(0.10, 99e6) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn an_empty_range_is_a_step() {
        assert_eq!((share(0.4, &(0.5..0.5)), share(0.5, &(0.5..0.5))), (0.0, 1.0));
    }
}
