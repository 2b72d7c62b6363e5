//! Reads and writes trace files. `-` is standard input or output.

use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_logs::{Input, NotRead, Opened, Options};
use heaplab_support::files::replace_file_with;
use heaplab_trace::{ReadOptions, Reading, Report, Summary, Trace, Visible, Visit, path_text};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Why a file could not be read.
pub(super) struct Refused {
    /// The full message.
    pub(super) text: String,
    /// The reason in one line, without the file.
    pub(super) reason: String,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure::Input(refused.text)
    }
}

/// The maximum number of operations in a trace that comes through a pipe, which must be kept in
/// memory: 3 GiB of them.
const MOST_PIPED_OPERATIONS: u32 = 1 << 28;

/// A file to read, twice if necessary. Only a trace that comes through a pipe is kept.
pub(super) struct Source {
    path: PathBuf,
    /// Its name in messages.
    shown: String,
    /// Whether it can be read again.
    is_file: bool,
}

impl Source {
    /// Returns the file at `path`, or standard input.
    pub(super) fn new(path: &Path) -> Source {
        let is_standard = path == Path::new("-");
        Source {
            path: path.to_owned(),
            shown: if is_standard {
                "<standard input>".to_owned()
            } else {
                path_text(path).into_owned()
            },
            is_file: !is_standard && path.metadata().is_ok_and(|about| about.is_file()),
        }
    }

    fn open(&self) -> Result<Box<dyn Read>, Refused> {
        if self.path == Path::new("-") {
            return Ok(Box::new(io::stdin().lock()));
        }
        let file = File::open(&self.path).map_err(|error| self.failure(&error))?;
        Ok(Box::new(file))
    }

    fn failure(&self, error: &io::Error) -> Refused {
        Refused {
            text: format!("error: can't read {}: {error}", self.shown.visible()),
            reason: error.to_string(),
        }
    }

    fn refusal(&self, reason: NotRead) -> Refused {
        match reason {
            NotRead::System(error) => self.failure(&error),
            reason => Refused { text: reason.render(true), reason: reason.in_a_line() },
        }
    }

    /// Visits a trace. A log, input from a pipe, and a trace that can only be understood as a whole
    /// are read into memory instead.
    ///
    /// # Errors
    /// If the input can't be read, or has errors.
    pub(super) fn visit(
        &self,
        options: &Options,
        visitor: &mut impl Visit,
    ) -> Result<Visited, Refused> {
        match self.opened(options)? {
            Opened::Log(conversion) => {
                let input = Input::Log(*conversion);
                heaplab_inputs::remark_on(&self.shown, &input, &*Terminal::listener());
                Ok(Visited::Kept(Box::new(input.into_reading())))
            }
            Opened::Trace(from) if self.is_file => {
                let summary = self.visit_trace(from, options, visitor)?;
                if summary.leaks {
                    return self.keep(self.open()?, options.trace);
                }
                say_warnings(&summary.warnings);
                Ok(Visited::Passed(summary))
            }
            Opened::Trace(from) => self.keep(
                from,
                ReadOptions { limit_operations: MOST_PIPED_OPERATIONS, ..options.trace },
            ),
        }
    }

    /// Visits the trace once more. Warnings were shown the first time.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub(super) fn visit_again(
        &self,
        options: &Options,
        visitor: &mut impl Visit,
    ) -> Result<Summary, Refused> {
        self.visit_trace(self.open()?, options, visitor)
    }

    fn opened(&self, options: &Options) -> Result<Opened<Box<dyn Read>>, Refused> {
        heaplab_logs::open(&self.shown, self.open()?, options)
            .map_err(|reason| self.refusal(reason))
    }

    fn visit_trace(
        &self,
        from: impl Read,
        options: &Options,
        visitor: &mut impl Visit,
    ) -> Result<Summary, Refused> {
        Trace::visit(&self.shown, from, &options.trace, visitor)
            .map_err(|report| self.refusal(NotRead::Trace(report)))
    }

    fn keep(&self, from: impl Read, options: ReadOptions) -> Result<Visited, Refused> {
        let reading = Trace::read(&self.shown, from, &options)
            .map_err(|report| self.refusal(NotRead::Trace(report)))?;
        say_warnings(&reading.warnings);
        Ok(Visited::Kept(Box::new(reading)))
    }
}

/// The result of a visit.
pub(super) enum Visited {
    /// The visitor has seen all of the trace.
    Passed(Summary),
    /// The trace is in memory: use the visitor on it from the start, and discard what it saw
    /// before.
    Kept(Box<Reading>),
}

fn say_warnings(warnings: &Report) {
    if !warnings.is_empty() {
        print::remark(format_args!("{}\n", warnings.render(true)));
    }
}

/// The destination of a trace.
pub(super) enum Output {
    /// Standard output.
    Standard,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// Returns the destination of an optional `-o` option.
    pub(super) fn from_option(path: Option<PathBuf>) -> Output {
        match path {
            Some(path) if path != Path::new("-") => Output::File(path),
            _ => Output::Standard,
        }
    }

    /// Returns whether the name ends in `.script` or `.script.gz`.
    pub(super) fn is_script(&self) -> bool {
        match self {
            Output::Standard => false,
            Output::File(path) => {
                let name = path.to_string_lossy().to_ascii_lowercase();
                let name = name.strip_suffix(".gz").unwrap_or(&name);
                name.ends_with(".script")
            }
        }
    }

    /// Writes the whole trace or, on failure, nothing. Compresses it with gzip if the name ends in
    /// `.gz`.
    pub(super) fn write(&self, bytes: &[u8]) -> Outcome {
        self.write_with(|out| out.write_all(bytes))
    }

    /// Does the same with a function that writes the trace.
    pub(super) fn write_with(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Outcome {
        match self {
            Output::Standard => print::written_by(write),
            Output::File(path) => {
                let is_packed = path.extension().is_some_and(|ending| ending == "gz");
                let written = replace_file_with(path, |file| {
                    if is_packed {
                        let mut packer = heaplab_trace::packer(file);
                        write(&mut packer)?;
                        packer.finish().map(|_| ())
                    } else {
                        write(file)
                    }
                });
                written.map_err(|error| {
                    Failure::input(format!("error: can't write {}: {error}", path.visible()))
                })
            }
        }
    }
}

/// Formats the destination for messages.
impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Output::Standard => f.write_str("standard output"),
            Output::File(path) => write!(f, "{}", path.visible()),
        }
    }
}
