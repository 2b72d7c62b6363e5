//! Writes text into cells, cut off at the edge of an area.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

/// Text as it is.
pub(super) const PLAIN: Style = Style::new();
/// Titles.
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
/// What matters less.
pub(super) const DIM: Style = Style::new().add_modifier(Modifier::DIM);
/// The chosen block, and the current line.
pub(super) const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);

/// The screen's cells.
pub(super) struct Canvas<'b> {
    buffer: &'b mut Buffer,
    has_colors: bool,
}

impl<'b> Canvas<'b> {
    pub(super) fn new(buffer: &'b mut Buffer, has_colors: bool) -> Canvas<'b> {
        Canvas { buffer, has_colors }
    }

    /// Returns a style in this colour, if colours are wanted.
    pub(super) fn colored(&self, style: Style, color: Color) -> Style {
        if self.has_colors { style.fg(color) } else { style }
    }

    /// Writes a line at the top of an area. What does not fit ends in dots.
    pub(super) fn line(&mut self, area: Rect, text: &str, style: Style) {
        if area.width == 0 || area.height == 0 || !self.buffer.area.contains(area.into()) {
            return;
        }
        let width = usize::from(area.width);
        let mut cut: String = text.chars().map(visible).take(width + 1).collect();
        if cut.chars().count() > width {
            cut = cut.chars().take(width.saturating_sub(2)).collect::<String>() + "..";
        }
        self.buffer.set_stringn(area.x, area.y, cut, width, style);
    }

    /// Writes one sign.
    pub(super) fn sign(&mut self, x: u16, y: u16, sign: char, style: Style) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_char(sign).set_style(style);
        }
    }

    /// Writes a text in as many lines as it needs.
    pub(super) fn wrapped(&mut self, area: Rect, text: &str) {
        for (line, y) in wrapped(text, usize::from(area.width)).iter().zip(area.y..area.bottom()) {
            self.line(Rect { y, height: 1, ..area }, line, PLAIN);
        }
    }
}

/// Returns a sign that moves no cursor.
fn visible(sign: char) -> char {
    if sign.is_control() { ' ' } else { sign }
}

/// Breaks a text between words into lines of `width` columns; a longer word is cut.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => {
                let signs: Vec<char> = word.chars().collect();
                lines.extend(signs.chunks(width.max(1)).map(|part| part.iter().collect()));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_the_edge() {
        let area = Rect::new(0, 0, 10, 2);
        let mut buffer = Buffer::empty(area);
        let mut canvas = Canvas::new(&mut buffer, true);
        canvas.line(Rect { height: 1, ..area }, "0123456789\n", PLAIN);
        canvas.line(Rect::new(8, 1, 2, 1), "abc", PLAIN);
        canvas.line(Rect::new(3, 7, 2, 1), "outside", PLAIN);
        canvas.sign(30, 30, 'x', PLAIN);
        assert_eq!(buffer, Buffer::with_lines(["01234567..", "        .."]));
    }

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrapped("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("0123456789abc de", 5), ["01234", "56789", "abc", "de"]);
        assert!(wrapped("", 5).is_empty());
    }
}
