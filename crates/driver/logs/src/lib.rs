//! Logs of other tracers, read as traces.
//!
//! A log has the calls of malloc and related functions with addresses, in the form that its tool
//! prints. Each tool has a file here, which opens with the form of its lines:
//!
//! | file | reads logs of |
//! |---|---|
//! | `mtrace.rs` | glibc's mtrace |
//! | `ltrace.rs` | ltrace |
//! | `valgrind.rs` | valgrind with `--trace-malloc=yes` |
//! | `heaptrack.rs` | heaptrack |
//! | `utrace.rs` | jemalloc under FreeBSD's ktrace |
//! | `android.rs` | Android's malloc debug |
//!
//! [`detect`](detect()) tells them apart, `blocks.rs` turns addresses into ids, and
//! [`read`](read()) takes any file: a log, or else a trace. Lines are bounded and read one by one,
//! so the memory needed is that of the trace and of the live blocks, however long the log.
//!
//! The crate opens no file and prints nothing.
#![forbid(unsafe_code)]

mod android;
mod blocks;
mod convert;
mod detect;
mod error;
mod foreign;
mod frames;
mod heaptrack;
mod lines;
mod ltrace;
mod mtrace;
mod names;
mod notes;
mod options;
mod processes;
mod reader;
mod scan;
#[cfg(test)]
mod testing;
mod tool;
mod unpack;
mod utrace;
mod valgrind;
#[cfg(feature = "zstd")]
mod zstd;

pub use convert::Conversion;
pub use detect::{Guess, detect};
pub use error::{LogError, NotRead};
pub use foreign::Foreign;
pub use notes::{Count, Notes};
pub use options::Options;
pub use tool::Tool;

use convert::convert;
use heaplab_trace::{Evidence, Reading, Report, Trace};
use lines::Lines;
use std::io::{Chain, Cursor, Read};
use unpack::Packing;

/// How many bytes of a file decide what it is: enough for the first block of a packed file.
const START_BYTES: usize = 1 << 18;

/// How many of its bytes are looked at when they are unpacked.
const UNPACKED_START_BYTES: usize = 1 << 16;

/// What a file turned out to be.
#[derive(Clone, Debug)]
pub enum Input {
    /// A trace.
    Trace(Reading),
    /// A log of another tool.
    Log(Conversion),
}

impl Input {
    /// Returns the trace, whatever the file was.
    pub fn into_trace(self) -> Trace {
        match self {
            Input::Trace(reading) => reading.trace,
            Input::Log(conversion) => conversion.trace,
        }
    }

    /// Returns the trace of a log as if read from a file in the dialect that keeps it.
    pub fn into_reading(self) -> Reading {
        match self {
            Input::Trace(reading) => reading,
            Input::Log(conversion) => Reading {
                dialect: conversion.dialect(),
                evidence: Evidence::MadeOf(conversion.tool.log()),
                warnings: Report {
                    file: conversion.trace.name().to_owned(),
                    diagnostics: Vec::new(),
                    omitted: 0,
                },
                trace: conversion.trace,
            },
        }
    }
}

/// Reads a file: a log of another tracer if it is one, and otherwise a trace. `file` is its
/// name, for messages; the trace is named after its stem.
///
/// # Errors
/// If it is neither, if it is a log that no reader knows, or if it can't be read. Lines of a log
/// that make no sense are not an error; [`Notes`] counts them.
///
/// # Examples
///
/// ```
/// use heaplab_logs::{Input, Options, Tool, read};
///
/// let log = "= Start\n@ ./a.out:[0x1169] + 0x55aa10 0x20\n@ ./a.out:[0x1181] - 0x55aa10\n";
/// let Input::Log(conversion) = read("m.log", log.as_bytes(), &Options::default())? else {
///     panic!("it is a log");
/// };
/// assert_eq!(conversion.tool, Tool::Mtrace);
/// assert_eq!(conversion.trace.ops().len(), 2);
/// # Ok::<(), heaplab_logs::NotRead>(())
/// ```
pub fn read(file: &str, from: impl Read, options: &Options) -> Result<Input, NotRead> {
    match open(file, from, options)? {
        Opened::Log(conversion) => Ok(Input::Log(*conversion)),
        Opened::Trace(from) => {
            let reading = Trace::read(file, from, &options.trace);
            reading.map(Input::Trace).map_err(NotRead::Trace)
        }
    }
}

