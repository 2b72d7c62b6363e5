//! Traces of failures as files: where they go, saved whole and read back.

use crate::in_file;
use heaplab_inputs::Input;
use heaplab_support::files::new_file;
use heaplab_trace::{ReadOptions, Trace};
use heaplab_worker::Error;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Reads the trace in a worker's answer, and puts a title above its remarks.
///
/// # Errors
/// None, unless the worker is not from this program.
pub fn parse(text: &str, title: &str) -> Result<Trace, Error> {
    let reading = Trace::parse("small.rep", text.as_bytes(), &ReadOptions::default());
    let trace = reading.map_err(Error::new)?.trace;
    let bare = Trace::from_ops(trace.name(), trace.weight(), trace.ops().to_vec());
    let titled = bare.map_err(Error::new)?.with_comment(title);
    Ok(trace.comments().iter().fold(titled, |titled, comment| {
        titled.with_comment_before(comment.before_op, &comment.text)
    }))
}

/// Returns where to save a trace: the file named, which must not exist yet, or the first of
/// `stem.rep`, `stem-2.rep`, ... that does not exist.
pub fn choose_file(named: Option<&Path>, stem: &str) -> Result<PathBuf, Error> {
    if let Some(path) = named {
        return match path.try_exists() {
            Ok(false) => Ok(path.to_owned()),
            Ok(true) => Err(Error::new(format!(
                "error: {} is there already\nhelp: name another file with --save, or remove this one",
                path.display()
            ))),
            Err(error) => {
                Err(Error::new(format!("error: can't save to {}: {error}", path.display())))
            }
        };
    }
    // A file name has no punctuation of a policy.
    let stem: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .collect();
    let names = (2..).map(|number| format!("{stem}-{number}.rep"));
    let mut names = std::iter::once(format!("{stem}.rep")).chain(names);
    let unused = names.find(|name| !Path::new(name).exists());
    Ok(unused.unwrap_or_default().into())
}

/// Saves a trace as a new file, whole or not at all, and reads it back, as a later run does.
///
/// # Errors
/// If it can't be written.
pub fn save(path: PathBuf, trace: &Trace) -> Result<Input, Error> {
    let cannot = |error: std::io::Error| {
        let help = match error.kind() {
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded => "\nhelp: name a file in another folder with --save",
            _ => "",
        };
        Error::new(format!("error: can't save {}: {error}{help}", path.display()))
    };
    let bytes = in_file(trace);
    new_file(&path, &bytes).map_err(cannot)?;
    let name = path.display().to_string();
    let reading = Trace::parse(&name, &bytes, &ReadOptions::default());
    let trace = reading.map_err(Error::new)?.trace;
    Ok(Input { path, trace })
}
