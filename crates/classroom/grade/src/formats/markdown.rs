//! Feedback for a student: which points were lost, where
//! and why, and the command that reproduces it.

mod escape;

pub use escape::prose;

use super::words;
use crate::{Check, Fault, Hidden, Measure, Record, Stage, Style, TraceResult, Verdict};
use escape::{code, fenced};
use std::fmt::Write;

/// Returns the feedback on one submission.
pub fn markdown(record: &Record, hidden: Hidden) -> String {
    let record = &record.for_students(hidden);
    let mut text = format!(
        "# {}: {}\n\n**{} of {} points**\n",
        prose(&record.lab.name),
        prose(&record.submission.name),
        record.points,
        record.max_points
    );
    for remark in &record.submission.remarks {
        let _ = write!(text, "\nNote: {}.\n", prose(&words::line(remark)));
    }
    if record.verdict != Verdict::Graded {
        text += &not_run(record);
    }
    text += &overview(record);
    if record.verdict == Verdict::Graded {
        let lost = record.stages.iter().filter(|stage| stage.points < stage.max_points);
        text.extend(lost.map(stage));
        text += &measures(record);
        text += &style(&record.style);
    }
    let version = prose(&record.harness.version);
    let _ = write!(text, "\n---\n\nheaplab {version}, key `{}`\n", record.key);
    text
}

/// Says why there are no points.
fn not_run(record: &Record) -> String {
    let mut text = format!(
        "\n## Nothing was run\n\nThe submission {}.\n",
        match record.verdict {
            Verdict::Graded => "was graded",
            Verdict::Refused => "was refused: it contains code that is not allowed",
            Verdict::NotCompiled => "does not compile",
            Verdict::NotASubmission => "has no file that can be graded",
        }
    );
    if !record.findings.is_empty() {
        text.push('\n');
        for finding in &record.findings {
            let _ = writeln!(text, "- {}", prose(&words::finding(finding)));
        }
    }
    if let Some(compiler) = &record.compiler {
        let _ = write!(text, "\n{}", fenced(compiler));
    }
    text
}

/// Returns a table with a row for each stage and measure.
fn overview(record: &Record) -> String {
    let mut text = "\n| part | points | of | |\n|---|---:|---:|---|\n".to_owned();
    for stage in &record.stages {
        let passed = stage.checks.iter().filter(|check| check.passed).count();
        let (points, all) = (stage.points, stage.max_points);
        let note = match stage.checks.len() {
            0 => "not run".to_owned(),
            checks => format!("{passed} of {checks} checks passed"),
        };
        let _ = writeln!(text, "| {} | {points} | {all} | {note} |", prose(&stage.title));
    }
    for measure in &record.measures {
        let (points, all) = (measure.points, measure.max_points);
        let note = match (measure.value, record.verdict) {
            (Some(value), _) => format!("{} {value}", measure.what.words()),
            (None, Verdict::Graded) => "no value".to_owned(),
            (None, _) => "not run".to_owned(),
        };
        let _ = writeln!(text, "| {} | {points} | {all} | {note} |", prose(&measure.name));
    }
    let (points, all) = (record.points, record.max_points);
    let _ = writeln!(text, "| **all** | **{points}** | **{all}** | |");
    text
}

/// Describes a stage that lost points: the first failed check in full, the others by name.
fn stage(stage: &Stage) -> String {
    let lost = format!("{} of {} points", stage.points, stage.max_points);
    let mut text = format!("\n## {}: {lost}\n", prose(&stage.title));
    let failed: Vec<&Check> = stage.checks.iter().filter(|check| !check.passed).collect();
    if let Some((first, others)) = failed.split_first() {
        let _ = write!(text, "\nThe first check that failed: **{}**.\n", prose(&first.title));
        text.extend(first.fault.as_ref().map(fault));
        if !others.is_empty() {
            text += "\nAlso failed, perhaps for the same reason:\n\n";
            text.extend(others.iter().map(|check| format!("- {}\n", prose(&check.title))));
        }
    }
    text
}

fn fault(fault: &Fault) -> String {
    let mut text = match (&fault.operation, fault.line) {
        (Some(operation), Some(line)) => {
            format!("\nAt line {line} of its trace, {}:\n", code(operation))
        }
        (Some(operation), None) => format!("\nAt {}:\n", code(operation)),
        (None, Some(line)) => format!("\nAt line {line} of its trace:\n"),
        (None, None) => String::new(),
    };
    let _ = write!(text, "\n{}", fenced(&format!("{}: {}", fault.code, fault.message)));
    if let Some(again) = &fault.again {
        let _ = write!(text, "\nTo see it again:\n\n{}", fenced(again));
    }
    let _ = writeln!(text, "\n{} says more.", code(&format!("heaplab explain {}", fault.code)));
    text
}

