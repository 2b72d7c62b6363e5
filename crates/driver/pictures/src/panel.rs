//! A panel: axes, and what stands between them.

use crate::axis::Axis;
use crate::frame::Frame;
use crate::marks::{Data, Mark};
use crate::markup::{Markup, Tag, rounded};
use crate::text;
use std::cell::RefCell;

/// A panel.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Its title; empty for none.
    pub title: String,
    /// The x axis.
    pub x: Axis,
    /// The y axis.
    pub y: Axis,
    /// What stands in it; later marks cover earlier ones.
    pub marks: Vec<Mark>,
    /// Figures of the whole panel.
    pub data: Data,
}

const TITLE_SIZE: f64 = 15.0;
const AXIS_SIZE: f64 = 13.0;
const TICK_SIZE: f64 = 12.0;

/// The widest name beside a y axis.
const MOST_NAME_WIDTH: f64 = 190.0;

impl Panel {
    /// Draws the panel into a part of the picture.
    pub(crate) fn draw(&self, markup: &mut Markup, [left, top, width, height]: [f64; 4]) {
        let title_height = if self.title.is_empty() { 10.0 } else { 30.0 };
        let y_ticks = self.y.ticks((height / 55.0) as usize);
        let names =
            y_ticks.iter().map(|(_, name)| text::width(name, TICK_SIZE).min(MOST_NAME_WIDTH));
        let names_width = names.fold(24.0, f64::max) + 12.0;
        let y_title = if self.y.title.is_empty() { 0.0 } else { 22.0 };
        let x_title = if self.x.title.is_empty() { 0.0 } else { 20.0 };
        let inner_left = left + y_title + names_width;
        let frame = Frame {
            x: &self.x,
            y: &self.y,
            left: inner_left,
            top: top + title_height,
            width: (left + width - inner_left - 16.0).max(1.0),
            height: (height - title_height - 24.0 - x_title).max(1.0),
            names: RefCell::new(Vec::new()),
        };
        markup.element(Tag::new("g").with_data(&self.data), |markup| {
            if !self.title.is_empty() {
                let shown = text::shortened(&self.title, TITLE_SIZE, frame.width);
                let tag = Tag::new("text").with("x", frame.left).with("y", top + 20.0);
                let tag = tag.with("font-size", TITLE_SIZE).with("font-weight", "600");
                markup.text(tag.with("class", "ink"), &shown);
            }
            self.draw_y(markup, &frame, &y_ticks, left);
            self.draw_x(markup, &frame);
            let curves =
                self.marks.iter().filter(|mark| matches!(mark, Mark::Curve { .. })).count();
            for dot in self.marks.iter() {
                if let Mark::Dot { at, name: Some(_), .. } = dot {
                    let [x, y] = frame.place(at.x, at.y);
                    frame.names.borrow_mut().push([x - 6.0, y - 6.0, x + 6.0, y + 6.0]);
                }
            }
            let mut drawn = 0;
            for mark in &self.marks {
                drawn += usize::from(matches!(mark, Mark::Curve { .. }));
                mark.draw(markup, &frame, curves.saturating_sub(drawn));
            }
        });
    }

    fn draw_y(&self, markup: &mut Markup, frame: &Frame<'_>, ticks: &[(f64, String)], left: f64) {
        for (value, name) in ticks {
            let y = frame.bottom() - frame.height * self.y.share(*value);
            if self.y.has_grid {
                let line =
                    format!("M{} {}H{}", rounded(frame.left), rounded(y), rounded(frame.right()));
                markup.empty(Tag::new("path").with("class", "grid").with("d", line));
            }
            let tag = Tag::new("text").with("x", frame.left - 7.0).with("y", y + 4.0);
            let tag = tag.with("font-size", TICK_SIZE).with("text-anchor", "end");
            let name = text::shortened(name, TICK_SIZE, MOST_NAME_WIDTH);
            markup.text(tag.with("class", "muted"), &name);
        }
        if !self.y.title.is_empty() {
            let (x, y) = (left + 14.0, frame.top + frame.height / 2.0);
            let turn = format!("rotate(-90 {} {})", rounded(x), rounded(y));
            let tag = Tag::new("text").with("x", x).with("y", y).with("transform", turn);
            let tag = tag.with("font-size", AXIS_SIZE).with("text-anchor", "middle");
            let title = text::shortened(&self.y.title, AXIS_SIZE, frame.height + 30.0);
            markup.text(tag.with("class", "ink"), &title);
        }
    }

    fn draw_x(&self, markup: &mut Markup, frame: &Frame<'_>) {
        let mut free_from = f64::NEG_INFINITY;
        for (value, name) in self.x.ticks((frame.width / 70.0) as usize) {
            let x = frame.left + frame.width * self.x.share(value);
            if self.x.has_grid {
                let line =
                    format!("M{} {}V{}", rounded(x), rounded(frame.top), rounded(frame.bottom()));
                markup.empty(Tag::new("path").with("class", "grid").with("d", line));
            }
            // A name that would run into the one before, or out of the picture, is left out.
            let half = text::width(&name, TICK_SIZE) / 2.0;
            if x - half < free_from {
                continue;
            }
            free_from = x + half + 8.0;
            let x = x.min(frame.right() + 14.0 - half);
            let tag = Tag::new("text").with("x", x).with("y", frame.bottom() + 17.0);
            let tag = tag.with("font-size", TICK_SIZE).with("text-anchor", "middle");
            markup.text(tag.with("class", "muted"), &name);
        }
        let base = format!(
            "M{0} {1}V{2}H{3}",
            rounded(frame.left),
            rounded(frame.top),
            rounded(frame.bottom()),
            rounded(frame.right())
        );
        markup.empty(Tag::new("path").with("class", "axis").with("d", base));
        if !self.x.title.is_empty() {
            let (x, y) = (frame.left + frame.width / 2.0, frame.bottom() + 37.0);
            let tag = Tag::new("text").with("x", x).with("y", y).with("font-size", AXIS_SIZE);
            markup.text(tag.with("text-anchor", "middle").with("class", "ink"), &self.x.title);
        }
    }
}
