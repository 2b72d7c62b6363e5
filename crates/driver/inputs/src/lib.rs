//! Finds and reads the traces that a command works on. No two of them have the same name.
//!
//! | I want to | start at |
//! |---|---|
//! | read the good traces of some folders, and report the others | [`with_good`] |
//! | read traces that points depend on: every file must be in order | [`read_strictly`] |
//! | find the trace files in folders, without reading them | [`files`], [`has_traces`], [`is_trace`] |
//! | say that a file is a log of another tracer | [`remark_on`] |
//!
//! Warnings and notes go to a [`Listener`], in whole lines.
#![forbid(unsafe_code)]

mod input;
mod large;
mod left_out;
mod logs;
mod names;
mod search;

use heaplab_logs::{NotRead, Options};
use heaplab_replay::TooMuch;
use heaplab_support::{Error, Listener, installed, open_file};
use heaplab_trace::{ReadOptions, Report, Trace, Visible, path_text};
pub use input::Input;
use left_out::{Complaint, Complaints};
pub use left_out::{LeftOut, markdown};
pub use logs::remark_on;
pub use search::is_trace;
use search::{File, Search};
use std::env;
use std::path::{Path, PathBuf};

/// The traces that a command works on.
pub struct Traces {
    /// The good ones, in the order of their paths.
    pub inputs: Vec<Input>,
    /// The files of folders that are traces by their names and could not be used.
    pub left_out: Vec<LeftOut>,
}

/// The traces that a command asks for.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Files and folders; none for the bundled traces.
    pub paths: &'a [PathBuf],
    /// How to read them.
    pub reading: ReadOptions,
    /// A trace that can't be served in a heap below this many bytes can't be used; `None` if there
    /// is no limit.
    pub room_bytes: Option<u32>,
    /// Adds the bundled stress traces for which a heap of this many bytes has room.
    pub stress_in_bytes: Option<u32>,
}

/// The folder of the bundled traces with requests that programs' traces do not have.
/// They show faults, and say nothing about how good a heap is.
const STRESS: &str = "stress";

/// Reads the traces that `paths` name, as an instructor gives them to be graded on: every file
/// must be in order, in folders too, and no two may have the same name.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub fn read_strictly(paths: &[PathBuf], listener: &dyn Listener) -> Result<Vec<Input>, Error> {
    let wanted =
        Wanted { paths, reading: ReadOptions::STRICT, room_bytes: None, stress_in_bytes: None };
    let found = Found::at(wanted, listener)?;
    // The command that grades has no options for reading.
    if let Err(wrong) = found.complaints.as_error(|_| true, Some(CONVERT)) {
        return Err(Error::new(format!(
            "{wrong}\nhelp: grading leaves no trace out: correct the file, or remove it"
        )));
    }
    names::refuse_one_name_twice(&found.inputs)?;
    Ok(found.inputs)
}

/// The command that has the options which the reader's messages advise.
const CONVERT: &str = "heaplab trace convert";

/// Reads the traces and calls `work` with them. A bad file in a folder is left out: `work` gets
/// the others, and the command ends with what is wrong with the files that were left out. A file
/// that was named must be good.
///
/// # Errors
/// What is wrong with a file that was named, or with all files; or the error of `work`.
pub fn with_good<E: From<Error>>(
    wanted: Wanted<'_>,
    listener: &dyn Listener,
    work: impl FnOnce(Traces) -> Result<(), E>,
) -> Result<(), E> {
    let mut found = Found::at(wanted, listener)?;
    names::refuse_one_file_twice(&found.inputs)?;
    names::tell_apart(&mut found.inputs);
    say_lines(&found.no_traces, listener);
    found.hand_to(listener, work)
}

/// Returns the files that paths name: a folder stands for the traces in it. Other files in a
/// folder are reported.
///
/// # Errors
/// If a path can't be read, or there are no traces in a folder.
pub fn files(paths: &[PathBuf], listener: &dyn Listener) -> Result<Vec<PathBuf>, Error> {
    let mut search = Search::default();
    for path in paths {
        if path.is_dir() { search.add(path)? } else { search.files.push(File::named(path)) }
    }
    say_lines(&search.no_traces, listener);
    search.complaints.as_error(|_| true, None)?;
    Ok(search.files.into_iter().map(|file| file.path).collect())
}

