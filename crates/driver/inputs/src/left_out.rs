//! Files that could not be used, and the messages about them.

use heaplab_support::Error;
use heaplab_trace::{Report, Visible, path_text};
use serde::Serialize;
use std::path::PathBuf;

/// A file of a folder that could not be used, for the report.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// The file, as it was found.
    pub file: String,
    /// Why, in a line.
    pub reason: String,
}

/// What is wrong with a file.
pub(super) struct Complaint {
    pub(super) path: PathBuf,
    /// The whole message, with a newline at the end.
    pub(super) text: String,
    /// The same in one line, without the file.
    pub(super) reason: String,
    /// Whether it was found in a folder; otherwise it was named.
    pub(super) in_folder: bool,
    /// What the reader of traces found, if it got that far.
    pub(super) report: Option<Report>,
}

/// What is wrong with some of the files.
#[derive(Default)]
pub(super) struct Complaints(Vec<Complaint>);

impl Complaints {
    pub(super) fn add(&mut self, complaint: Complaint) {
        self.0.push(complaint);
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the complaints that count, as an error if there are any. `command` has the options
    /// that the reader advises, if the running command has none.
    ///
    /// # Errors
    /// If any counts.
    pub(super) fn as_error(
        &self,
        counts: impl Fn(&Complaint) -> bool,
        command: Option<&str>,
    ) -> Result<(), Error> {
        let texts = self.0.iter().filter(|one| counts(one));
        let texts: String = texts
            .map(|one| match (&one.report, command) {
                (Some(report), Some(command)) => report.render_for(true, command),
                _ => one.text.clone(),
            })
            .collect();
        match texts.trim_end() {
            "" => Ok(()),
            texts => Err(Error::new(texts)),
        }
    }

    /// Returns the message for when all of these files are left out and `good` traces are not: one
    /// line for each file. `None` if nothing is left out.
    pub(super) fn left_out_of(&self, good: usize) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let line = |one: &Complaint| format!("left out: {}: {}\n", one.path.visible(), one.reason);
        let mut text: String = self.0.iter().map(line).collect();
        if self.0.iter().any(|one| one.report.is_some()) {
            text += "help: `heaplab trace stats FILE` shows all errors of a file\n";
        }
        text += &format!(
            "help: {}; the results cover {}",
            match self.0.len() {
                1 => "this file is left out".to_owned(),
                bad => format!("these {bad} files are left out"),
            },
            match good {
                1 => "one trace".to_owned(),
                _ => format!("{good} traces"),
            },
        );
        Some(text)
    }

    pub(super) fn into_left_out(self) -> Vec<LeftOut> {
        let left_out = |one: Complaint| LeftOut {
            file: path_text(&one.path).into_owned(),
            reason: one.reason,
        };
        self.0.into_iter().map(left_out).collect()
    }
}

/// Returns the files that were left out as a Markdown list; empty if there are none.
pub fn markdown(left_out: &[LeftOut]) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let mut text = "\nLeft out, and not in the figures above:\n\n".to_owned();
    for one in left_out {
        // A name with a newline in it would end the item.
        text += &format!("- `{}`: {}\n", one.file.visible(), one.reason.visible());
    }
    text
}
