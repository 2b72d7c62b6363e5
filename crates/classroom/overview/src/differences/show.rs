//! Differences as text, Markdown, CSV and JSON.

use super::{CheckChange, Difference, Differences, PartChange};
use heaplab_grade::formats::csv::harmless;
use heaplab_grade::{Points, formats};
use heaplab_trace::Visible;
use std::fmt::Write;

/// Checks shown of a part, as text.
const CHECKS: usize = 8;

impl Differences {
    /// Renders a text for a terminal.
    pub fn text(&self) -> String {
        let mut text = self.headline();
        for one in &self.changed {
            let _ = writeln!(text, "\n{}", head(one));
            for part in &one.parts {
                let _ = writeln!(text, "  {}", line(part));
                for check in part.checks.iter().take(CHECKS) {
                    let _ = writeln!(text, "    {}: {}", outcome(check), check.title.visible());
                }
                if let more @ 1.. = part.checks.len().saturating_sub(CHECKS) {
                    let _ = writeln!(text, "    and {more} more");
                }
            }
        }
        for (names, which) in [(&self.only_before, "first"), (&self.only_after, "second")] {
            if !names.is_empty() {
                let names: Vec<_> = names.iter().map(|name| name.visible()).collect();
                let _ = writeln!(text, "\nonly in the {which}: {}", names.join(", "));
            }
        }
        text
    }

    /// Says how many differ, and what else does.
    fn headline(&self) -> String {
        let (gained, lost) = self.gained_and_lost();
        let rest = self.changed.len() - gained - lost;
        let mut text = format!("gained points: {gained}, lost points: {lost}");
        if rest > 0 {
            let _ = write!(text, ", changed otherwise: {rest}");
        }
        let _ = writeln!(text, ", the same: {}", self.same);
        match (self.other_lab, self.other_harness) {
            (true, true) => text += "The labs and the versions of heaplab differ.\n",
            (true, false) => text += "The labs differ: its file, its traces or its reference.\n",
            (false, true) => text += "The versions of heaplab differ.\n",
            (false, false) => {}
        }
        text
    }

    /// Renders a table in Markdown: a row for each check, measure or stage that differs.
    pub fn markdown(&self) -> String {
        let mut text = self.headline();
        text += "\n| submission | before | after | part | check | was | is |\n";
        text += "|---|---:|---:|---|---|---|---|\n";
        for row in self.rows() {
            // Points look like the number of a list's item, and are not escaped.
            let is_figure = |cell: &str| cell.starts_with(|c: char| c.is_ascii_digit());
            let cells = row.iter().enumerate().map(|(column, cell)| match column {
                1 | 2 | 5 | 6 if is_figure(cell) => cell.clone(),
                _ => formats::prose(cell),
            });
            let cells: Vec<String> = cells.collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }

    /// Renders the same table for spreadsheets; none of its cells is a formula.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let heads = ["submission", "before", "after", "part", "check", "was", "is"];
        let rows = std::iter::once(heads.map(str::to_owned)).chain(self.rows());
        for row in rows {
            #[expect(
                clippy::expect_used,
                reason = "memory takes everything, and all rows are equally long"
            )]
            writer.write_record(row.map(|cell| harmless(&cell))).expect("a row of text");
        }
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Renders `{"schema": "heaplab.grade-diff.v1", "changed": [..], ..}`.
    pub fn json(&self) -> String {
        // Writing fails only for maps with keys that are not text. There are no maps.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    fn rows(&self) -> Vec<[String; 7]> {
        let mut rows = Vec::new();
        for one in &self.changed {
            let row = |part: &str, check: &str, was: String, is: String| {
                let (before, after) = (one.before.to_string(), one.after.to_string());
                [one.name.clone(), before, after, part.to_owned(), check.to_owned(), was, is]
            };
            if one.verdict_before != one.verdict_after {
                let verdicts = [one.verdict_before, one.verdict_after];
                let [was, is] = verdicts.map(|verdict| verdict.name().to_owned());
                rows.push(row("verdict", "", was, is));
            }
            for part in &one.parts {
                if part.checks.is_empty() {
                    let was = result(part.before, part.value_before);
                    let is = result(part.after, part.value_after);
                    rows.push(row(&part.part, "", was, is));
                }
                for check in &part.checks {
                    let [was, is] = [&check.before, &check.after].map(|it| ended(it.as_deref()));
                    rows.push(row(&part.part, &check.title, was, is));
                }
            }
        }
        let alone =
            [(&self.only_before, ["there", "missing"]), (&self.only_after, ["missing", "there"])];
        for (names, [was, is]) in alone {
            rows.extend(
                names
                    .iter()
                    .map(|name| [name, "", "", "submission", "", was, is].map(str::to_owned)),
            );
        }
        rows
    }
}