/// Returns whether a path is a file, or a folder with a trace in it.
pub fn has_traces(path: &Path) -> bool {
    !path.is_dir() || Search::default().add(path).is_ok()
}

/// What was found in the files that paths name.
struct Found {
    inputs: Vec<Input>,
    complaints: Complaints,
    /// Messages about the other files.
    no_traces: Vec<String>,
}

impl Found {
    fn at(wanted: Wanted<'_>, listener: &dyn Listener) -> Result<Found, Error> {
        let mut search = Search::default();
        let mut stress_folder = None;
        if wanted.paths.is_empty() {
            let folder = bundled()?;
            search.add(&folder)?;
            search.no_traces.clear();
            stress_folder = Some(folder.join(STRESS));
        }
        for path in wanted.paths {
            search.add(path)?;
        }
        let mut found = Found {
            inputs: Vec::new(),
            complaints: search.complaints,
            no_traces: search.no_traces,
        };
        for file in search.files {
            let is_stress = |folder: &PathBuf| file.path.starts_with(folder);
            let is_stress = stress_folder.as_ref().is_some_and(is_stress);
            if is_stress && wanted.stress_in_bytes.is_none() {
                continue;
            }
            match read_one(&file.path, &wanted.reading, listener) {
                Ok(trace) if is_stress && !has_room(&trace, wanted.stress_in_bytes) => {}
                Ok(trace) => found.take(file, trace, wanted.room_bytes),
                Err(not_read) => found.complaints.add(not_read.about(file)),
            }
        }
        Ok(found)
    }

    /// Adds a trace, unless no heap could serve it.
    fn take(&mut self, file: File, trace: Trace, room_bytes: Option<u32>) {
        match room_bytes.and_then(|bytes| TooMuch::find(&trace, bytes)) {
            None => self.inputs.push(Input { path: file.path, trace }),
            Some(too_much) => self.complaints.add(no_room(file, &too_much)),
        }
    }

    /// Calls `work` with the good traces, and reports what was left out.
    fn hand_to<E: From<Error>>(
        self,
        listener: &dyn Listener,
        work: impl FnOnce(Traces) -> Result<(), E>,
    ) -> Result<(), E> {
        let none_is_good = self.inputs.is_empty();
        let counts = |complaint: &Complaint| none_is_good || !complaint.in_folder;
        self.complaints.as_error(counts, None)?;
        let said = self.complaints.left_out_of(self.inputs.len());
        let outcome =
            work(Traces { inputs: self.inputs, left_out: self.complaints.into_left_out() });
        match (said, outcome) {
            (None, outcome) => outcome,
            (Some(said), Ok(())) => Err(Error::new(said).into()),
            (Some(said), Err(failure)) => {
                listener.remark(&format!("\n{said}\n"));
                Err(failure)
            }
        }
    }
}

fn say_lines(lines: &[String], listener: &dyn Listener) {
    for line in lines {
        listener.remark(&format!("{line}\n"));
    }
}

/// Returns whether the trace fits: blocks are rounded up, and huge ones leave holes between them.
fn has_room(trace: &Trace, heap_bytes: Option<u32>) -> bool {
    heap_bytes.is_none_or(|bytes| trace.peak_payload_bytes() < u64::from(bytes) / 3)
}

/// Returns the complaint about a trace that no heap could serve, so that no heap is blamed.
fn no_room(file: File, too_much: &TooMuch) -> Complaint {
    let help = if too_much.is_of_the_limit() {
        "raise the limit with --heap-limit, to less than 4G, or leave this trace out"
    } else {
        "no heap can serve this: leave this trace out"
    };
    Complaint {
        text: format!("error: {}, {too_much}\nhelp: {help}\n", file.path.visible()),
        reason: too_much.to_string(),
        in_folder: file.in_folder,
        path: file.path,
        report: None,
    }
}

