//! The report as text and JSON.

use super::{Lines, Similarity};
use crate::formats::{line, pretty};
use std::fmt::{self, Write};

/// Matches that are shown of each pair, as text.
const MATCHES: usize = 8;

impl Similarity {
    /// For reading: each pair with its shares and the lines to look at.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} submissions compared, each with each; ",
            self.submissions
        );
        let _ = match (self.alike, self.pairs.len()) {
            (0, _) => writeln!(text, "no pair is alike"),
            (1, 1) => writeln!(text, "one pair is alike"),
            (alike, shown) if alike == shown => writeln!(text, "{alike} pairs are alike"),
            (alike, shown) => writeln!(text, "{alike} pairs are alike, the first {shown}"),
        };
        for pair in &self.pairs {
            let [left, right] = [&pair.left, &pair.right];
            let shares = [left.share, right.share].map(|share| (share * 100.0).floor());
            let _ = writeln!(
                text,
                "\n{} ({}%) and {} ({}%): {} fingerprints in common",
                line(&left.name),
                shares[0],
                line(&right.name),
                shares[1],
                pair.shared
            );
            for found in pair.matches.iter().take(MATCHES) {
                let _ = writeln!(
                    text,
                    "  lines {} and {}: {} tokens",
                    found.left, found.right, found.tokens
                );
            }
            if pair.matches.len() > MATCHES {
                let _ = writeln!(text, "  and {} shorter ones", pair.matches.len() - MATCHES);
            }
        }
        if !self.pairs.is_empty() {
            text += "\nA share says where to look, and not who wrote what: read the lines.\n";
        }
        text
    }

    /// `{"schema": "heaplab.similarity.v1", "pairs": [..], ..}`.
    pub fn json(&self) -> String {
        pretty(self)
    }
}

/// `12-30`.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}
