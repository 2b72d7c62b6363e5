//! Which submissions of a class are alike.

use crate::intake::decode;
use crate::{Taken, submissions};
use heaplab_assess::LabFolder;
use heaplab_grade::similarity::{Settings, Similarity, Source, compare};
use heaplab_support::{Error, Listener};
use heaplab_trace::Visible;
use std::fs;
use std::path::PathBuf;

/// Compares the submissions that `paths` name. What is in the lab's
/// starter, in its solution or in the files `known` does not count.
/// The listener gets what the intake remarks, and each submission that can't be compared.
///
/// # Errors
/// If a path can't be read, or the starter can't be made.
pub fn alike(
    lab: &LabFolder,
    paths: &[PathBuf],
    known: &[PathBuf],
    settings: &Settings,
    listener: &dyn Listener,
) -> Result<Similarity, Error> {
    let starter = lab.starter(0)?;
    let mut texts = vec![starter.lib, starter.given, lab.solution()?];
    for path in known {
        let bytes = fs::read(path).map_err(|error| error.to_string());
        let text = bytes.and_then(|bytes| decode(&bytes)).map_err(|reason| {
            Error::new(format!("error: can't read {}: {reason}", path.visible()))
        })?;
        texts.push(text.text);
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let handed_in = submissions(paths, &lab.lab.name)?;
    for remark in &handed_in.remarks {
        listener.remark(&format!("{remark}\n"));
    }
    let taken: Vec<Taken> =
        handed_in.submissions.iter().map(|one| Taken::from(one, &lab.lab.name)).collect();
    let mut sources = Vec::new();
    for one in &taken {
        let name = &one.identity.name;
        match one.text() {
            Ok(text) => sources.push(Source { name, text }),
            Err(why) => listener.remark(&format!("{name} is not compared: {}\n", why.visible())),
        }
    }
    Ok(compare(&sources, &texts, settings))
}
