//! Pictures in SVG, as parts of a page.

use crate::statistics::Five;
use std::fmt::Write;

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
    let mut shapes = String::new();
    for (index, &count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = HEIGHT * count as f64 / most;
        let x = MARGIN + width * index as f64;
        let (from, to) = (index as f64, (index + 1) as f64);
        let share = max / bins.len() as f64;
        let _ = writeln!(
            shapes,
            "<rect class=\"good\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\">\
             <title>{} to {} points: {count}</title></rect>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>",
            x + 1.0,
            bottom - height,
            width - 2.0,
            figure(from * share),
            figure(to * share),
            x + width / 2.0,
            bottom - height - 4.0
        );
    }
    let right = WIDTH - MARGIN;
    let _ = writeln!(
        shapes,
        "<line class=\"axis\" x1=\"{MARGIN}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\"/>"
    );
    for quarter in 0..=4 {
        let part = f64::from(quarter) / 4.0;
        let _ = writeln!(
            shapes,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            MARGIN + inner * part,
            bottom + 16.0,
            figure(max * part)
        );
    }
    if let Some(median) = median.filter(|_| max > 0.0) {
        let x = MARGIN + inner * (median / max).clamp(0.0, 1.0);
        let _ = writeln!(
            shapes,
            "<line class=\"median\" x1=\"{x:.1}\" y1=\"{MARGIN}\" x2=\"{x:.1}\" y2=\"{bottom}\">\
             <title>median {median:.2}</title></line>"
        );
    }
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"histogram of points\">\n{shapes}</svg>\n",
        bottom + MARGIN
    )
}

/// Draws the shares of submissions that pass all, some and none of a stage's checks.
pub fn shares(counts: [usize; 3]) -> String {
    let all = counts.iter().sum::<usize>().max(1) as f64;
    let mut shapes = String::new();
    let mut x = 0.0;
    for (count, class) in counts.into_iter().zip(["good", "part", "bad"]) {
        let width = 300.0 * count as f64 / all;
        if count > 0 {
            let _ = write!(
                shapes,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"2\" width=\"{width:.1}\" height=\"16\">\
                 <title>{count}</title></rect>"
            );
        }
        x += width;
    }
    format!("<svg viewBox=\"0 0 300 20\" role=\"img\" aria-label=\"shares\">{shapes}</svg>")
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
    let tick = |(value, text): &(f64, String)| {
        format!(
            "<text x=\"{:.1}\" y=\"12\" text-anchor=\"middle\">{text}</text>",
            axis.place(*value)
        )
    };
    let ticks: String = axis.ticks.iter().map(tick).collect();
    format!("<svg viewBox=\"0 0 {SPREAD} 14\" aria-hidden=\"true\">{ticks}</svg>")
}

/// Draws the values of submissions as dots over a box of their quartiles. The dots have `names`,
/// if there are any.
pub fn spread(values: &[(usize, f64)], axis: &Axis, names: Option<&[String]>) -> String {
    let Some(five) = Five::of(values.iter().map(|(_, value)| *value).collect()) else {
        return "none".to_owned();
    };
    let [least, lower, median, upper, most] = five.numbers.map(|number| axis.place(number));
    let mut shapes = String::new();
    for (value, _) in &axis.ticks {
        let x = axis.place(*value);
        let _ =
            write!(shapes, "<line class=\"axis\" x1=\"{x:.1}\" y1=\"0\" x2=\"{x:.1}\" y2=\"28\"/>");
    }
    let _ = write!(
        shapes,
        "<line class=\"whisker\" x1=\"{least:.1}\" y1=\"14\" x2=\"{most:.1}\" y2=\"14\"/>\
         <rect class=\"box\" x=\"{lower:.1}\" y=\"7\" width=\"{:.1}\" height=\"14\"/>\
         <line class=\"median\" x1=\"{median:.1}\" y1=\"5\" x2=\"{median:.1}\" y2=\"23\"/>",
        (upper - lower).max(1.0)
    );
    for (index, value) in values {
        let name = names.map(|names| format!("{}: ", super::escaped(&names[*index])));
        let _ = write!(
            shapes,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{}\" r=\"2\"><title>{}{value:.3}</title></circle>",
            axis.place(*value),
            // Dots of equal values are drawn beside each other.
            10 + index % 5 * 2,
            name.unwrap_or_default()
        );
    }
    let text = five.numbers.map(|number| format!("{number:.2}")).join(", ");
    format!(
        "<svg viewBox=\"0 0 {SPREAD} 28\" role=\"img\" aria-label=\"five numbers: {text}\">{shapes}</svg>"
    )
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
        assert!(
            picture.contains("height=\"180.0\"><title>20 to 30 points: 4</title>"),
            "{picture}"
        );
        assert!(picture.contains("height=\"90.0\"><title>10 to 20 points: 2</title>"), "{picture}");
        assert!(picture.contains("x1=\"360.0\""), "{picture}");
    }

    #[test]
    fn shares_fill_the_whole_bar() {
        let picture = shares([1, 0, 3]);
        assert!(picture.contains("class=\"good\" x=\"0.0\" y=\"2\" width=\"75.0\""), "{picture}");
        assert!(picture.contains("class=\"bad\" x=\"75.0\" y=\"2\" width=\"225.0\""), "{picture}");
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
