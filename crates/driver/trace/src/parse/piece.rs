//! Some lines of a file that are in memory.

use super::lines::Lines;

/// Some lines of a file.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    text: &'a str,
    /// How many lines of the file stand before these.
    lines_before: u32,
}

impl<'a> Piece<'a> {
    /// Returns the piece that is a whole file.
    pub(super) fn whole(text: &'a str) -> Piece<'a> {
        Piece { text, lines_before: 0 }
    }

    /// Returns a piece whose lines stand behind `lines_before` others.
    pub(super) fn new(text: &'a str, lines_before: u32) -> Piece<'a> {
        Piece { text, lines_before }
    }

    pub(super) fn bytes(self) -> usize {
        self.text.len()
    }

    pub(super) fn lines(self) -> Lines<'a> {
        Lines::new(self.text, self.lines_before)
    }

    /// Returns the text of a line of the file; `None` if it is in an earlier piece.
    pub(super) fn line(self, number: u32) -> Option<&'a str> {
        if number <= self.lines_before && self.lines_before > 0 {
            return None;
        }
        let line = self.lines().find(|line| line.number == number);
        Some(line.map_or("", |line| line.text))
    }
}
