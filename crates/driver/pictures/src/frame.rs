//! The inside of a panel: where values stand, and where names have room.

use crate::axis::Axis;
use crate::markup::{Markup, Tag};
use crate::text;
use std::cell::RefCell;

/// Where the inside of a panel is in the picture.
pub(crate) struct Frame<'a> {
    pub(crate) x: &'a Axis,
    pub(crate) y: &'a Axis,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Where names stand: left, top, right, bottom.
    pub(crate) names: RefCell<Vec<[f64; 4]>>,
}

impl Frame<'_> {
    /// Returns the place of a pair of values; one outside the axes is at the edge.
    pub(crate) fn place(&self, x: f64, y: f64) -> [f64; 2] {
        let up = if y == f64::INFINITY { 1.0 } else { self.y.share(y) };
        [self.left + self.width * self.x.share(x), self.bottom() - self.height * up]
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Writes a name beside a dot, where it covers no other name and no dot.
    pub(crate) fn name(&self, markup: &mut Markup, [x, y]: [f64; 2], name: &str) {
        let size = 12.0;
        let width = text::width(name, size);
        let sides = [
            [x + 10.0, y - 8.0],
            [x - 10.0 - width, y - 8.0],
            [x - width / 2.0, y - 24.0],
            [x - width / 2.0, y + 9.0],
            [x + 9.0, y - 21.0],
            [x + 9.0, y + 6.0],
            [x - 9.0 - width, y - 21.0],
            [x - 9.0 - width, y + 6.0],
        ];
        let mut names = self.names.borrow_mut();
        let is_free = |[left, top]: &[f64; 2]| {
            let [right, bottom] = [left + width, top + 15.0];
            let is_inside = *left >= self.left
                && right <= self.right()
                && *top >= self.top
                && bottom <= self.bottom();
            let covers = |other: &[f64; 4]| {
                *left < other[2] && right > other[0] && *top < other[3] && bottom > other[1]
            };
            is_inside && !names.iter().any(covers)
        };
        let [left, top] = sides.into_iter().find(is_free).unwrap_or(sides[0]);
        names.push([left, top, left + width, top + 15.0]);
        let tag = Tag::new("text").with("x", left).with("y", top + 12.0).with("font-size", size);
        markup.text(tag.with("class", "ink halo"), name);
    }
}