/// Returns `ada: 60.00 -> 55.00 (-5.00)`.
fn head(one: &Difference) -> String {
    let mut text = format!(
        "{}: {} -> {} ({})",
        one.name.visible(),
        one.before,
        one.after,
        signed(one.before, one.after)
    );
    if one.verdict_before != one.verdict_after {
        let _ = write!(text, ", {} -> {}", one.verdict_before.name(), one.verdict_after.name());
    }
    if one.other_file {
        text += ", another file";
    }
    text
}

fn line(part: &PartChange) -> String {
    format!(
        "{}: {} -> {}",
        part.part.visible(),
        result(part.before, part.value_before),
        result(part.after, part.value_after)
    )
}

/// Returns points, and the value that they were given for.
fn result(points: Option<Points>, value: Option<f64>) -> String {
    match (points, value) {
        (Some(points), Some(value)) => format!("{points} for {value}"),
        (Some(points), None) => points.to_string(),
        (None, _) => "not there".to_owned(),
    }
}

fn outcome(check: &CheckChange) -> String {
    format!("{} -> {}", ended(check.before.as_deref()), ended(check.after.as_deref()))
}

fn ended(outcome: Option<&str>) -> String {
    outcome.map_or_else(|| "not run".to_owned(), |outcome| outcome.visible().into_owned())
}

fn signed(before: Points, after: Points) -> String {
    let difference = before.hundredths().abs_diff(after.hundredths());
    let sign = if after < before { "-" } else { "+" };
    format!("{sign}{}", Points::from_hundredths(difference))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{not_compiled, record};

    fn differences() -> Differences {
        let before = [record("ada", 4, 0.5), record("bob\u{202e}", 4, 0.5), record("dan", 1, 0.5)];
        let after = [record("ada", 3, 0.5), record("bob\u{202e}", 4, 0.75), not_compiled("dan")];
        Differences::between(&before, &after)
    }

    #[test]
    fn the_text_says_who_changed_and_where() {
        let text = differences().text();
        let dan = "gained points: 1, lost points: 2, the same: 0\n\n\
            dan: 40.00 -> 0.00 (-40.00), graded -> not-compiled\n  stage place: 10.00 -> 0.00\n    \
            passed -> not run: the first\n    T21 -> not run: the second\n";
        assert!(text.starts_with(dan), "{text}");
        let ada = "\nada: 70.00 -> 60.00 (-10.00)\n  stage coalesce: 20.00 -> 10.00\n    passed -> T21: the fourth\n";
        assert!(text.contains(ada), "{text}");
        let bob = "\nbob\\u{202e}: 70.00 -> 85.00 (+15.00)\n  measure utilization: 30.00 for 0.5 -> 45.00 for 0.75\n";
        assert!(text.contains(bob), "{text}");
    }

    #[test]
    fn tables_have_a_row_for_each_change() {
        let csv = differences().csv();
        assert!(csv.contains("\nada,70.00,60.00,stage coalesce,the fourth,passed,T21\n"), "{csv}");
        assert!(
            csv.contains("bob\\u{202e},70.00,85.00,measure utilization,,30.00 for 0.5,"),
            "{csv}"
        );
        assert!(csv.contains(",verdict,,graded,not-compiled\n"), "{csv}");
        let markdown = differences().markdown();
        assert!(markdown.contains("| ada | 70.00 | 60.00 | stage coalesce |"), "{markdown}");
        let json: serde_json::Value = serde_json::from_str(&differences().json()).unwrap();
        assert_eq!(json["schema"], "heaplab.grade-diff.v1");
        assert_eq!(json["changed"].as_array().unwrap().len(), 3);
    }
}
