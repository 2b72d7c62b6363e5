//! Figures over time in one line of a table.

/// The characters of a sparkline, from low to high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Eighths of a block: `▁▂▃▄▅▆▇█`.
    Blocks,
    /// For a terminal that shows ASCII only: `_.-=+*#@`.
    Ascii,
}

/// How many characters a sparkline has, at most.
pub const SPARKLINE_WIDTH: usize = 16;

/// Returns a character for each stretch of the figures: the largest of the stretch, relative to
/// `highest`. Zero is a space.
///
/// ```
/// use heaplab_report::{Glyphs, sparkline};
/// assert_eq!(sparkline(&[0, 1, 4, 8], 8, Glyphs::Blocks), " ▁▄█");
/// assert_eq!(sparkline(&[0, 1, 4, 8], 8, Glyphs::Ascii), " _=@");
/// ```
pub fn sparkline(figures: &[u64], highest: u64, glyphs: Glyphs) -> String {
    let glyphs: Vec<char> = match glyphs {
        Glyphs::Blocks => "▁▂▃▄▅▆▇█".chars().collect(),
        Glyphs::Ascii => "_.-=+*#@".chars().collect(),
    };
    let width = figures.len().min(SPARKLINE_WIDTH);
    let stretch = |column: usize| {
        let [from, to] = [column, column + 1].map(|column| column * figures.len() / width);
        figures[from..to].iter().copied().max().unwrap_or(0)
    };
    let glyph = |figure: u64| match figure {
        0 => ' ',
        _ => {
            let eighths = (u128::from(figure) * 8).div_ceil(u128::from(highest.max(1))).clamp(1, 8);
            glyphs[eighths as usize - 1]
        }
    };
    (0..width).map(|column| glyph(stretch(column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_within_a_stretch_is_seen() {
        let mut figures = vec![1; 160];
        figures[47] = 100;
        assert_eq!(sparkline(&figures, 100, Glyphs::Blocks), "▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁");
    }

    #[test]
    fn extremes() {
        assert_eq!(sparkline(&[], 0, Glyphs::Blocks), "");
        assert_eq!(sparkline(&[0, 0], 0, Glyphs::Blocks), "  ");
        assert_eq!(sparkline(&[5], 0, Glyphs::Ascii), "@");
        assert_eq!(sparkline(&[u64::MAX, 1], u64::MAX, Glyphs::Ascii), "@_");
    }
}
