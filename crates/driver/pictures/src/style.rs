//! Colours, markers, dashes and hatching.
//!
//! The colours are those of Okabe and Ito, which the colour-blind can tell apart. Yellow is hard to
//! see on white and blue on black, so each stands for the other there.

use crate::markup::{Markup, Tag};

/// What is behind a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Background {
    /// White or dark, as the reader's system is set.
    #[default]
    Auto,
    /// Nothing; texts are dark or light, as the reader's system is set.
    None,
    /// White.
    Light,
    /// Dark.
    Dark,
}

/// How many different curves or areas there are; then they begin again.
pub const DIFFERENT: usize = 8;

/// The colours of curves and areas, in light and in dark.
const COLORS: [[&str; 2]; DIFFERENT] = [
    ["#0072B2", "#56B4E9"],
    ["#D55E00", "#E8702A"],
    ["#009E73", "#00B386"],
    ["#CC79A7", "#CC79A7"],
    ["#E69F00", "#E69F00"],
    ["#3A96CC", "#F0E442"],
    ["#000000", "#FFFFFF"],
    ["#808080", "#A0A0A0"],
];

/// The dashes of curves, from the first.
const DASHES: [&str; DIFFERENT] =
    ["", "7 3", "2 3", "10 3 2 3", "5 5", "1 2", "12 4", "4 2 1 2 1 2"];

/// Classes and their colours in light and in dark: paper, texts, lines.
const SHARED: [(&str, &str, [&str; 2]); 8] = [
    ("paper", "fill", ["#ffffff", "#15181c"]),
    ("ink", "fill", ["#1f2328", "#e6e8ea"]),
    ("muted", "fill", ["#57606a", "#a4adb6"]),
    ("grid", "stroke", ["#dfe3e7", "#30363d"]),
    ("axis", "stroke", ["#6e7781", "#8b949e"]),
    ("hatch", "stroke", ["#ffffff", "#15181c"]),
    ("edge", "stroke", ["#ffffff", "#15181c"]),
    ("halo", "stroke", ["#ffffff", "#15181c"]),
];

/// The font of all texts.
pub const FONT: &str = "system-ui, 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif";

/// Returns the style sheet.
pub(crate) fn sheet(background: Background) -> String {
    let fixed = format!(
        "text{{font-family:{FONT}}}.grid,.axis,.hatch,.edge,.line{{fill:none}}.grid,.axis{{stroke-width:1}}\
         .hatch{{stroke-width:1.6}}.edge{{stroke-width:1}}.line{{stroke-width:2;stroke-linejoin:round}}\
         .halo{{stroke-width:3;stroke-linejoin:round;paint-order:stroke}}"
    );
    match background {
        Background::Light => fixed + &colors(0),
        Background::Dark => fixed + &colors(1),
        Background::Auto | Background::None => {
            let [light, dark] = [colors(0), colors(1)];
            format!("{fixed}{light}@media (prefers-color-scheme: dark){{{dark}}}")
        }
    }
}

fn colors(theme: usize) -> String {
    let shared =
        SHARED.iter().map(|(class, what, colors)| format!(".{class}{{{what}:{}}}", colors[theme]));
    let curves = COLORS.iter().enumerate().map(|(index, colors)| {
        format!(".f{index}{{fill:{0}}}.s{index}{{stroke:{0}}}", colors[theme])
    });
    shared.chain(curves).collect()
}

/// Returns the class of a filled shape.
pub(crate) fn fill(index: usize) -> String {
    format!("f{}", index % DIFFERENT)
}

/// Returns the class of a line.
pub(crate) fn stroke(index: usize) -> String {
    format!("s{}", index % DIFFERENT)
}

/// Returns a tag of a curve with its colour and dashes.
pub(crate) fn dashed(tag: Tag, index: usize) -> Tag {
    let tag = tag.with("class", format!("line {}", stroke(index)));
    match DASHES[index % DIFFERENT] {
        "" => tag,
        dashes => tag.with("stroke-dasharray", dashes),
    }
}

/// Returns the marker of a curve, around a place.
pub(crate) fn marker(index: usize, [x, y]: [f64; 2], radius: f64) -> Tag {
    let path = |corners: &[[f64; 2]]| {
        let mut path = String::new();
        for (corner, [right, down]) in corners.iter().enumerate() {
            let letter = if corner == 0 { 'M' } else { 'L' };
            let [x, y] = [x + right * radius, y + down * radius].map(crate::markup::rounded);
            path += &format!("{letter}{x} {y}");
        }
        Tag::new("path").with("d", path + "Z")
    };
    let circle = |radius: f64| Tag::new("circle").with("cx", x).with("cy", y).with("r", radius);
    let shape = match index % DIFFERENT {
        0 => circle(radius),
        1 => path(&[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]),
        2 => path(&[[0.0, -1.2], [1.1, 0.8], [-1.1, 0.8]]),
        3 => path(&[[0.0, -1.3], [1.3, 0.0], [0.0, 1.3], [-1.3, 0.0]]),
        4 => path(&[[0.0, 1.2], [1.1, -0.8], [-1.1, -0.8]]),
        5 => path(&[[-0.9, -0.5], [0.9, -0.5], [0.9, 0.5], [-0.9, 0.5]]),
        6 => path(&[[-0.4, -1.2], [0.4, -1.2], [0.4, 1.2], [-0.4, 1.2]]),
        _ => circle(radius * 0.7),
    };
    shape.with("class", format!("{} edge", fill(index)))
}

/// How an area is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hatch {
    /// All of it.
    Solid,
    /// Lines that rise.
    Rising,
    /// Lines that fall.
    Falling,
    /// Upright lines.
    Upright,
    /// Level lines.
    Level,
    /// Dots.
    Dots,
}

/// Writes the pattern of an area; it is called `id`.
pub(crate) fn pattern(markup: &mut Markup, id: &str, color: usize, hatch: Hatch) {
    let size = 7.0;
    let lines = match hatch {
        Hatch::Solid => return,
        Hatch::Rising => "M-1 8L8 -1M-1 1L1 -1M6 8L8 6",
        Hatch::Falling => "M-1 -1L8 8M6 -1L8 1M-1 6L1 8",
        Hatch::Upright => "M3.5 0V7",
        Hatch::Level => "M0 3.5H7",
        Hatch::Dots => "M2.5 3.5H4.5",
    };
    let pattern = Tag::new("pattern")
        .with("id", id)
        .with("width", size)
        .with("height", size)
        .with("patternUnits", "userSpaceOnUse");
    markup.element(pattern, |markup| {
        let ground = Tag::new("rect").with("width", size).with("height", size);
        markup.empty(ground.with("class", fill(color)));
        markup.empty(Tag::new("path").with("class", "hatch").with("d", lines));
    });
}