/// Why a file gives no trace.
enum NotATrace {
    /// It can't be read, for this reason.
    NotRead(String),
    /// What is wrong with it.
    Wrong(Report),
    /// It is a log that can't become a trace.
    NoUse { message: String, reason: String },
}

impl NotATrace {
    fn about(self, file: File) -> Complaint {
        let (text, reason, report) = match self {
            NotATrace::NotRead(reason) => {
                (format!("error: can't read {}: {reason}\n", file.path.visible()), reason, None)
            }
            NotATrace::Wrong(report) => (report.render(true), report.in_a_line(), Some(report)),
            NotATrace::NoUse { message, reason } => (message + "\n", reason, None),
        };
        Complaint { text, reason, in_folder: file.in_folder, path: file.path, report }
    }
}

/// Reads the trace in a file, and reports what was odd about it and accepted.
fn read_one(
    path: &Path,
    options: &ReadOptions,
    listener: &dyn Listener,
) -> Result<Trace, NotATrace> {
    let name = path_text(path);
    let from = open_file(path).map_err(|error| NotATrace::NotRead(error.to_string()))?;
    large::announce(path, &from, options, listener).map_err(NotATrace::NotRead)?;
    let input =
        heaplab_logs::read(&name, from, &Options::from(*options)).map_err(
            |reason| match reason {
                NotRead::Trace(report) => NotATrace::Wrong(report),
                NotRead::System(error) => NotATrace::NotRead(error.to_string()),
                other => {
                    NotATrace::NoUse { reason: other.in_a_line(), message: other.render(true) }
                }
            },
        )?;
    remark_on(&name, &input, listener);
    let reading = input.into_reading();
    if !reading.warnings.is_empty() {
        listener.remark(&reading.warnings.render(true));
    }
    Ok(reading.trace)
}

/// Returns where the bundled traces are: where HEAPLAB_TRACES says; labs/traces here or in a
/// folder above; where this program is installed; or where it was built.
fn bundled() -> Result<PathBuf, Error> {
    if let Some(folder) = env::var_os("HEAPLAB_TRACES") {
        return Ok(folder.into());
    }
    let here = env::current_dir().unwrap_or_default();
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../labs/traces");
    let here = here.ancestors().map(|folder| folder.join("labs/traces"));
    here.chain(installed("share/heaplab/traces"))
        .chain(built.canonicalize().ok())
        .find(|folder| folder.is_dir())
        .ok_or_else(|| {
            Error::new(
                "error: no bundled traces: there is no folder labs/traces here or above, as in a \
                 checkout, and no share/heaplab/traces beside this program's folder, as in an archive\n\
                 help: name traces with --trace, or their folder in HEAPLAB_TRACES",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_support::Quiet;
    use std::fs;

    const GOOD: &str = "1\n1\n2\n16\na 0 16\nf 0\n";

    fn refused(read: Result<Vec<Input>, Error>) -> String {
        match read {
            Ok(inputs) => panic!("{} traces were taken", inputs.len()),
            Err(error) => error.to_string(),
        }
    }

    /// A lab is never graded on fewer traces than the instructor gave.
    #[test]
    fn traces_for_grading_are_read_strictly() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let read = || read_strictly(&[folder.path().to_owned()], &Quiet);
        fs::write(at("good.rep"), GOOD).unwrap();
        assert_eq!(read().unwrap().len(), 1);

        fs::write(at("bad.rep"), "1\n1\n2\n16\na 0 16\nf 0\nf 0\n").unwrap();
        let message = refused(read());
        // The advice is a command that has the option.
        assert!(message.ends_with("or remove it"), "{message}");
        assert!(message.contains("`heaplab trace convert --lenient`"), "{message}");

        fs::remove_file(at("bad.rep")).unwrap();
        fs::create_dir(at("more")).unwrap();
        fs::write(at("more/good.rep"), GOOD).unwrap();
        let message = refused(read());
        assert!(message.contains("two traces are called `good`"), "{message}");
    }
}