/// A file that was looked at.
pub enum Opened<R> {
    /// A trace, which is not read yet.
    Trace(Chain<Cursor<Vec<u8>>, R>),
    /// A log.
    Log(Box<Conversion>),
}

/// Reads a log as [`read()`] does, and leaves a trace to be read by the caller.
///
/// # Errors
/// As for [`read()`], but a trace is not checked yet.
pub fn open<R: Read>(file: &str, mut from: R, options: &Options) -> Result<Opened<R>, NotRead> {
    let mut start = Vec::new();
    let first = from.by_ref().take(START_BYTES as u64);
    { first }.read_to_end(&mut start).map_err(NotRead::System)?;
    let packing = Packing::of(&start);
    let guess = match (options.tool, options.trace.dialect) {
        (Some(tool), _) => Guess::Log(tool),
        (None, Some(_)) => Guess::Other,
        (None, None) => detect(&unpacked_start(packing, &start)),
    };
    let foreign = |foreign| NotRead::Foreign { file: file.to_owned(), foreign };
    if packing == Packing::Zstd && cfg!(not(feature = "zstd")) {
        return Err(foreign(foreign::UNREAD_ZSTD));
    }
    match guess {
        Guess::Log(tool) => {
            let lines = Lines::new(packing.unpack(start.chain(from)));
            let conversion = convert(file, tool, lines, packing, options)?;
            Ok(Opened::Log(Box::new(conversion)))
        }
        Guess::Foreign(kind) => Err(foreign(kind)),
        Guess::Other if packing == Packing::Zstd => {
            let is_damaged = unpacked_start(packing, &start).is_empty();
            Err(foreign(if is_damaged { foreign::DAMAGED_ZSTD } else { foreign::ZSTD }))
        }
        Guess::Other => Ok(Opened::Trace(Cursor::new(start).chain(from))),
    }
}

/// Returns the first bytes of a packed file, as far as they can be unpacked.
fn unpacked_start(packing: Packing, start: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    let limit = UNPACKED_START_BYTES as u64;
    // Damage is reported when the whole file is read.
    let _ = packing.unpack(start).take(limit).read_to_end(&mut unpacked);
    unpacked
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Dialect, ReadOptions, compress};

    const TRACE: &[u8] = b"1\n1\n2\n8\na 0 8\nf 0\n";

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        ruzstd::encoding::compress_to_vec(bytes, level)
    }

    fn refused(bytes: &[u8]) -> String {
        let refused = read("x", bytes, &Options::default()).expect_err("no trace and no log");
        refused.to_string()
    }

    #[test]
    fn a_trace_is_read_as_a_trace() {
        for bytes in [TRACE.to_vec(), compress(TRACE)] {
            let input = read("x.rep", &bytes[..], &Options::default());
            let Ok(Input::Trace(reading)) = input else {
                panic!("it is a trace");
            };
            assert_eq!((reading.trace.name(), reading.trace.ops().len()), ("x", 2));
        }
    }

    #[test]
    fn a_forced_dialect_is_never_read_as_a_log() {
        let options =
            Options::from(ReadOptions { dialect: Some(Dialect::Script), ..ReadOptions::default() });
        let refused = read("x", &b"malloc(8) = 0x10\n"[..], &options);
        assert!(matches!(refused, Err(NotRead::Trace(_))));
    }

    #[test]
    fn zstd_is_unpacked_only_for_logs() {
        assert!(refused(&zstd(TRACE)).contains("not a log of a tracer"));
        let damaged = &zstd(&b"v 10400 3\n+ 8 1 10\n".repeat(500))[..10];
        assert!(refused(damaged).contains("can't be unpacked"), "{}", refused(damaged));
    }

    #[test]
    fn a_long_file_is_refused_at_its_limit() {
        let trace = ReadOptions { limit_bytes: 10, ..ReadOptions::STRICT };
        let refused = read("x.rep", TRACE, &Options::from(trace)).expect_err("too long");
        assert!(refused.to_string().contains("T04"), "{refused}");
        let options = Options { limit_operations: 1, ..Options::default() };
        let log = b"= Start\n+ 0x10 0x8\n+ 0x20 0x8\n";
        let refused = read("m.log", &log[..], &options).expect_err("too long");
        assert_eq!(refused.in_a_line(), "3: more than 1 operations");
    }

    #[test]
    fn every_tool_says_how_to_run_it() {
        for tool in Tool::ALL {
            assert!(tool.log().starts_with("a log of "), "{tool}");
            assert!(!tool.cannot_log().is_empty() && !tool.how_to_run().is_empty());
        }
    }
}
