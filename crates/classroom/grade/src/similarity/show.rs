//! The report as text and JSON.

use super::against::Against;
use super::groups::Identical;
use super::matches::Lines;
use super::pairs::LeftOut;
use super::{Pair, Side, Similarity};
use crate::formats::{line, pretty};
use std::fmt::{self, Write};

/// Matches shown of each pair, as text.
const MATCHES: usize = 8;

/// Names shown of a group, as text.
const NAMES: usize = 40;

impl Similarity {
    /// Renders a text: files that are the same, what was left out,
    /// and then each pair with its shares and the lines to look at.
    pub fn text(&self) -> String {
        let mut text = self.headline();
        for identical in &self.identical {
            text += &same_file(identical);
        }
        if !self.nothing_own.is_empty() {
            let _ = writeln!(
                text,
                "\n{} with nothing to compare (empty, too short, or only code that everyone had): {}",
                submissions(self.nothing_own.len()),
                list(&self.nothing_own)
            );
        }
        if let Some(left_out) = &self.left_out {
            text += &told(left_out, self.different);
        }
        for pair in &self.pairs {
            text += &shown(pair);
        }
        if let Some(against) = &self.against {
            text += &with_others(against);
        }
        for one in &self.not_compared {
            let _ = writeln!(text, "\nnot compared: {}: {}", line(&one.name), line(&one.why));
        }
        let has_others = self.against.as_ref().is_some_and(|against| !against.pairs.is_empty());
        if !self.pairs.is_empty() || !self.identical.is_empty() || has_others {
            text += "\nA share tells you where to look, not who wrote what: read the lines.\n";
        }
        text
    }

    fn headline(&self) -> String {
        let files = match self.different {
            all if all == self.submissions => "compared pairwise".to_owned(),
            0 => "have nothing to compare with each other".to_owned(),
            1 => "are one file".to_owned(),
            files => format!("are {files} different files, compared pairwise"),
        };
        let pairs = match (self.alike, self.pairs.len(), self.identical.is_empty()) {
            (0, _, true) => "no pair is alike".to_owned(),
            (0, _, false) => "no other pair is alike".to_owned(),
            (1, 1, _) => "one pair is alike".to_owned(),
            (alike, shown, _) if alike == shown => format!("{alike} pairs are alike"),
            (alike, shown, _) => format!("{alike} pairs are alike, the first {shown}"),
        };
        format!("{} {files}; {pairs}\n", submissions(self.submissions))
    }

    /// Renders `{"schema": "heaplab.similarity.v1", "pairs": [..], ..}`.
    pub fn json(&self) -> String {
        pretty(self)
    }
}

fn submissions(number: usize) -> String {
    match number {
        1 => "1 submission".to_owned(),
        _ => format!("{number} submissions"),
    }
}

/// Lists the first names of many.
fn list(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(NAMES).map(|name| line(name)).collect();
    let more = match names.len().saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    first.join(", ") + &more
}

/// Lists what submissions share with references, solutions and earlier years.
fn with_others(against: &Against) -> String {
    let sources = match against.others {
        1 => "1 reference or earlier submission".to_owned(),
        others => format!("{others} references and earlier submissions"),
    };
    let pairs = match (against.alike, against.pairs.len()) {
        (0, _) => "no submission is like one of them".to_owned(),
        (1, 1) => "one pair is alike".to_owned(),
        (alike, shown) if alike == shown => format!("{alike} pairs are alike"),
        (alike, shown) => format!("{alike} pairs are alike, the first {shown}"),
    };
    let shown: String = against.pairs.iter().map(shown).collect();
    format!("\nagainst {sources}: {pairs}\n{shown}")
}

fn same_file(identical: &Identical) -> String {
    format!(
        "\n{} are the same file{}, {} tokens besides the code that everyone had: {}\n",
        submissions(identical.names.len()),
        if identical.to_the_byte {
            ", to the byte"
        } else {
            " except for names, numbers, comments or blanks"
        },
        identical.tokens,
        list(&identical.names)
    )
}

fn told(left_out: &LeftOut, files: usize) -> String {
    format!(
        "\nleft out: {} of {} fingerprints, which more than {} of the {files} files have; on average {:.0}% of a file\n\
         They may be code that everyone was given, or code that most copied: `--common 1` compares them too.\n",
        left_out.fingerprints,
        left_out.of,
        left_out.in_more_than,
        100.0 * left_out.mean_share
    )
}

fn shown(pair: &Pair) -> String {
    let of = |side: &Side| {
        let others = match side.others {
            0 => String::new(),
            1 => " and one other".to_owned(),
            others => format!(" and {others} others"),
        };
        let percent = (side.share * 100.0).floor();
        format!("{}{others} ({percent}%)", line(&side.name))
    };
    let mut text = format!(
        "\n{} and {}: {} fingerprints in common\n",
        of(&pair.left),
        of(&pair.right),
        pair.shared
    );
    for found in pair.matches.iter().take(MATCHES) {
        let _ =
            writeln!(text, "  lines {} and {}: {} tokens", found.left, found.right, found.tokens);
    }
    match pair.more_matches {
        None => text += "  the common lines are shown only for the pairs above\n",
        Some(more) if pair.matches.len() + more > MATCHES => {
            let rest = pair.matches.len() + more - MATCHES;
            let _ = writeln!(text, "  and {rest} shorter ones");
        }
        Some(_) => {}
    }
    text
}

/// Writes `12-30`.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}
