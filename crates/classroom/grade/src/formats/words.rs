//! Texts that several formats share.

use crate::{Fault, Finding, Measure, Record, Stage, TraceResult};
use heaplab_trace::Visible;
use std::borrow::Cow;
use std::fmt::Write;

/// Returns a text without hidden effects: control characters that move a cursor or change
/// colours, and characters that turn the direction of what follows, are written as `\u{202e}`.
/// Ends of lines and tabs stay.
pub fn plain(text: &str) -> String {
    unhidden(&text.replace("\r\n", "\n")).replace('\r', "\\r")
}

/// Returns the same, and leaves a carriage return as it is.
pub fn unhidden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Returns whether a character is not seen as itself: a terminal obeys it, or it has no width.
pub fn is_hidden(c: char) -> bool {
    let is_blank = matches!(c, '\n' | '\t' | '\r');
    !is_blank && matches!(c.encode_utf8(&mut [0; 4]).visible(), Cow::Owned(_))
}

/// Returns the same on one line.
pub fn line(text: &str) -> String {
    plain(text).replace(['\n', '\t', '\u{2028}', '\u{2029}'], " ")
}

/// Describes a fault in full, over several lines.
pub fn fault(fault: &Fault) -> String {
    let mut text = format!("fault[{}]", line(&fault.code));
    if let Some(number) = fault.line {
        let _ = write!(text, " at line {number}");
    }
    if let Some(operation) = &fault.operation {
        let _ = write!(text, ": {}", line(operation));
    }
    let _ = write!(text, "\n{}\n", plain(&fault.message).trim_end());
    if let Some(again) = &fault.again {
        let _ = writeln!(text, "again: {}", line(again));
    }
    let _ = writeln!(text, "more: heaplab explain {}", line(&fault.code));
    text
}

/// Says what happened on a trace: its fault, or figures. Of a hidden one, only whether it is fine.
pub fn trace(trace: &TraceResult) -> String {
    match (&trace.fault, trace.hidden) {
        (Some(found), false) => fault(found),
        (None, false) => {
            let utilization = trace.utilization().map(|value| format!("utilization {value:.3}\n"));
            let touches = trace.touches_per_op;
            let touches =
                touches.map(|value| format!("{value:.1} loads and stores an operation\n"));
            utilization.unwrap_or_default() + &touches.unwrap_or_default()
        }
        (_, true) if trace.valid => "fine\n".to_owned(),
        (_, true) => "at fault\n".to_owned(),
    }
}

/// Describes a stage's checks: the first failed one in full, the others by name.
pub fn stage(stage: &Stage) -> String {
    let mut text = String::new();
    let mut told = false;
    for check in &stage.checks {
        let verdict = if check.passed { "passed" } else { "failed" };
        let _ = writeln!(text, "{verdict}: {}", line(&check.title));
        if let Some(found) = check.fault.as_ref().filter(|_| !told) {
            text += &indented(&fault(found));
            told = true;
        }
    }
    text
}

/// Gives a measure's value and how it became points, in one line.
pub fn measure(measure: &Measure) -> String {
    let value = match measure.value {
        Some(value) => format!("{} is {value}", measure.what.words()),
        None => format!("{}: no value", measure.what.words()),
    };
    let mut text = format!("{value}; {} earns nothing, {} earns all", measure.none, measure.full);
    if let Some(remark) = &measure.remark {
        let _ = write!(text, "; {}", line(remark));
    }
    text
}

/// Says why nothing was run, if nothing was: the verdict, the findings, the compiler's output.
pub fn why_not(record: &Record) -> String {
    let mut text = format!("{}\n", record.verdict.words());
    for found in &record.findings {
        let _ = writeln!(text, "{}", finding(found));
    }
    if let Some(compiler) = &record.compiler {
        let _ = write!(text, "\n{}\n", plain(compiler).trim_end());
    }
    text
}

/// Returns a text such as `line 3, column 5: extern crate: reaches the host`.
pub fn finding(finding: &Finding) -> String {
    let place = match (finding.line, finding.column) {
        (Some(row), Some(column)) => format!("line {row}, column {column}: "),
        (Some(row), None) => format!("line {row}: "),
        (None, _) => String::new(),
    };
    format!("{place}{}: {}", line(&finding.what), line(&finding.why))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
