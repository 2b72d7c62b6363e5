//! Axes: where a value stands, and which values are named.

use crate::markup::rounded;
use heaplab_support::grouped;

/// How values become places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// In proportion.
    Linear,
    /// Each doubling takes the same room.
    Doublings,
    /// Each factor of ten takes the same room.
    Decades,
}

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows, with the unit.
    pub title: String,
    /// How values become places.
    pub scale: Scale,
    /// The value at the left or at the bottom.
    pub from: f64,
    /// The value at the right or at the top.
    pub to: f64,
    /// The values that are named, with their names; empty for round numbers.
    pub names: Vec<(f64, String)>,
    /// Whether a line crosses the panel at each named value.
    pub has_grid: bool,
}

impl Axis {
    /// Returns an axis in proportion, with round numbers.
    pub fn linear(title: impl Into<String>, from: f64, to: f64) -> Axis {
        Axis::of(title.into(), Scale::Linear, from, to)
    }

    /// Returns a logarithmic axis whose named values are powers of two.
    pub fn doublings(title: impl Into<String>, from: f64, to: f64) -> Axis {
        Axis::of(title.into(), Scale::Doublings, from, to)
    }

    /// Returns a logarithmic axis whose named values are powers of ten, if there are some.
    pub fn decades(title: impl Into<String>, from: f64, to: f64) -> Axis {
        Axis::of(title.into(), Scale::Decades, from, to)
    }

    /// Returns an axis of bytes from 0, in a unit that fits: KiB, MiB.
    pub fn bytes(what: &str, to: f64) -> Axis {
        let units = [("bytes", 1.0), ("KiB", 1024.0), ("MiB", 1_048_576.0)];
        let (unit, size) =
            units.into_iter().rev().find(|(_, size)| to >= 1.5 * size).unwrap_or(units[0]);
        let mut axis = Axis::linear(format!("{what} ({unit})"), 0.0, to.max(1.0));
        let names = round_numbers(0.0, axis.to / size, 5);
        axis.names = names.into_iter().map(|value| (value * size, name(value))).collect();
        axis
    }

    /// Returns an axis with a place for each of these names, the first at the top.
    pub fn named(names: impl IntoIterator<Item = String>) -> Axis {
        let names: Vec<String> = names.into_iter().collect();
        let count = names.len();
        let mut axis = Axis::linear(String::new(), 0.0, count.max(1) as f64);
        let place = |index: usize| (count - index) as f64 - 0.5;
        axis.names =
            names.into_iter().enumerate().map(|(index, name)| (place(index), name)).collect();
        axis
    }

    fn of(title: String, scale: Scale, from: f64, to: f64) -> Axis {
        let to = if to > from { to } else { from + from.abs().max(1.0) };
        Axis { title, scale, from, to, names: Vec::new(), has_grid: true }
    }

    /// Returns where a value stands: 0 at the beginning, 1 at the end.
    pub fn share(&self, value: f64) -> f64 {
        let [value, from, to] = match self.scale {
            Scale::Linear => [value, self.from, self.to],
            Scale::Doublings | Scale::Decades => {
                [value, self.from, self.to].map(|value| value.max(f64::MIN_POSITIVE).log2())
            }
        };
        ((value - from) / (to - from)).clamp(0.0, 1.0)
    }

    /// Returns the values that are named, at most about this many.
    pub(crate) fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if !self.names.is_empty() {
            return self.names.clone();
        }
        let values = match self.scale {
            Scale::Linear => round_numbers(self.from, self.to, most),
            Scale::Doublings => powers(2.0, self.from, self.to, most),
            Scale::Decades if self.to / self.from >= 900.0 => {
                powers(10.0, self.from, self.to, most)
            }
            Scale::Decades => round_factors(self.from, self.to),
        };
        values.into_iter().map(|value| (value, name(value))).collect()
    }
}

/// Returns multiples of a round step.
fn round_numbers(from: f64, to: f64, most: usize) -> Vec<f64> {
    let least_step = (to - from) / most.max(1) as f64;
    let power = 10_f64.powf(least_step.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = step.into_iter().find(|step| *step >= least_step * 0.999).unwrap_or(10.0 * power);
    let first = (from / step - 1e-9).ceil() as i64;
    let last = (to / step + 1e-9).floor() as i64;
    (first..=last).map(|number| number as f64 * step).collect()
}

/// Returns powers of a base, every second or third one if they are many.
fn powers(base: f64, from: f64, to: f64, most: usize) -> Vec<f64> {
    let first = (from.log(base) - 1e-9).ceil() as i32;
    let last = (to.log(base) + 1e-9).floor() as i32;
    let every = ((last - first).max(0) as usize / most.max(1) + 1).max(1);
    (first..=last).step_by(every).map(|power| base.powi(power)).collect()
}

/// Returns 0.5, 1, 2, 5, 10 and so on; more of them within less than a decade.
fn round_factors(from: f64, to: f64) -> Vec<f64> {
    let digits: &[f64] = match to / from {
        narrow if narrow < 6.0 => &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
        _ => &[1.0, 2.0, 5.0],
    };
    let power = from.log10().floor() as i32;
    let all = (power..power + 4)
        .flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)));
    all.filter(|value| (from..=to).contains(value)).collect()
}

/// Returns a number for reading.
fn name(value: f64) -> String {
    match value {
        whole if whole.fract() == 0.0 && whole >= 10_000.0 => grouped(whole as u64),
        _ if value != 0.0 && value.abs() < 0.01 => format!("{value:e}"),
        _ => rounded(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(axis: &Axis) -> Vec<String> {
        axis.ticks(6).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn named_values_are_round() {
        assert_eq!(names(&Axis::linear("", 0.0, 14_400.0)), ["0", "5000", "10 000"]);
        assert_eq!(names(&Axis::linear("", 0.87, 1.6)), ["1", "1.2", "1.4", "1.6"]);
        assert_eq!(names(&Axis::doublings("", 0.9, 17.0)), ["1", "2", "4", "8", "16"]);
        assert_eq!(names(&Axis::decades("", 1.0, 10_000.0)), ["1", "10", "100", "1000", "10 000"]);
        assert_eq!(names(&Axis::decades("", 0.45, 20.0)), ["0.5", "1", "2", "5", "10", "20"]);
        assert_eq!(names(&Axis::bytes("heap", 12_352.0)), ["0", "5", "10"]);
        assert_eq!(Axis::bytes("heap", 12_352.0).title, "heap (KiB)");
        assert_eq!(names(&Axis::bytes("heap", 0.0)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    }

    #[test]
    fn places_follow_the_scale() {
        assert_eq!(Axis::linear("", 0.0, 200.0).share(50.0), 0.25);
        assert_eq!(Axis::doublings("", 1.0, 16.0).share(4.0), 0.5);
        assert_eq!(Axis::decades("", 1.0, 100.0).share(0.0), 0.0);
        assert_eq!(Axis::linear("", 5.0, 5.0).share(5.0), 0.0);
        let rows = Axis::named(["first", "second"].map(str::to_owned));
        assert_eq!([1.5, 0.5].map(|place| rows.share(place)), [0.75, 0.25]);
    }
}
