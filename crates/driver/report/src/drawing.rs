//! What the pictures of curves share: panels above, a legend below, colours.

use heaplab_support::Error as Failed;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;

/// A part of a picture.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The width of a picture with two panels.
const WIDTH: u32 = 1000;

/// The height of a line of the legend.
const LEGEND_LINE_HEIGHT: u32 = 24;

/// Colours that the colour-blind can tell apart (Okabe and Ito), without the yellow
/// that is hard to see on white; then a grey.
const COLORS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(150, 150, 150),
];

/// The font of all texts.
pub const FONT: &str = "sans-serif";

/// Returns the colour of the curve with this number, from 0.
pub fn color(curve: usize) -> RGBColor {
    COLORS[curve % COLORS.len()]
}

/// Room in the legend for one character and for the sample before a name.
const CHARACTER_WIDTH: usize = 8;
const SAMPLE_WIDTH: usize = 60;

/// Room to the left and right of the legend, where the alignment stands.
const REMARK_WIDTH: usize = 300;

/// Returns a picture of `what` as SVG: panels of this height, drawn by `draw`, above a legend of
/// the curves' names, and perhaps a remark beside the legend.
///
/// # Errors
/// If it can't be drawn.
pub fn draw_picture(
    what: &str,
    panels_height: u32,
    names: impl Iterator<Item = String>,
    remark: Option<&str>,
    draw: impl FnOnce(&Area<'_>) -> Result<(), Box<dyn Error>>,
) -> Result<String, Failed> {
    let legend = legend(names);
    let height = panels_height + LEGEND_LINE_HEIGHT * legend.len() as u32 + 12;
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    let draw_all = || -> Result<(), Box<dyn Error>> {
        root.fill(&WHITE).map_err(|error| error.to_string())?;
        let (above, below) = root.split_vertically(panels_height);
        draw(&above)?;
        draw_legend(&below, &legend)?;
        let Some(remark) = remark else { return Ok(()) };
        let right = TextStyle::from((FONT, 13)).pos(Pos::new(HPos::Right, VPos::Top));
        let remark = Text::new(remark, (WIDTH as i32 - 15, 1), right);
        Ok(below.draw(&remark).map_err(|error| error.to_string())?)
    };
    draw_all().map_err(|error| Failed::new(format!("error: can't draw {what}: {error}")))?;
    drop(root);
    Ok(svg)
}

/// A panel of curves over x values that are each about twice the one before.
pub struct Curves<'a> {
    /// The title above the panel.
    pub title: &'a str,
    /// The titles of the x axis and of the y axis.
    pub axes: [&'a str; 2],
    /// The digits after the decimal point of labels along the y axis.
    pub decimals: usize,
    /// The most lighter lines for each label along the y axis; `None` for the usual number.
    pub light_lines: Option<usize>,
    /// The curves, from left to right.
    pub lines: &'a [Vec<(f64, f64)>],
}

impl Curves<'_> {
    /// Draws the panel, with these values along the y axis.
    ///
    /// # Errors
    /// If the area can't be drawn on.
    pub fn draw<Y>(&self, area: &Area<'_>, values: Y) -> Result<(), Box<dyn Error>>
    where
        Y: AsRangedCoord<Value = f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let numbers = || self.lines.iter().flatten().map(|(number, _)| *number);
        let first = numbers().fold(f64::INFINITY, f64::min);
        let last = numbers().fold(1.0, f64::max);
        let doublings = (last / first).log2().round() as usize + 1;
        let mut chart = ChartBuilder::on(area)
            .margin(14)
            .caption(self.title, (FONT, 17))
            .x_label_area_size(46)
            .y_label_area_size(64)
            // A little room beside the first and the last point.
            .build_cartesian_2d((first / 1.15..last * 1.15).log_scale().base(2.0), values)
            .map_err(|error| error.to_string())?;
        let [x, y] = self.axes;
        let label = |value: &f64| format!("{value:.*}", self.decimals);
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(x)
            .y_desc(y)
            .axis_desc_style((FONT, 15))
            .label_style((FONT, 13))
            .x_labels(doublings)
            .x_max_light_lines(1)
            .x_label_formatter(&|number| format!("{number:.0}"))
            .y_label_formatter(&label)
            .light_line_style(RGBColor(240, 240, 240))
            .bold_line_style(RGBColor(210, 210, 210));
        if let Some(lines) = self.light_lines {
            mesh.y_max_light_lines(lines);
        }
        mesh.draw().map_err(|error| error.to_string())?;
        for (curve, line) in self.lines.iter().enumerate() {
            let color = color(curve);
            chart
                .draw_series(LineSeries::new(line.clone(), color.stroke_width(2)))
                .map_err(|error| error.to_string())?;
            // Dots of earlier curves are larger, so that they show around those that cover them.
            let covering = (self.lines.len() - 1 - curve).min(4) as i32;
            let dots = line.iter().map(|&at| Circle::new(at, 4 + covering, color.filled()));
            chart.draw_series(dots).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Returns the curves' names and numbers, on as many lines as they need.
fn legend(names: impl Iterator<Item = String>) -> Vec<Vec<(usize, String)>> {
    let mut lines: Vec<Vec<(usize, String)>> = Vec::new();
    let mut left = 0;
    for (curve, name) in names.enumerate() {
        let width = SAMPLE_WIDTH + CHARACTER_WIDTH * name.chars().count();
        if width > left || lines.is_empty() {
            lines.push(Vec::new());
            left = WIDTH as usize - REMARK_WIDTH;
        }
        left = left.saturating_sub(width);
        if let Some(line) = lines.last_mut() {
            line.push((curve, name));
        }
    }
    lines
}

fn draw_legend(area: &Area<'_>, legend: &[Vec<(usize, String)>]) -> Result<(), Box<dyn Error>> {
    for (row, line) in legend.iter().enumerate() {
        let y = row as i32 * LEGEND_LINE_HEIGHT as i32 + 8;
        let mut x = 78;
        for (curve, name) in line {
            let sample = vec![(x, y), (x + 30, y)];
            let style = color(*curve).stroke_width(2);
            area.draw(&PathElement::new(sample, style)).map_err(|error| error.to_string())?;
            let dot = Circle::new((x + 15, y), 4, color(*curve).filled());
            area.draw(&dot).map_err(|error| error.to_string())?;
            area.draw(&Text::new(name.clone(), (x + 38, y - 8), (FONT, 15)))
                .map_err(|error| error.to_string())?;
            x += (SAMPLE_WIDTH + CHARACTER_WIDTH * name.chars().count()) as i32;
        }
    }
    Ok(())
}