/// Lists measures that lost points, and their traces.
fn measures(record: &Record) -> String {
    let mut text = String::new();
    let lost: Vec<&Measure> =
        record.measures.iter().filter(|measure| measure.points < measure.max_points).collect();
    for measure in &lost {
        let share = format!("{} of {} points", measure.points, measure.max_points);
        let _ = write!(
            text,
            "\n## {}: {share}\n\n{}.\n",
            prose(&measure.name),
            prose(&words::measure(measure))
        );
    }
    if !record.traces.is_empty() {
        text += "\n## Traces\n\n| trace | | utilization | loads and stores an operation |\n|---|---|---:|---:|\n";
        text.extend(record.traces.iter().map(trace_row));
        let broken = record.traces.iter().filter(|trace| !trace.valid);
        text.extend(broken.map(broken_trace));
    }
    text
}

fn trace_row(trace: &TraceResult) -> String {
    let name = prose(&trace.trace);
    let valid = if trace.valid { "valid" } else { "**not valid**" };
    let shown = (!trace.hidden).then_some(trace);
    let utilization = shown.and_then(TraceResult::utilization).map(|value| format!("{value:.3}"));
    let touches = shown.and_then(|trace| trace.touches_per_op).map(|value| format!("{value:.1}"));
    let [utilization, touches] = [utilization, touches].map(Option::unwrap_or_default);
    format!("| {name} | {valid} | {utilization} | {touches} |\n")
}

fn broken_trace(trace: &TraceResult) -> String {
    let Some(found) = &trace.fault else {
        return String::new();
    };
    format!("\n### {}\n{}", prose(&trace.trace), fault(found))
}

fn style(style: &Style) -> String {
    let bytes = style.struct_bytes.map(|bytes| format!("- Your struct has {bytes} bytes.\n"));
    let own = style.check_is_own.map(|own| {
        if own {
            "- `check` is your own.\n".to_owned()
        } else {
            "- `check` is not your own: write one. It finds faults where they are made.\n"
                .to_owned()
        }
    });
    let accesses = style.check_accesses.map(|loads| match loads {
        0 => "- `check` checks nothing: it does not read the heap.\n".to_owned(),
        loads => format!("- `check` reads {loads} words.\n"),
    });
    let holes = style.holes_left.filter(|&holes| holes > 0);
    let holes = holes.map(|holes| match holes {
        1 => "- One hole of the starter is still there.\n".to_owned(),
        holes => format!("- {holes} holes of the starter are still there.\n"),
    });
    let lines: String = [bytes, own, accesses, holes].into_iter().flatten().collect();
    if lines.is_empty() { lines } else { format!("\n## Style\n\n{lines}") }
}

#[cfg(test)]
mod tests {
    use super::escape::tests::read;
    use super::*;
    use crate::examples::{any_record, not_compiled, record, refused, sound};
    use proptest::prelude::*;

    #[test]
    fn lost_points_are_shown_with_the_place_and_how_to_reproduce_it() {
        let text = markdown(&record(), Hidden::Withheld);
        for part in [
            "**21.00 of 36.00 points**",
            "## Coalesce: 5.00 of 10.00 points",
            "The first check that failed: **a block between two free ones becomes one with both**",
            "At line 3 of its trace, ` f 0 `:",
            "lab-1-implicit check --trace coalesce.rep --until 3",
            "## work: 0.00 of 10.00 points",
            "a hidden trace is not valid",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn a_submission_that_was_not_run_says_why() {
        assert!(
            markdown(&refused(), Hidden::Withheld).contains("- line 3, column 1: extern crate: "),
            "{}",
            markdown(&refused(), Hidden::Withheld)
        );
        assert!(markdown(&not_compiled(), Hidden::Withheld).contains("```text\nerror[E0425]"));
        assert!(
            !markdown(&sound(), Hidden::Withheld).contains("failed"),
            "{}",
            markdown(&sound(), Hidden::Withheld)
        );
    }

    #[test]
    fn remarks_on_the_submission_are_shown() {
        let mut record = record();
        record.submission.remarks = vec!["lib.rs is not UTF-8, and was read as UTF-16LE".into()];
        let text = markdown(&record, Hidden::Withheld);
        assert!(
            text.contains("\nNote: lib.rs is not UTF-8, and was read as UTF-16LE.\n"),
            "{text}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_record_adds_headings_or_markup(record in any_record()) {
            let text = markdown(&record, Hidden::Withheld);
            let ours = text.lines().filter(|line| line.starts_with('#')).count();
            let (headings, strange) = read(&text);
            prop_assert!(headings.len() <= ours);
            prop_assert!(strange.is_empty(), "{strange:?} in\n{text}");
            let lab = format!("{}: {}", words::line(&record.lab.name).trim(), words::line(&record.submission.name).trim());
            prop_assert_eq!(headings[0].trim(), lab.trim());
        }
    }
}
