//! Diagnostics as text, in the manner of rustc.

use crate::{Diagnostic, Place, Report, Severity, Visible};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

impl Report {
    /// The report as text, with terminal colours if `color`. Ends with a newline
    /// unless it is empty.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let file = self.file.visible();
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            text += &renderer.render(&[group(&file, diagnostic)]);
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
        text
    }
}

fn group<'a>(file: &'a str, diagnostic: &'a Diagnostic) -> Group<'a> {
    let problem = &diagnostic.problem;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(problem.to_string())
        .id(problem.code())
        .elements([] as [Origin<'_>; 0]);

    group = match &diagnostic.place {
        None => group.element(Origin::path(file)),
        Some(place) => group.element(snippet(
            file,
            place,
            AnnotationKind::Primary,
            problem.label(),
        )),
    };
    if let Some(other) = &diagnostic.other {
        let label = problem.other_label();
        group = group.element(snippet(file, other, AnnotationKind::Context, label));
    }
    let advice = match (diagnostic.severity, problem.tolerance()) {
        (Severity::Error, None) => Level::HELP.message(problem.help()),
        (Severity::Error, Some(tolerance)) => Level::HELP.message(format!(
            "{}; lenient reading (`--lenient`) {tolerance}",
            problem.help()
        )),
        (Severity::Warning, tolerance) => Level::NOTE.message(format!(
            "accepted: the reader {}",
            tolerance.unwrap_or("goes on")
        )),
    };
    group.element(advice)
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
