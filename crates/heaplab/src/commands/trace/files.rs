//! Trace files in and out. `-` is standard input or output.

use crate::commands::whole_file::replace_file_with;
use crate::commands::{logs, print};
use crate::{Failure, Outcome};
use heaplab_logs::{Input, NotRead, Opened, Options};
use heaplab_trace::{Reading, Report, Summary, Trace, Visible, Visit, path_text};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Why a file could not be read.
pub(super) struct Refused {
    /// All there is to say.
    pub(super) text: String,
    /// The same in a line, without the file.
    pub(super) reason: String,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure::Input(refused.text)
    }
}

/// A file that is read more than once: a trace may be larger than memory, so it is gone
/// through, and never kept.
pub(super) struct Source {
    path: PathBuf,
    /// Its name in messages.
    shown: String,
    /// What came in through a pipe.
    spooled: Option<File>,
}

impl Source {
    /// The file at `path`, or what standard input gives.
    ///
    /// # Errors
    /// If it can't be read.
    pub(super) fn open(path: &Path) -> Result<Source, Refused> {
        let is_standard = path == Path::new("-");
        let mut source = Source {
            path: path.to_owned(),
            shown: match is_standard {
                true => "<standard input>".to_owned(),
                false => path_text(path).into_owned(),
            },
            spooled: None,
        };
        let is_file = !is_standard && path.metadata().is_ok_and(|about| about.is_file());
        if !is_file {
            source.spooled = Some(source.spool().map_err(|error| source.failure(&error))?);
        }
        Ok(source)
    }

    /// Keeps what can be read only once in a temporary file without a name.
    fn spool(&self) -> io::Result<File> {
        let mut from = self.once()?;
        let mut file = tempfile::tempfile()?;
        io::copy(&mut from, &mut file)?;
        Ok(file)
    }

    fn once(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self.path == Path::new("-") {
            true => Box::new(io::stdin().lock()),
            false => Box::new(File::open(&self.path)?),
        })
    }

    /// The file from its start.
    fn again(&self) -> io::Result<File> {
        let Some(spooled) = &self.spooled else {
            return File::open(&self.path);
        };
        let mut file = spooled.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    fn failure(&self, error: &io::Error) -> Refused {
        Refused {
            text: format!("error: cannot read {}: {error}", self.shown.visible()),
            reason: error.to_string(),
        }
    }

    fn refusal(&self, reason: NotRead) -> Refused {
        match reason {
            NotRead::System(error) => self.failure(&error),
            reason => Refused {
                text: reason.render(true),
                reason: reason.in_a_line(),
            },
        }
    }

    /// Goes through a trace. A log, and a trace that can only be understood as a whole, is
    /// read into memory instead.
    ///
    /// # Errors
    /// If it can't be read, or something is wrong with it.
    pub(super) fn visit(
        &self,
        options: &Options,
        visitor: &mut impl Visit,
    ) -> Result<Visited, Refused> {
        let from = self.again().map_err(|error| self.failure(&error))?;
        let opened = heaplab_logs::open(&self.shown, from, options);
        match opened.map_err(|reason| self.refusal(reason))? {
            Opened::Log(conversion) => {
                let input = Input::Log(*conversion);
                logs::remark_on(&self.shown, &input);
                Ok(Visited::Kept(Box::new(input.into_reading())))
            }
            Opened::Trace(from) => {
                let summary = Trace::visit(&self.shown, from, &options.trace, visitor)
                    .map_err(|report| self.refusal(NotRead::Trace(report)))?;
                if summary.leaks {
                    return self.keep(options);
                }
                say_warnings(&summary.warnings);
                Ok(Visited::Passed(summary))
            }
        }
    }

    /// Goes through it once more. What was wrong or odd was said before.
    ///
    /// # Errors
    /// If it can't be read any more.
    pub(super) fn visit_again(
        &self,
        options: &Options,
        visitor: &mut impl Visit,
    ) -> Result<Summary, Refused> {
        let from = self.again().map_err(|error| self.failure(&error))?;
        Trace::visit(&self.shown, from, &options.trace, visitor)
            .map_err(|report| self.refusal(NotRead::Trace(report)))
    }

    fn keep(&self, options: &Options) -> Result<Visited, Refused> {
        let from = self.again().map_err(|error| self.failure(&error))?;
        let reading = Trace::read(&self.shown, from, &options.trace)
            .map_err(|report| self.refusal(NotRead::Trace(report)))?;
        say_warnings(&reading.warnings);
        Ok(Visited::Kept(Box::new(reading)))
    }
}

/// What there was to go through.
pub(super) enum Visited {
    /// A trace: the visitor has seen all of it.
    Passed(Summary),
    /// A trace that is in memory: the visitor is to be used on it, if it saw anything, from
    /// the start.
    Kept(Box<Reading>),
}

fn say_warnings(warnings: &Report) {
    if !warnings.is_empty() {
        print::remark(format_args!("{}\n", warnings.render(true)));
    }
}

/// Where a trace goes.
pub(super) enum Output {
    /// Standard output.
    Standard,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// The output of an `-o` option, which may be missing.
    pub(super) fn from_option(path: Option<PathBuf>) -> Output {
        match path {
            Some(path) if path != Path::new("-") => Output::File(path),
            _ => Output::Standard,
        }
    }

    /// Whether the name ends in `.script` or `.script.gz`.
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

    /// Writes the whole trace or, on failure, nothing. A name that ends in `.gz`
    /// gets gzip.
    pub(super) fn write(&self, bytes: &[u8]) -> Outcome {
        self.write_with(|out| out.write_all(bytes))
    }

    /// The same, with a function that writes the trace.
    pub(super) fn write_with(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Outcome {
        match self {
            Output::Standard => print::written_by(write),
            Output::File(path) => {
                let is_packed = path.extension().is_some_and(|ending| ending == "gz");
                let written = replace_file_with(path, |file| match is_packed {
                    true => {
                        let mut packer = heaplab_trace::packer(file);
                        write(&mut packer)?;
                        packer.finish().map(|_| ())
                    }
                    false => write(file),
                });
                written.map_err(|error| {
                    Failure::input(format!("error: cannot write {}: {error}", path.visible()))
                })
            }
        }
    }
}

/// Where it goes, for messages.
impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Output::Standard => f.write_str("standard output"),
            Output::File(path) => write!(f, "{}", path.visible()),
        }
    }
}
