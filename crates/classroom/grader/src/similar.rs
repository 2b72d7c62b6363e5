//! Which submissions of a class are alike, and which are like sources of others.

use crate::intake::decode;
use crate::{Taken, submissions};
use heaplab_assess::{LabFolder, Workspace};
use heaplab_grade::similarity::{
    Language, NotCompared, Settings, Similarity, Source, against, compare,
};
use heaplab_lab::Lab;
use heaplab_support::{Error, Listener};
use heaplab_trace::Visible;
use std::fs;
use std::path::{Path, PathBuf};

/// What submissions are compared with, besides each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comparison<'a> {
    /// Files that everyone was given. What is in them does not count.
    pub known: &'a [PathBuf],
    /// Folders of submissions of earlier years.
    pub earlier: &'a [PathBuf],
    /// The workspace whose references and solutions are compared too, if any.
    pub workspace: Option<&'a Workspace>,
}

/// Compares the submissions that `paths` name with each other, and with the sources of others.
/// What is in the lab's starter or in the known files does not count, and between submissions
/// what is in the solution does not count either.
/// The listener gets what the intake remarks; the report names what can't be compared.
///
/// # Errors
/// If a path can't be read, or a starter can't be made.
pub fn alike(
    lab: &LabFolder,
    paths: &[PathBuf],
    comparison: &Comparison<'_>,
    settings: &Settings,
    listener: &dyn Listener,
) -> Result<Similarity, Error> {
    let language = match lab.lab.language {
        heaplab_lab::Language::Rust => Language::Rust,
        heaplab_lab::Language::C => Language::C,
    };
    let settings = &Settings { language, ..*settings };
    let starter = lab.starter(0)?;
    let mut given = vec![starter.lib, starter.given];
    for path in comparison.known {
        given.push(known_text(path)?);
    }
    let solution = lab.solution()?;
    let mut not_compared = Vec::new();
    let handed_in = texts_of(paths, &lab.lab, "", listener, &mut not_compared)?;
    let mut others = Vec::new();
    for folder in comparison.earlier {
        let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let prefix = format!("{name}/");
        let folder = std::slice::from_ref(folder);
        let texts = texts_of(folder, &lab.lab, &prefix, listener, &mut not_compared)?;
        others.extend(texts);
    }
    if let (Some(workspace), Language::Rust) = (comparison.workspace, language) {
        others.extend(solutions(workspace, &lab.lab.name, &solution)?);
    }
    let sources = as_sources(&handed_in);
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let known: Vec<&str> = given.iter().copied().chain([solution.as_str()]).collect();
    let mut report = compare(&sources, &known, settings);
    if language == Language::C && !solution.is_empty() {
        others.push((format!("the reference of {}", lab.lab.name), solution.clone()));
    }
    if !others.is_empty() {
        report.against = Some(against(&sources, &as_sources(&others), &given, settings));
    }
    report.not_compared = not_compared;
    Ok(report)
}

/// A name and a text.
type Named = (String, String);

fn as_sources(texts: &[Named]) -> Vec<Source<'_>> {
    texts.iter().map(|(name, text)| Source { name, text }).collect()
}

fn known_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| error.to_string());
    let text = bytes.and_then(|bytes| decode(&bytes));
    let text = text
        .map_err(|reason| Error::new(format!("error: can't read {}: {reason}", path.visible())))?;
    Ok(text.text)
}

/// Returns the texts of the submissions at some paths, with a prefix to their names.
fn texts_of(
    paths: &[PathBuf],
    lab: &Lab,
    prefix: &str,
    listener: &dyn Listener,
    not_compared: &mut Vec<NotCompared>,
) -> Result<Vec<Named>, Error> {
    let handed_in = submissions(paths, lab)?;
    for remark in &handed_in.remarks {
        listener.remark(&format!("{remark}\n"));
    }
    let mut texts = Vec::new();
    for submission in &handed_in.submissions {
        let taken = Taken::from(submission, lab);
        let name = format!("{prefix}{}", taken.identity.name);
        match taken.text() {
            Ok(text) => texts.push((name, text.to_owned())),
            Err(why) => not_compared.push(NotCompared { name, why: why.to_owned() }),
        }
    }
    Ok(texts)
}

/// Returns the solution of each lab of the workspace: what students write in this lab, and
/// everything in the others.
fn solutions(workspace: &Workspace, lab: &str, solution: &str) -> Result<Vec<Named>, Error> {
    let mut texts = vec![(format!("the solution of {lab}"), solution.to_owned())];
    for name in workspace.lab_names()?.into_iter().filter(|name| name != lab) {
        let other = workspace.lab(&name)?;
        let text = other.solution()? + &other.given()?;
        texts.push((format!("the solution of {name}"), text));
    }
    Ok(texts)
}
