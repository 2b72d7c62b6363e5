//! Pictures in SVG, as parts of a page.

use crate::statistics::Five;
use heaplab_pictures::{Markup, Tag};

/// Width of the histogram, in units of its picture.
const WIDTH: f64 = 720.0;
/// Height of its bars.
const HEIGHT: f64 = 180.0;
/// Room around the bars for figures.
const MARGIN: f64 = 24.0;

/// Draws how many submissions fall into equal parts of the range from 0 to `max`.
pub fn histogram(bins: &[usize], max: f64, median: Option<f64>) -> String {
    let most = bins.iter().copied().max().unwrap_or(0).max(1) as f64;
    let inner = WIDTH - 2.0 * MARGIN;
    let width = inner / bins.len().max(1) as f64;
    let bottom = HEIGHT + MARGIN;
    drawn([WIDTH, bottom + MARGIN], Some("histogram of points"), |markup| {
        for (index, &count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
            let height = HEIGHT * count as f64 / most;
            let x = MARGIN + width * index as f64;
            let share = max / bins.len() as f64;
            let [from, to] = [index, index + 1].map(|index| figure(index as f64 * share));
            let bar = Tag::new("rect").with("class", "good").with("x", x + 1.0);
            let bar = bar.with("y", bottom - height).with("width", width - 2.0);
            let data = [("from", from.clone()), ("to", to.clone()), ("count", count.to_string())];
            markup.element(bar.with("height", height).with_data(&data), |markup| {
                markup.text(Tag::new("title"), &format!("{from} to {to} points: {count}"));
            });
            let place = [x + width / 2.0, bottom - height - 4.0];
            markup.text(centred(place), &count.to_string());
        }
        markup.empty(line("axis", [MARGIN, bottom], [WIDTH - MARGIN, bottom]));
        for quarter in 0..=4 {
            let part = f64::from(quarter) / 4.0;
            let place = [MARGIN + inner * part, bottom + 16.0];
            markup.text(centred(place), &figure(max * part));
        }
        if let Some(median) = median.filter(|_| max > 0.0) {
            let x = MARGIN + inner * (median / max).clamp(0.0, 1.0);
            let data = [("median", median.to_string())];
            let mark = line("median", [x, MARGIN], [x, bottom]).with_data(&data);
            markup.element(mark, |markup| {
                markup.text(Tag::new("title"), &format!("median {median:.2}"));
            });
        }
    })
}

/// Draws the shares of submissions that pass all, some and none of a stage's checks.
pub fn shares(counts: [usize; 3]) -> String {
    let all = counts.iter().sum::<usize>().max(1) as f64;
    drawn([300.0, 20.0], Some("shares"), |markup| {
        let mut x = 0.0;
        for (count, class) in counts.into_iter().zip(["good", "part", "bad"]) {
            let width = 300.0 * count as f64 / all;
            if count > 0 {
                let bar = Tag::new("rect").with("class", class).with("x", x).with("y", 2.0);
                let bar = bar.with("width", width).with("height", 16.0);
                markup.element(bar.with_data(&[("count", count.to_string())]), |markup| {
                    markup.text(Tag::new("title"), &count.to_string());
                });
            }
            x += width;
        }
    })
}

/// Returns a picture of this size; one without a label is not read to those who don't see it.
fn drawn([width, height]: [f64; 2], label: Option<&str>, fill: impl FnOnce(&mut Markup)) -> String {
    let mut markup = Markup::default();
    let tag = Tag::new("svg").with("viewBox", format!("0 0 {width} {height}"));
    let tag = match label {
        Some(label) => tag.with("role", "img").with("aria-label", label),
        None => tag.with("aria-hidden", "true"),
    };
    markup.element(tag, fill);
    markup.finish()
}

fn centred([x, y]: [f64; 2]) -> Tag {
    Tag::new("text").with("x", x).with("y", y).with("text-anchor", "middle")
}

fn line(class: &str, [x, y]: [f64; 2], [to_x, to_y]: [f64; 2]) -> Tag {
    let tag = Tag::new("line").with("class", class).with("x1", x).with("y1", y);
    tag.with("x2", to_x).with("y2", to_y)
}

/// Where values stand in a picture of their spread.
pub struct Axis {
    is_logarithmic: bool,
    most: f64,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Returns an axis from 0 to 100 percent.
    pub fn percent() -> Axis {
        let ticks = [0.0, 0.5, 1.0].map(|value| (value, format!("{:.0}%", value * 100.0)));
        Axis { is_logarithmic: false, most: 1.0, ticks: ticks.to_vec() }
    }

