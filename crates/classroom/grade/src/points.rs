//! Points, exactly: hundredths, as an integer.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// Points of a grade, in hundredths, so that sums are exact and the same
/// everywhere. In JSON and TOML they are a number with at most two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(u64);

/// A number that can't be points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotPoints(f64);

impl Points {
    /// No points.
    pub const ZERO: Points = Points(0);

    /// The maximum accepted from outside, so that no sum overflows.
    pub const MAX: Points = Points(100_000_000);

    /// Returns this many whole points.
    pub const fn whole(points: u32) -> Points {
        Points(points as u64 * 100)
    }

    /// Returns this many hundredths of a point.
    pub const fn from_hundredths(hundredths: u64) -> Points {
        Points(hundredths)
    }

    /// Returns the points in hundredths.
    pub const fn hundredths(self) -> u64 {
        self.0
    }

    /// Returns the number with at most two decimals that is exactly these points.
    ///
    /// # Errors
    /// If it is negative, over [`Points::MAX`], or has more decimals.
    pub fn from_f64(number: f64) -> Result<Points, NotPoints> {
        let hundredths = (number * 100.0).round();
        let fits = (0.0..=Points::MAX.0 as f64).contains(&hundredths);
        // A decimal is read as the closest double, and so is this quotient:
        // they are equal exactly if the decimal has at most two places.
        if fits && hundredths / 100.0 == number {
            Ok(Points(hundredths as u64))
        } else {
            Err(NotPoints(number))
        }
    }

    /// Returns a number with at most two decimals.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Returns the part of the points that `of` out of `all`
    /// earn, rounded down to hundredths; zero if `all` is zero.
    pub fn part(self, of: usize, all: usize) -> Points {
        let (of, all) = (of.min(all) as u128, all as u128);
        let part = (u128::from(self.0) * of).checked_div(all).unwrap_or(0);
        Points(u64::try_from(part).unwrap_or(self.0))
    }

    /// Returns this share of the points, between 0 and 1, rounded to the
    /// nearest hundredth. A share that is not a number earns nothing.
    pub fn share(self, share: f64) -> Points {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        Points(((self.0 as f64 * share).round() as u64).min(self.0))
    }
}

impl Add for Points {
    type Output = Points;

    fn add(self, other: Points) -> Points {
        Points(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Points) {
        *self = *self + other;
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Points>>(all: I) -> Points {
        all.fold(Points::ZERO, Add::add)
    }
}

/// Writes two decimals: `12.50`.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

impl fmt::Display for NotPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} can't be points: a number from 0 to {} with at most two decimals can",
            self.0,
            Points::MAX.0 / 100
        )
    }
}

impl std::error::Error for NotPoints {}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(100) {
            serializer.serialize_u64(self.0 / 100)
        } else {
            serializer.serialize_f64(self.as_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Points, D::Error> {
        deserializer.deserialize_any(Number)
    }
}

/// A visitor that reads points from any kind of number.
struct Number;

impl Visitor<'_> for Number {
    type Value = Points;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("points: a number with at most two decimals")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Points, E> {
        Points::from_f64(number).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Points, E> {
        let hundredths = number.checked_mul(100).map(Points);
        let fits = hundredths.filter(|&points| points <= Points::MAX);
        fits.ok_or_else(|| E::custom(NotPoints(number as f64)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Points, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::custom(NotPoints(number as f64))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn points_have_two_decimals_in_text_and_only_needed_ones_in_json() {
        for (hundredths, shown, json) in [
            (0, "0.00", "0"),
            (1250, "12.50", "12.5"),
            (7, "0.07", "0.07"),
            (600, "6.00", "6"),
            (10_000_000_001, "100000000.01", "100000000.01"),
        ] {
            let points = Points::from_hundredths(hundredths);
            assert_eq!(points.to_string(), shown);
            assert_eq!(serde_json::to_string(&points).unwrap(), json);
        }
        assert_eq!(format!("{:>7}", Points::whole(3)), "   3.00");
    }

    #[test]
    fn inexact_or_invalid_points_are_refused() {
        for json in [
            "12.505",
            "-1",
            "-0.01",
            "1000000.01",
            "1000001",
            "1e300",
            "0.1000001",
            "\"6\"",
            "null",
        ] {
            assert!(serde_json::from_str::<Points>(json).is_err(), "{json}");
        }
        assert!(Points::from_f64(f64::NAN).is_err());
        assert_eq!(serde_json::from_str::<Points>("1e1").unwrap(), Points::whole(10));
        assert_eq!(serde_json::from_str::<Points>("6.10").unwrap(), Points::from_hundredths(610));
    }

    #[test]
    fn parts_of_the_points_are_rounded_down_and_all_parts_give_all() {
        let ten = Points::whole(10);
        assert_eq!(ten.part(1, 3), Points::from_hundredths(333));
        assert_eq!(ten.part(3, 3), ten);
        assert_eq!(ten.part(0, 0), Points::ZERO);
    }

    proptest! {
        #[test]
        fn json_keeps_points_exactly(hundredths in 0..=Points::MAX.0) {
            let points = Points(hundredths);
            let json = serde_json::to_string(&points).unwrap();
            prop_assert_eq!(serde_json::from_str::<Points>(&json).unwrap(), points);
            let decimals = json.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            prop_assert!(decimals <= 2, "{json}");
        }

        #[test]
        fn a_share_is_within_bounds_and_grows(points in 0..=Points::MAX.0, a: f64, b: f64) {
            let points = Points(points);
            prop_assert!(points.share(a) <= points);
            if a <= b {
                prop_assert!(points.share(a) <= points.share(b));
            }
        }

        #[test]
        fn a_part_is_within_bounds_and_grows(points in 0..=Points::MAX.0, of in 0_usize..50, all in 0_usize..50) {
            let points = Points(points);
            prop_assert!(points.part(of, all) <= points);
            prop_assert!(points.part(of, all) <= points.part(of + 1, all));
        }
    }
}
