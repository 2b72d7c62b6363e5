//! From the lines of a log to a trace.

use crate::blocks::Blocks;
use crate::error::Refusal;
use crate::lines::{Line, Lines};
use crate::reader::Reader;
use crate::unpack::Packing;
use crate::{LogError, NotRead, Notes, Options, Tool};
use crate::{android, heaptrack, ltrace, mtrace, utrace, valgrind};
use heaplab_trace::{Dialect, Op, Trace, Weight};
use std::io::{self, Read};

/// A log that has become a trace.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The trace. Its lines are those of the log.
    pub trace: Trace,
    /// The tool whose log it was.
    pub tool: Tool,
    /// What was left out or put in.
    pub notes: Notes,
}

impl Conversion {
    /// Returns the dialect that keeps everything and that most drivers read.
    pub fn dialect(&self) -> Dialect {
        let is_plain =
            |op: &Op| !matches!(op, Op::Calloc { .. } | Op::Memalign { .. } | Op::FreeNull);
        if self.trace.ops().iter().all(is_plain) { Dialect::Peak } else { Dialect::Extended }
    }
}

/// Returns the reader of a tool, for calls of these processes.
fn reader(tool: Tool, pids: &[u32]) -> Box<dyn Reader> {
    match tool {
        Tool::Mtrace => Box::new(mtrace::Mtrace::default()),
        Tool::Ltrace => Box::new(ltrace::Ltrace::new(pids)),
        Tool::Valgrind => Box::new(valgrind::Valgrind::new(pids)),
        Tool::Heaptrack => Box::new(heaptrack::Heaptrack::default()),
        Tool::Utrace => Box::new(utrace::Utrace::new(pids)),
        Tool::Android => Box::new(android::Android),
    }
}

/// Reads all lines of a log and makes a trace of them.
///
/// # Errors
/// If the log as a whole can't become a trace, or can't be read.
pub(crate) fn convert<R: Read>(
    file: &str,
    tool: Tool,
    lines: Lines<R>,
    packing: Packing,
    options: &Options,
) -> Result<Conversion, NotRead> {
    let mut blocks = Blocks::new(options.limit_operations);
    let (trace, notes) = match read_lines(tool, lines, packing, options, &mut blocks) {
        Ok(()) => trace_of(file, blocks),
        Err(stop) => Err(stop),
    }
    .map_err(|stop| match stop {
        Stop::System(error) => NotRead::System(error),
        Stop::Refused { line, refusal } => {
            NotRead::Log(LogError { file: file.to_owned(), tool, line, refusal })
        }
    })?;
    Ok(Conversion { trace, tool, notes })
}

/// Why reading stops.
enum Stop {
    System(io::Error),
    Refused { line: Option<u64>, refusal: Refusal },
}

/// Refuses the log as a whole.
fn refused(refusal: Refusal) -> Stop {
    Stop::Refused { line: None, refusal }
}

fn read_lines<R: Read>(
    tool: Tool,
    mut lines: Lines<R>,
    packing: Packing,
    options: &Options,
    blocks: &mut Blocks,
) -> Result<(), Stop> {
    if !options.pids.is_empty() && !tool.has_pids() {
        return Err(refused(Refusal::HasNoPids));
    }
    let mut reader = reader(tool, &options.pids);
    loop {
        let lines_read = lines.number;
        blocks.line = lines_read + 1;
        match lines.next() {
            Ok(None) => break,
            Ok(Some(Line::Overlong)) => blocks.notes.overlong.add(blocks.line),
            Ok(Some(Line::Bytes(line))) => reader
                .line(line, blocks)
                .and_then(|()| blocks.check_room())
                .map_err(|refusal| Stop::Refused { line: Some(blocks.line), refusal })?,
            Err(system) if packing == Packing::None => return Err(Stop::System(system)),
            Err(damage) if lines_read == 0 => return Err(refused(Refusal::Damaged(damage))),
            // The log of a program that was killed: good up to here.
            Err(_) => {
                blocks.notes.damaged_after_line = Some(lines_read);
                break;
            }
        }
    }
    blocks.line = lines.number;
    reader.end(blocks).map_err(refused)
}

