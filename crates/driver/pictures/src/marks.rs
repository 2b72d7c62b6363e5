//! What stands in a panel: curves, dots, areas, bars, blocks, rules.

use crate::frame::Frame;
use crate::markup::{Markup, Tag, rounded};
use crate::style::{dashed, fill, marker, stroke};
use crate::text;

/// Figures of a mark, by name: they become `data-` attributes.
pub type Data = Vec<(&'static str, String)>;

/// A point of a curve.
#[derive(Clone, Debug)]
pub struct Point {
    /// Along the x axis.
    pub x: f64,
    /// Along the y axis.
    pub y: f64,
    /// Its figures.
    pub data: Data,
}

/// A rectangle in the units of the axes.
#[derive(Clone, Debug)]
pub struct Rect {
    /// From and to, along the x axis.
    pub x: [f64; 2],
    /// From and to, along the y axis.
    pub y: [f64; 2],
    /// Its figures.
    pub data: Data,
}

/// An area between two curves.
#[derive(Clone, Debug)]
pub struct Area {
    /// Along the x axis, then the lower and the upper edge.
    pub edges: Vec<[f64; 3]>,
    /// How it is filled.
    pub swatch: Swatch,
    /// Its figures.
    pub data: Data,
}

/// The filling of areas and rectangles; a picture has the patterns of those in its legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swatch {
    /// The colour, counted from 0.
    pub color: usize,
    /// The hatching.
    pub hatch: crate::style::Hatch,
}

impl Swatch {
    /// Returns the name of its pattern.
    pub(crate) fn id(self) -> String {
        format!("h{}{}", self.color, format!("{:?}", self.hatch).to_lowercase())
    }

    /// Fills a shape.
    pub(crate) fn fill(self, tag: Tag) -> Tag {
        match self.hatch {
            crate::style::Hatch::Solid => tag.with("class", fill(self.color)),
            _ => tag.with("fill", format!("url(#{})", self.id())),
        }
    }
}

/// Something in a panel.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A curve with a marker at each point.
    Curve {
        /// Which curve, from 0: it says colour, marker and dashes.
        index: usize,
        /// Its points, from left to right.
        points: Vec<Point>,
        /// Its own figures.
        data: Data,
    },
    /// A curve without markers.
    Line {
        /// Which curve, from 0.
        index: usize,
        /// Its points, from left to right.
        points: Vec<[f64; 2]>,
        /// Its figures.
        data: Data,
    },
    /// A dot, perhaps with a name beside it.
    Dot {
        /// Which curve it would be of, from 0.
        index: usize,
        /// The dot.
        at: Point,
        /// The name.
        name: Option<String>,
    },
    /// An area.
    Area(Area),
    /// Rectangles, one element each.
    Rects {
        /// How they are filled.
        swatch: Swatch,
        /// The rectangles.
        rects: Vec<Rect>,
    },
    /// Many rectangles as one element.
    Cells {
        /// How they are filled.
        swatch: Swatch,
        /// How much of the colour there is, from 0 to 1.
        opacity: f64,
        /// From and to along x, from and to along y.
        cells: Vec<[f64; 4]>,
        /// Their figures.
        data: Data,
    },
    /// An upright line across the panel, with words at its top.
    Upright {
        /// Where.
        x: f64,
        /// The words; empty for none.
        words: String,
        /// Which line they stand on, from 0 at the top.
        row: usize,
        /// Its figures.
        data: Data,
    },
}

impl Mark {
    pub(crate) fn draw(&self, markup: &mut Markup, frame: &Frame<'_>, covering: usize) {
        match self {
            Mark::Curve { index, points, data } => {
                let path = path(points.iter().map(|point| frame.place(point.x, point.y)));
                markup.element(Tag::new("g").with_data(data), |markup| {
                    markup.empty(dashed(Tag::new("path").with("d", path), *index));
                    // Markers of earlier curves are larger, so that they show around later ones.
                    let radius = 4.0 + 0.9 * covering.min(4) as f64;
                    for point in points {
                        let at = frame.place(point.x, point.y);
                        markup.empty(marker(*index, at, radius).with_data(&point.data));
                    }
                });
            }
            Mark::Line { index, points, data } => {
                let path = path(points.iter().map(|[x, y]| frame.place(*x, *y)));
                let tag = Tag::new("path").with("d", path).with_data(data);
                markup.empty(tag.with("class", format!("line {}", stroke(*index))));
            }
            Mark::Dot { index, at, name: None } => {
                let tag = marker(*index, frame.place(at.x, at.y), 4.5);
                markup.empty(tag.with_data(&at.data));
            }
            Mark::Dot { index, at, name: Some(name) } => {
                let place = frame.place(at.x, at.y);
                markup.empty(marker(*index, place, 6.0).with_data(&at.data));
                frame.name(markup, place, name);
            }
            Mark::Area(area) => {
                let upper = area.edges.iter().map(|[x, _, upper]| frame.place(*x, *upper));
                let lower = area.edges.iter().rev().map(|[x, lower, _]| frame.place(*x, *lower));
                let tag = Tag::new("path").with("d", path(upper.chain(lower)) + "Z");
                markup.empty(area.swatch.fill(tag.with_data(&area.data)));
            }
            Mark::Rects { swatch, rects } => {
                markup.element(swatch.fill(Tag::new("g")), |markup| {
                    for rect in rects {
                        let [left, bottom] = frame.place(rect.x[0], rect.y[0]);
                        let [right, top] = frame.place(rect.x[1], rect.y[1]);
                        let tag = Tag::new("rect").with("x", left).with("y", top);
                        let tag = tag.with("width", right - left).with("height", bottom - top);
                        markup.empty(tag.with_data(&rect.data));
                    }
                });
            }
            Mark::Cells { swatch, opacity, cells, data } => {
                let mut path = String::new();
                for [from, to, low, high] in cells {
                    let [left, bottom] = frame.place(*from, *low).map(f64::round);
                    let [right, top] = frame.place(*to, *high).map(f64::round);
                    let [width, height] = [right - left, bottom - top];
                    path += &format!("M{left} {top}h{width}v{height}h-{width}z");
                }
                let tag = swatch.fill(Tag::new("path").with("d", path).with_data(data));
                markup.empty(tag.with("fill-opacity", *opacity));
            }
            Mark::Upright { x, words, row, data } => {
                let [x, top] = frame.place(*x, f64::INFINITY);
                let line = format!("M{} {}V{}", rounded(x), rounded(top), rounded(frame.bottom()));
                let tag = Tag::new("path").with("d", line).with("class", "axis");
                markup.empty(tag.with("stroke-dasharray", "3 3").with_data(data));
                if words.is_empty() {
                    return;
                }
                // The words stand on the side that has room for them.
                let fits = x + 6.0 + text::width(words, 12.0) <= frame.right();
                let (x, anchor) = if fits { (x + 5.0, "start") } else { (x - 5.0, "end") };
                let tag = Tag::new("text").with("x", x).with("y", top + 13.0 + 15.0 * *row as f64);
                let tag = tag.with("font-size", "12").with("text-anchor", anchor);
                markup.text(tag.with("class", "ink halo"), words);
            }
        }
    }
}

fn path(places: impl Iterator<Item = [f64; 2]>) -> String {
    let mut path = String::new();
    for [x, y] in places {
        let letter = if path.is_empty() { 'M' } else { 'L' };
        path += &format!("{letter}{} {}", rounded(x), rounded(y));
    }
    path
}
