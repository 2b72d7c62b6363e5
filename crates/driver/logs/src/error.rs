//! Why a log can't become a trace.

use crate::{Foreign, Notes, Tool};
use heaplab_trace::{InvalidOp, Report, Visible};
use std::fmt;
use std::io;

/// Why a reader stops. File and line are not in it: [`LogError`] adds them.
#[derive(Debug)]
pub(crate) enum Refusal {
    NoCalls {
        notes: Box<Notes>,
    },
    SecondStart,
    SeveralProcesses {
        /// Processes and how many calls each made.
        calls: Vec<(u32, u64)>,
        /// How many more processes there are.
        more: u64,
        conflict: Option<Conflict>,
    },
    NoSuchProcess {
        chosen: Vec<u32>,
        calls: Vec<(u32, u64)>,
        more: u64,
    },
    HasNoPids,
    UnknownFormat {
        format: u64,
    },
    TooManyOperations {
        limit: usize,
    },
    TooManyKinds {
        limit: usize,
    },
    Damaged(io::Error),
    Inconsistent(InvalidOp),
}

/// A block that two callers got at one address without a free between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub address: u64,
    pub callers: [u32; 2],
    pub line: u64,
}

/// Why a log can't become a trace, with its place and what to do next.
#[derive(Debug)]
pub struct LogError {
    pub(crate) file: String,
    pub(crate) tool: Tool,
    /// The line, from 1; `None` if the log as a whole is meant.
    pub(crate) line: Option<u64>,
    pub(crate) refusal: Refusal,
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, tool) = (self.file.visible(), self.tool);
        match self.line {
            Some(line) => write!(f, "error: {file}:{line}: ")?,
            None => write!(f, "error: {file}: ")?,
        }
        match &self.refusal {
            Refusal::NoCalls { notes } => {
                writeln!(
                    f,
                    "no call of malloc can be read from it; a log of {tool} has {}",
                    tool.lines()
                )?;
                for note in notes.to_string().lines() {
                    writeln!(f, "note: {note}")?;
                }
                write!(
                    f,
                    "help: make a log with {tool}: {}; or let `heaplab record` make a trace",
                    tool.how_to_run()
                )
            }
            Refusal::SecondStart => f.write_str(
                "a second `= Start`: a forked child has written to the same file, or the file \
                 has two logs; it is not known which line belongs to which process\n\
                 help: cut one part out into a file of its own, or let `heaplab record` make a \
                 trace of each process",
            ),
            Refusal::SeveralProcesses { calls, more, conflict } => {
                write!(f, "the log has several processes: {}", list_of(calls, *more))?;
                if let Some(conflict) = conflict {
                    let [one, other] = conflict.callers;
                    write!(
                        f,
                        "\nat line {}, {other} gets the block {:#x}, which {one} still has",
                        conflict.line, conflict.address
                    )?;
                }
                let example = calls.first().map_or(1, |&(pid, _)| pid);
                write!(f, "\nhelp: choose one with `heaplab trace convert --pid {example}`")?;
                match (tool, calls.get(1)) {
                    (Tool::Ltrace, Some((second, _))) => write!(
                        f,
                        ", or several that are threads of one process with `--pid {example},{second}`"
                    ),
                    _ => Ok(()),
                }
            }
            Refusal::NoSuchProcess { chosen, calls, more } => {
                let chosen: Vec<String> = chosen.iter().map(u32::to_string).collect();
                write!(
                    f,
                    "no call of malloc by process {}; {}",
                    chosen.join(" or "),
                    if calls.is_empty() {
                        "the log names no processes\nhelp: leave out --pid".to_owned()
                    } else {
                        format!("the log has {}", list_of(calls, *more))
                    }
                )
            }
            Refusal::HasNoPids => {
                write!(f, "a log of {tool} has one process\nhelp: leave out --pid")
            }
            Refusal::UnknownFormat { format } => write!(
                f,
                "heaptrack's format {format} is newer than those known here (0 to 3)\n\
                 help: let `heaplab record` make a trace"
            ),
            Refusal::TooManyOperations { limit } => write!(
                f,
                "more than {limit} operations\n\
                 help: cut the log, or let `heaplab record --max-ops` make a trace"
            ),
            Refusal::TooManyKinds { limit } => {
                write!(f, "more than {limit} kinds of allocations (lines of `a`)")
            }
            Refusal::Damaged(error) => write!(
                f,
                "the compressed file can't be unpacked: {error}\n\
                 help: it is damaged or cut off: make it again"
            ),
            Refusal::Inconsistent(invalid) => {
                write!(f, "the calls are not a valid trace: {invalid}\nhelp: please report this")
            }
        }
    }
}

/// Returns a list such as `1234 (56 calls), 1240 (1 call) and 3 more`.
fn list_of(calls: &[(u32, u64)], more: u64) -> String {
    let shown = calls.iter().map(|&(pid, calls)| match calls {
        1 => format!("{pid} (1 call)"),
        calls => format!("{pid} ({calls} calls)"),
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text
}

/// Why a file gives no trace: neither as a trace nor as a log.
#[derive(Debug)]
pub enum NotRead {
    /// The system can't read it.
    System(io::Error),
    /// It is read as a trace, and this is wrong with it.
    Trace(Report),
    /// It is a log that can't become a trace: this is why.
    Log(LogError),
    /// It is a log that no reader knows.
    Foreign {
        /// The file.
        file: String,
        /// The log.
        foreign: Foreign,
    },
}

impl NotRead {
    /// Returns the reason in a line, without the file.
    pub fn in_a_line(&self) -> String {
        let message = match self {
            NotRead::System(error) => return error.to_string(),
            NotRead::Trace(report) => return report.in_a_line(),
            NotRead::Log(_) | NotRead::Foreign { .. } => self.render(false),
        };
        let line = message.lines().next().unwrap_or_default();
        let file = match self {
            NotRead::Log(error) => &error.file,
            NotRead::Foreign { file, .. } => file,
            NotRead::System(_) | NotRead::Trace(_) => return line.to_owned(),
        };
        let about = format!("error: {}", file.visible());
        let reason = line.strip_prefix(&about).unwrap_or(line);
        // The rest begins with the line's number, or with what is wrong.
        reason.trim_start_matches(": ").trim_start_matches(':').to_owned()
    }

    /// Returns the reason as text, with colours if `color`; without a newline at the end.
    pub fn render(&self, color: bool) -> String {
        match self {
            NotRead::System(error) => error.to_string(),
            NotRead::Trace(report) => report.render(color).trim_end().to_owned(),
            NotRead::Log(error) => error.to_string(),
            NotRead::Foreign { file, foreign } => format!(
                "error: {}: this is {}: {}\nhelp: {}; or `heaplab record` makes traces",
                file.visible(),
                foreign.name,
                foreign.why_not,
                foreign.instead
            ),
        }
    }
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for NotRead {}
impl std::error::Error for LogError {}
