//! Diagnostics as text, in the manner of rustc.

use crate::{Diagnostic, Place, Report, Severity, Visible};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::collections::BTreeSet;

impl Report {
    /// Returns the report as text, with terminal colours if `color`. Ends with a newline unless it
    /// is empty.
    pub fn render(&self, color: bool) -> String {
        self.render_advising(color, None)
    }

    /// Does the same for a command that has no options for reading: an option in the advice is
    /// then said to be one of `command`.
    pub fn render_for(&self, color: bool, command: &str) -> String {
        self.render_advising(color, Some(command))
    }

    /// Returns the first diagnostic and the number of others in one line, without the file:
    /// `line 2: error[T06]: the header is incomplete`.
    pub fn in_a_line(&self) -> String {
        let Some(first) = self.diagnostics.first() else {
            return String::new();
        };
        let place = match &first.place {
            Some(place) => format!("line {}: ", place.line),
            None => String::new(),
        };
        let severity = match first.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let more = match self.total() - 1 {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let (code, problem) = (first.problem.code(), first.problem.to_string());
        format!("{place}{severity}[{code}]: {}{more}", problem.visible())
    }

    fn render_advising(&self, color: bool, command: Option<&str>) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let file = self.file.visible();
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            text += &renderer.render(&[group(&file, diagnostic, command)]);
            text += "\n\n";
        }
        if self.omitted > 0 {
            text += &format!("... and {} more in {}\n", self.omitted, file);
        } else {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        if self.is_empty() {
            text.clear();
        }
        text + &self.more()
    }

    /// Returns the line that says how the codes are explained.
    fn more(&self) -> String {
        let codes: BTreeSet<&str> =
            self.diagnostics.iter().map(|diagnostic| diagnostic.problem.code()).collect();
        let commands: Vec<String> =
            codes.iter().map(|code| format!("`heaplab explain {code}`")).collect();
        if commands.is_empty() { String::new() } else { format!("more: {}\n", commands.join(", ")) }
    }
}

fn group<'a>(file: &'a str, diagnostic: &'a Diagnostic, command: Option<&str>) -> Group<'a> {
    let problem = &diagnostic.problem;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        level.primary_title(problem.to_string()).id(problem.code()).elements([] as [Origin<'_>; 0]);

    group = match &diagnostic.place {
        None => group.element(Origin::path(file)),
        Some(place) => {
            group.element(snippet(file, place, AnnotationKind::Primary, problem.label()))
        }
    };
    if let Some(other) = &diagnostic.other {
        let label = problem.other_label();
        group = group.element(snippet(file, other, AnnotationKind::Context, label));
    }
    let advice = match (diagnostic.severity, problem.tolerance()) {
        (Severity::Error, None) => Level::HELP.message(of_command(problem.help(), command)),
        (Severity::Error, Some(tolerance)) => {
            let help = problem.help();
            let text = format!("{help}; lenient reading (`--lenient`) {tolerance}");
            Level::HELP.message(of_command(text, command))
        }
        (Severity::Warning, tolerance) => {
            Level::NOTE.message(format!("accepted: the reader {}", tolerance.unwrap_or("goes on")))
        }
    };
    group.element(advice)
}

/// Returns the advice with every option said to be one of `command`.
fn of_command(advice: String, command: Option<&str>) -> String {
    match command {
        Some(command) => advice.replace("`--", &format!("`{command} --")),
        None => advice,
    }
}

fn snippet<'a>(
    file: &'a str,
    place: &'a Place,
    kind: AnnotationKind,
    label: String,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    Snippet::source(place.text.as_str())
        .line_start(place.line as usize)
        .path(file)
        .annotation(kind.span(place.span.clone()).label(label))
}
