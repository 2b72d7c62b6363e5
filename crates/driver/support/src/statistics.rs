//! Compares samples.

use std::cmp::Ordering;

/// A smaller difference counts as a tie: machines are not quieter than this.
pub const MARGIN: f64 = 1.05;

/// One must be faster in at least this share of the turns.
const SHARE: f64 = 0.9;

/// With fewer turns than this, nine in ten mean little, and the difference must be larger.
const FEW: usize = 5;
const MARGIN_OF_FEW: f64 = 1.5;

/// Returns the middle value, or the mean of the two middle ones; `None` for an empty slice.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// Returns the width of the middle half of the values, as a part of the median: 0.04 is four
/// percent. `None` for fewer than four values.
pub fn spread(values: &[f64]) -> Option<f64> {
    if values.len() < 4 {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quarter = sorted.len() / 4;
    let apart = sorted[sorted.len() - 1 - quarter] - sorted[quarter];
    Some(apart / median(values)?)
}

/// Compares two samples turn by turn: `Less` if the first was faster, `Equal` if the difference is
/// a tie.
pub fn compare(first: &[f64], second: &[f64]) -> Ordering {
    let ratios: Vec<f64> = first.iter().zip(second).map(|(a, b)| a / b).collect();
    let margin = match ratios.len() {
        0..FEW => MARGIN_OF_FEW,
        _ => MARGIN,
    };
    let needed = (SHARE * ratios.len() as f64).ceil() as usize;
    let faster = ratios.iter().filter(|&&ratio| ratio * margin < 1.0).count();
    let slower = ratios.iter().filter(|&&ratio| ratio > margin).count();
    match needed {
        0 => Ordering::Equal,
        _ if faster >= needed => Ordering::Less,
        _ if slower >= needed => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// Returns the geometric mean of positive values; `None` if there are none.
pub fn geometric_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0u32, 0.0), |(n, sum), value| (n + 1, sum + value.ln()));
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_spread_need_enough_values() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 4.0]), Some(4.0));
        assert_eq!(median(&[9.0, 1.0, 4.0, 2.0]), Some(3.0));
        assert_eq!(spread(&[1.0, 2.0, 3.0]), None);
        assert_eq!(spread(&[1.0, 10.0, 11.0, 12.0, 100.0]), Some(2.0 / 11.0));
    }

    #[test]
    fn faster_means_in_nine_of_ten_turns_and_by_more_than_the_noise() {
        let slow = [10.0; 10];
        let mut fast = [9.0; 10];
        assert_eq!(compare(&fast, &slow), Ordering::Less);
        assert_eq!(compare(&slow, &fast), Ordering::Greater);
        fast[3] = 11.0;
        assert_eq!(compare(&fast, &slow), Ordering::Less);
        fast[4] = 11.0;
        assert_eq!(compare(&fast, &slow), Ordering::Equal);
        assert_eq!(compare(&[9.7; 10], &slow), Ordering::Equal);
    }

    #[test]
    fn few_turns_show_only_a_large_difference() {
        assert_eq!(compare(&[8.0], &[10.0; 15]), Ordering::Equal);
        assert_eq!(compare(&[800.0], &[10.0; 15]), Ordering::Greater);
        assert_eq!(compare(&[], &[10.0; 15]), Ordering::Equal);
    }

    #[test]
    fn a_mean_of_ratios_is_geometric() {
        let mean = geometric_mean([1.0, 4.0].into_iter()).unwrap();
        assert!((mean - 2.0).abs() < 1e-12);
        assert_eq!(geometric_mean([].into_iter()), None);
    }
}