fn trace_of(file: &str, blocks: Blocks) -> Result<(Trace, Notes), Stop> {
    let Blocks { ops, lines, notes, .. } = blocks;
    if ops.is_empty() {
        let notes = Box::new(notes);
        return Err(refused(Refusal::NoCalls { notes }));
    }
    let trace = Trace::from_ops(stem(file), Weight::Both, ops)
        .map_err(|invalid| refused(Refusal::Inconsistent(invalid)))?;
    Ok((trace.with_lines(lines), notes))
}

/// Returns a file's name without its folder, its packing and its ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit(std::path::is_separator).next().unwrap_or(file);
    let packed = [".gz", ".zst"].iter();
    let name = packed.filter_map(|ending| name.strip_suffix(ending)).next().unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{notes, refused as refusal_of};
    use crate::{Input, read};
    use heaplab_trace::compress;

    const LOG: &str = "= Start\n+ 0x10 0x8\n- 0x10\n+ 0x10 0x9\n";

    #[test]
    fn operations_have_the_lines_of_the_log() {
        let log = "= Start\n\nnoise\n+ 0x10 0x8\n+ 0x10 0x9\n- 0x10\n";
        let input = read("m.log", log.as_bytes(), &Options::default());
        let trace = input.expect("it is a log").into_trace();
        let lines: Vec<u32> = (0..trace.ops().len()).map(|op| trace.line(op)).collect();
        // The free that was missed gets the line where it is noticed.
        assert_eq!(lines, [4, 5, 5, 6]);
    }

    #[test]
    fn a_truncated_packed_log_is_read_as_far_as_possible() {
        let mut log = LOG.to_owned();
        for block in 0..20_000 {
            log += &format!("+ 0x{:x} 0x{:x}\n", 0x5000 + 16 * block, block * 7919 % 1013);
        }
        let packed = compress(log.as_bytes());
        let cut = &packed[..packed.len() / 2];
        let Ok(Input::Log(conversion)) = read("m.log.gz", cut, &Options::default()) else {
            panic!("half of it can be read");
        };
        let last = conversion.notes.damaged_after_line.expect("it is cut off");
        assert!((100..20_000).contains(&last), "{last}");
        assert!(conversion.trace.ops().len() > 100);
    }

    #[test]
    fn an_unreadable_packed_log_is_refused() {
        let packed = compress(LOG.as_bytes());
        let options = Options { tool: Some(Tool::Mtrace), ..Options::default() };
        let error = read("m.log.gz", &packed[..11], &options).expect_err("it is cut off");
        assert!(error.to_string().contains("can't be unpacked"), "{error}");
    }

    #[test]
    fn a_log_with_too_many_operations_is_refused() {
        let options = Options { limit_operations: 2, ..Options::default() };
        let error = read("m.log", LOG.as_bytes(), &options).expect_err("there are three");
        let right = "error: m.log:4: more than 2 operations";
        assert!(error.to_string().starts_with(right), "{error}");
    }

    #[test]
    fn unreadable_lines_are_reported_even_if_no_line_is_readable() {
        let error = refusal_of(Tool::Mtrace, "= Start\n+ 0x10\n");
        assert!(error.contains("note: line 2: 1 line that looks like"), "{error}");
    }

    #[test]
    fn an_overlong_line_is_noted() {
        let log = format!("= Start\n{}\n+ 0x10 0x8\n", "+".repeat(200_000));
        assert_eq!(notes(Tool::Mtrace, &log).overlong.first_line, 2);
    }

    #[test]
    fn trace_names_lose_the_folder_and_the_ending() {
        for (file, name) in [
            ("a/b.log", "b"),
            ("heaptrack.p.12.zst", "heaptrack.p"),
            ("m.log.gz", "m"),
            ("log", "log"),
            (".log", ".log"),
        ] {
            assert_eq!(stem(file), name);
        }
    }
}
