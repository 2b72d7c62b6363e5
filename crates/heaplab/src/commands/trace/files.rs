//! Trace files in and out. `-` is standard input or output.

use crate::commands::whole_file::replace_file;
use crate::commands::{logs, print};
use crate::{Failure, Outcome};
use heaplab_logs::{NotRead, Options, read};
use heaplab_trace::{ReadOptions, Reading, Visible, path_text};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How to read trace files: options that several commands share.
#[derive(clap::Args)]
pub(super) struct Reader {
    /// Read the files in this dialect, or as logs of this tool, instead of finding out.
    #[arg(long, value_name = "DIALECT")]
    from: Option<super::Source>,

    /// Of a log with several processes (ltrace, valgrind, utrace), take the calls of this
    /// one; for ltrace also of several that are threads of one process.
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pid: Vec<u32>,

    /// Accept what other drivers accept (double frees, wrong counts, ...), with
    /// a warning for each.
    #[arg(long)]
    lenient: bool,
}

impl Reader {
    /// Reads one file and prints the warnings.
    pub(super) fn read(&self, path: &Path) -> Result<Reading, Failure> {
        let shown = if path == Path::new("-") {
            "<standard input>".to_owned()
        } else {
            path_text(path).into_owned()
        };
        let options = Options {
            tool: self.from.and_then(super::Source::tool),
            pids: self.pid.clone(),
            ..Options::from(ReadOptions {
                dialect: self.from.and_then(super::Source::dialect),
                lenient: self.lenient,
                ..ReadOptions::default()
            })
        };
        let input = open(path)
            .map_err(NotRead::System)
            .and_then(|from| read(&shown, from, &options))
            .map_err(|reason| match reason {
                NotRead::System(error) => {
                    Failure::input(format!("error: cannot read {}: {error}", shown.visible()))
                }
                reason => Failure::input(reason.render(true)),
            })?;
        logs::remark_on(&shown, &input);
        let reading = input.into_reading();
        if !reading.warnings.is_empty() {
            print::remark(format_args!("{}\n", reading.warnings.render(true)));
        }
        Ok(reading)
    }
}

/// A file, or what comes in through a pipe.
fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    Ok(match path == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(path)?),
    })
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
                let name = path.to_string_lossy();
                let name = name.strip_suffix(".gz").unwrap_or(&name);
                name.ends_with(".script")
            }
        }
    }

    /// Writes the whole trace or, on failure, nothing. A name that ends in `.gz`
    /// gets gzip.
    pub(super) fn write(&self, bytes: &[u8]) -> Outcome {
        match self {
            Output::Standard => print::bytes(bytes),
            Output::File(path) => {
                let packed;
                let bytes = if path.extension().is_some_and(|ending| ending == "gz") {
                    packed = heaplab_trace::compress(bytes);
                    &packed
                } else {
                    bytes
                };
                replace_file(path, bytes).map_err(|error| {
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