    /// Returns an axis from 1 to the power of ten that is not below `most`. Work differs by
    /// factors: a list that is searched costs a thousand times what a table costs.
    pub fn logarithmic(most: f64) -> Axis {
        let powers = most.max(10.0).log10().ceil() as i32;
        let ticks = (0..=powers).map(|power| 10_f64.powi(power));
        Axis {
            is_logarithmic: true,
            most: 10_f64.powi(powers),
            ticks: ticks.map(|value| (value, figure(value))).collect(),
        }
    }

    /// Returns the place of a value, from the left.
    fn place(&self, value: f64) -> f64 {
        let share = if self.is_logarithmic {
            value.max(1.0).log10() / self.most.log10()
        } else {
            value / self.most
        };
        LEFT + (SPREAD - 2.0 * LEFT) * share.clamp(0.0, 1.0)
    }
}

const SPREAD: f64 = 300.0;
const LEFT: f64 = 16.0;

/// Draws the ticks of an axis.
pub fn axis(axis: &Axis) -> String {
    drawn([SPREAD, 14.0], None, |markup| {
        for (value, text) in &axis.ticks {
            markup.text(centred([axis.place(*value), 12.0]), text);
        }
    })
}

/// Draws the values of submissions as dots over a box of their quartiles. The dots have `names`,
/// if there are any.
pub fn spread(values: &[(usize, f64)], axis: &Axis, names: Option<&[String]>) -> String {
    let Some(five) = Five::of(values.iter().map(|(_, value)| *value).collect()) else {
        return "none".to_owned();
    };
    let [least, lower, median, upper, most] = five.numbers.map(|number| axis.place(number));
    let text = five.numbers.map(|number| format!("{number:.2}")).join(", ");
    drawn([SPREAD, 28.0], Some(&format!("five numbers: {text}")), |markup| {
        for (value, _) in &axis.ticks {
            let x = axis.place(*value);
            markup.empty(line("axis", [x, 0.0], [x, 28.0]));
        }
        markup.empty(line("whisker", [least, 14.0], [most, 14.0]));
        let quartiles = Tag::new("rect").with("class", "box").with("x", lower).with("y", 7.0);
        let quartiles = quartiles.with("width", (upper - lower).max(1.0)).with("height", 14.0);
        markup.empty(quartiles);
        markup.empty(line("median", [median, 5.0], [median, 23.0]));
        for (index, value) in values {
            // Dots of equal values are drawn beside each other.
            let y = 10.0 + (index % 5 * 2) as f64;
            let dot = Tag::new("circle").with("class", "dot").with("cx", axis.place(*value));
            let dot = dot.with("cy", y).with("r", 2.0).with_data(&[("value", value.to_string())]);
            let name = names.map(|names| format!("{}: ", names[*index])).unwrap_or_default();
            markup.element(dot, |markup| {
                markup.text(Tag::new("title"), &format!("{name}{value:.3}"));
            });
        }
    })
}

/// Returns a number without needless decimals.
fn figure(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tallest_bar_fills_the_picture_and_empty_ones_are_not_drawn() {
        let picture = histogram(&[0, 2, 4], 30.0, Some(15.0));
        assert_eq!(picture.matches("<rect").count(), 2);
        for part in [
            "height=\"180\" data-from=\"20\" data-to=\"30\" data-count=\"4\"",
            "height=\"90\" data-from=\"10\" data-to=\"20\" data-count=\"2\"",
            "<title>20 to 30 points: 4</title>",
            "x1=\"360\"",
        ] {
            assert!(picture.contains(part), "{part} in {picture}");
        }
    }

    #[test]
    fn shares_fill_the_whole_bar() {
        let picture = shares([1, 0, 3]);
        assert!(picture.contains("class=\"good\" x=\"0\" y=\"2\" width=\"75\""), "{picture}");
        assert!(picture.contains("class=\"bad\" x=\"75\" y=\"2\" width=\"225\""), "{picture}");
        assert!(!picture.contains("class=\"part\""));
    }

    #[test]
    fn values_stand_where_the_axis_says() {
        let percent = Axis::percent();
        assert_eq!([0.0, 0.5, 1.0].map(|value| percent.place(value)), [16.0, 150.0, 284.0]);
        let touches = Axis::logarithmic(250.0);
        assert_eq!([0.5, 1.0, 1000.0].map(|value| touches.place(value)), [16.0, 16.0, 284.0]);
        assert_eq!(touches.ticks.len(), 4);
        assert_eq!(spread(&[], &percent, None), "none");
        let names = ["ada".to_owned()];
        assert!(spread(&[(0, 0.5)], &percent, Some(&names)).contains("<title>ada: 0.500</title>"));
    }
}
