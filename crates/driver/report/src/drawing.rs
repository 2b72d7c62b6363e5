//! What the pictures of curves share: colors, and a legend below the panels.

use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;

/// The width of a picture with two panels.
pub const WIDTH: u32 = 1000;

/// The height of a line of the legend.
pub const LEGEND_LINE_HEIGHT: u32 = 24;

/// Colors that the color-blind can tell apart (Okabe and Ito), without the yellow
/// that is hard to see on white; then a gray.
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

/// What texts are set in.
pub const FONT: &str = "sans-serif";

/// The color of the curve with this number, from 0.
pub fn color(curve: usize) -> RGBColor {
    COLORS[curve % COLORS.len()]
}

/// Room in the legend for one character and for the sample before a name.
const CHARACTER_WIDTH: usize = 8;
const SAMPLE_WIDTH: usize = 60;

/// Room to the left and right of the legend, where the alignment stands.
const REMARK_WIDTH: usize = 300;

/// The curves' names and numbers, on as many lines as they need.
pub fn legend(names: impl Iterator<Item = String>) -> Vec<Vec<(usize, String)>> {
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

/// Draws the legend.
///
/// # Errors
/// If the picture can't be drawn on.
pub fn draw_legend(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    legend: &[Vec<(usize, String)>],
) -> Result<(), Box<dyn Error>> {
    for (row, line) in legend.iter().enumerate() {
        let y = row as i32 * LEGEND_LINE_HEIGHT as i32 + 8;
        let mut x = 78;
        for (curve, name) in line {
            let sample = vec![(x, y), (x + 30, y)];
            let style = color(*curve).stroke_width(2);
            area.draw(&PathElement::new(sample, style))
                .map_err(|error| error.to_string())?;
            let dot = Circle::new((x + 15, y), 4, color(*curve).filled());
            area.draw(&dot).map_err(|error| error.to_string())?;
            area.draw(&Text::new(name.clone(), (x + 38, y - 8), (FONT, 15)))
                .map_err(|error| error.to_string())?;
            x += (SAMPLE_WIDTH + CHARACTER_WIDTH * name.chars().count()) as i32;
        }
    }
    Ok(())
}
