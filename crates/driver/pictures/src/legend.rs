//! The legend: a sample and a name for each curve or area.

use crate::marks::Swatch;
use crate::markup::{Markup, Tag, rounded};
use crate::style::{dashed, marker};
use crate::text;

/// An entry of the legend.
#[derive(Clone, Debug)]
pub struct Key {
    /// What it looks like.
    pub sample: Sample,
    /// What it is.
    pub name: String,
}

/// What an entry of the legend looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    /// A curve with its marker.
    Curve(usize),
    /// A marker alone.
    Dot(usize),
    /// A curve without markers.
    Line(usize),
    /// A filled area, with this opacity.
    Area(Swatch, f64),
    /// A filled area over another one, with this opacity.
    Over(Swatch, Swatch, f64),
}

const SIZE: f64 = 13.0;
/// The height of a line.
pub(crate) const LINE: f64 = 22.0;
const SAMPLE_WIDTH: f64 = 34.0;
const GAP: f64 = 20.0;

/// Returns the entries in lines of at most this width.
pub(crate) fn lines(keys: &[Key], most: f64) -> Vec<Vec<&Key>> {
    let mut lines: Vec<Vec<&Key>> = Vec::new();
    let mut used = f64::INFINITY;
    for key in keys {
        let width = width(key);
        if used + width > most {
            lines.push(Vec::new());
            used = 0.0;
        }
        used += width;
        if let Some(line) = lines.last_mut() {
            line.push(key);
        }
    }
    lines
}

fn width(key: &Key) -> f64 {
    SAMPLE_WIDTH + text::width(&key.name, SIZE) + GAP
}

/// Draws the entries from this place on.
pub(crate) fn draw(markup: &mut Markup, lines: &[Vec<&Key>], [left, top]: [f64; 2]) {
    for (row, line) in lines.iter().enumerate() {
        let y = top + row as f64 * LINE + LINE / 2.0;
        let mut x = left;
        for key in line {
            sample(markup, key.sample, [x, y]);
            let tag = Tag::new("text").with("x", x + SAMPLE_WIDTH).with("y", y + 4.5);
            markup.text(tag.with("font-size", SIZE).with("class", "ink"), &key.name);
            x += width(key);
        }
    }
}

fn sample(markup: &mut Markup, sample: Sample, [x, y]: [f64; 2]) {
    let line = Tag::new("path").with("d", format!("M{} {}h26", rounded(x), rounded(y)));
    match sample {
        Sample::Curve(index) => {
            markup.empty(dashed(line, index));
            markup.empty(marker(index, [x + 13.0, y], 4.5));
        }
        Sample::Line(index) => {
            markup.empty(line.with("class", format!("line {}", crate::style::stroke(index))));
        }
        Sample::Dot(index) => markup.empty(marker(index, [x + 18.0, y], 5.5)),
        Sample::Area(swatch, opacity) => area(markup, swatch, opacity, [x, y]),
        Sample::Over(under, over, opacity) => {
            area(markup, under, 1.0, [x, y]);
            area(markup, over, opacity, [x, y]);
        }
    }
}

fn area(markup: &mut Markup, swatch: Swatch, opacity: f64, [x, y]: [f64; 2]) {
    let tag = Tag::new("rect").with("x", x + 2.0).with("y", y - 7.0);
    let tag = tag.with("width", 24.0).with("height", 14.0);
    markup.empty(swatch.fill(tag).with("fill-opacity", opacity));
}
