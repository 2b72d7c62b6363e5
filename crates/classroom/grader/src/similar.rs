//! Which submissions of a class are alike.

use crate::{Taken, submissions};
use heaplab_assess::LabFolder;
use heaplab_grade::similarity::{Settings, Similarity, Source, compare};
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::fs;
use std::path::PathBuf;

/// Compares the submissions that `paths` name. What is in the lab's
/// starter, in its solution or in the files `known` does not count.
///
/// # Errors
/// If a path can't be read, or the starter can't be made.
pub fn alike(
    lab: &LabFolder,
    paths: &[PathBuf],
    known: &[PathBuf],
    settings: &Settings,
) -> Result<Similarity, Error> {
    let starter = lab.starter(0)?;
    let mut texts = vec![starter.lib, starter.given, lab.solution()?];
    for path in known {
        texts.push(fs::read_to_string(path).map_err(|error| {
            Error::new(format!("error: can't read {}: {error}", path.visible()))
        })?);
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let taken: Vec<Taken> = submissions(paths)?.iter().map(Taken::from).collect();
    let sources: Vec<Source<'_>> = taken
        .iter()
        .filter_map(|taken| Some(Source { name: &taken.identity.name, text: taken.text().ok()? }))
        .collect();
    Ok(compare(&sources, &texts, settings))
}
