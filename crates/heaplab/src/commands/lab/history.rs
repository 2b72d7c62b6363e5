//! `history`: how the score changed.

use crate::Outcome;
use crate::commands::print;
use anstyle::Style;
use heaplab_assess::{LabFolder, Memory, Moment};
use std::time::{SystemTime, UNIX_EPOCH};

/// Shows each change, the oldest first.
pub(super) fn run(lab: &LabFolder) -> Outcome {
    let history = Memory::of(lab).history;
    if history.is_empty() {
        return print::styled("Nothing yet: the history begins with the first finished stage.\n");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let bold = Style::new().bold();
    let stages = lab.lab.stages.len();
    let mut text = format!("{bold}{:>14}  {:>8}  score{bold:#}\n", "when", "stages");
    for moment in &history {
        text += &row(moment, now, stages);
    }
    text += "\nThe score is noted each time `run` computes it.\n";
    print::styled(&text)
}

fn row(moment: &Moment, now: u64, stages: usize) -> String {
    let age = age(now.saturating_sub(moment.at_seconds));
    let finished = format!("{} of {stages}", moment.stages);
    let points = moment.points.map_or("-".to_owned(), |points| points.to_string());
    format!("{age:>14}  {finished:>8}  {points}\n")
}

/// Returns how long ago something was, in its largest unit.
fn age(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3600, "hour"), (60, "minute")];
    let unit = UNITS.iter().find(|(size, _)| seconds >= *size);
    match unit.map(|(size, name)| (seconds / size, name)) {
        None => "now".to_owned(),
        Some((1, name)) => format!("1 {name} ago"),
        Some((count, name)) => format!("{count} {name}s ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_their_largest_unit() {
        let ages = [0, 59, 60, 150, 3600, 86_399, 86_400, 1_000_000].map(age);
        let expected = [
            "now",
            "now",
            "1 minute ago",
            "2 minutes ago",
            "1 hour ago",
            "23 hours ago",
            "1 day ago",
            "11 days ago",
        ];
        assert_eq!(ages, expected);
    }
}
