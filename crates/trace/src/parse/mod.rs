//! Reading a trace file.
//!
//! The stages, each in its own file:
//!
//! | file | does |
//! |---|---|
//! | [`text`] | turns bytes into text |
//! | [`lines`] | turns text into lines |
//! | [`start`] | finds out whether there is a header |
//! | [`header`] | reads the four numbers |
//! | [`body`] | reads the operations |
//! | [`mod@line`] | reads one operation, and knows what is wrong with it |
//! | [`plain`] | reads one operation that nothing is wrong with, fast |
//! | [`fields`] | reads words and numbers |
//! | [`findings`] | collects what is wrong on the way |

mod body;
mod fields;
mod findings;
mod header;
mod line;
mod lines;
mod plain;
mod start;
mod text;

use crate::dialect::tell_headers_apart;
use crate::problem::FREE_NULL;
use crate::{Dialect, Evidence, Op, Problem, Report, Trace, Weight};
use body::Body;
use findings::{Findings, GaveUp};
use header::Header;
use line::Ids;
use lines::Lines;
use serde::{Deserialize, Serialize};
use start::Start;
use std::collections::HashMap;
use std::path::is_separator;

/// How to read a trace file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The dialect to read the file in; `None` finds out.
    pub dialect: Option<Dialect>,
    /// Accept what other drivers accept: frees of dead ids are dropped, an
    /// allocation over a live block leaks that block, wrong counts are ignored.
    /// Each acceptance is a warning.
    pub lenient: bool,
    /// Take ids for names, such as the addresses in a tracer's log, and number them in the
    /// order in which they come.
    pub renumber: bool,
    /// The most bytes of text, after unpacking.
    pub limit_bytes: usize,
}

impl ReadOptions {
    /// Finds the dialect out and is strict: what a trace without oddities needs.
    pub const STRICT: ReadOptions = ReadOptions {
        dialect: None,
        lenient: false,
        renumber: false,
        limit_bytes: 1 << 30,
    };
}

impl Default for ReadOptions {
    /// Find the dialect out, be strict, accept a gibibyte of text.
    fn default() -> Self {
        ReadOptions::STRICT
    }
}

/// A trace that was read, and how.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The trace.
    pub trace: Trace,
    /// The dialect the file is in.
    pub dialect: Dialect,
    /// Why it was taken for that.
    pub evidence: Evidence,
    /// What was odd but accepted.
    pub warnings: Report,
}

impl Trace {
    /// Reads a trace file: any dialect, plain or gzip. `file` is its name, for
    /// messages; the trace is named after its stem. CRLF line ends, blank lines
    /// and a missing newline at the end are fine.
    ///
    /// # Errors
    ///
    /// A report of everything wrong with the file, up to ten problems.
    ///
    /// # Examples
    ///
    /// ```
    /// use heaplab_trace::{Dialect, ReadOptions, Trace};
    ///
    /// let reading = Trace::parse("tiny.rep", b"1\n1\n2\n16\na 0 16\nf 0\n", &ReadOptions::default())?;
    /// assert_eq!(reading.trace.name(), "tiny");
    /// assert_eq!(reading.trace.ops().len(), 2);
    /// assert_eq!(reading.dialect, Dialect::Peak);
    ///
    /// let report = Trace::parse("bad.rep", b"1\n1\n2\n0\na 0 16\nf 9\n", &ReadOptions::default())
    ///     .expect_err("id 9 is not declared");
    /// println!("{report}");
    /// # Ok::<(), heaplab_trace::Report>(())
    /// ```
    pub fn parse(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Reading, Report> {
        let mut findings = Findings::new(options.lenient);
        let parsed = match text::unpack(bytes, options.limit_bytes) {
            Ok(plain) => parse_plain(file, &plain, options, &mut findings),
            Err(problem) => {
                findings.add_for_file(problem);
                Err(GaveUp)
            }
        };
        match (parsed, findings.into_reports(file)) {
            (Ok((trace, dialect, evidence)), Ok(warnings)) => Ok(Reading {
                trace,
                dialect,
                evidence,
                warnings,
            }),
            (Err(GaveUp), Ok(report)) | (_, Err(report)) => Err(report),
        }
    }
}

/// Reads uncompressed bytes.
fn parse_plain(
    file: &str,
    bytes: &[u8],
    options: &ReadOptions,
    findings: &mut Findings,
) -> Result<(Trace, Dialect, Evidence), GaveUp> {
    let text = &*text::read(bytes, findings)?;
    let mut lines = Lines::new(text);
    let start = start::detect(text, file, options.dialect, findings)?;
    let header = header::read(start, &mut lines, text, findings)?;
    let ids = match options.renumber {
        true => Ids::Names(HashMap::new()),
        false => Ids::Numbers,
    };
    let body = Body::read(start, header.as_ref(), lines, text, ids, findings);

    let (dialect, evidence) = match (options.dialect, start, &header) {
        (Some(forced), ..) => (forced, Evidence::Forced),
        (None, Start::Extended, _) => (Dialect::Extended, Evidence::Marker),
        (None, Start::Plain, Some(header)) => match (header.first, header.last) {
            (Some(first), Some(last)) => tell_headers_apart(
                first.value,
                last.value,
                body.ledger.peak_bytes(),
                body.ops.contains(&Op::FreeNull),
            ),
            (Some(first), None) if first.value > 3 => (Dialect::Classic, Evidence::CountsOnly),
            _ => (Dialect::Ranges, Evidence::CountsOnly),
        },
        (None, ..) => (Dialect::Script, Evidence::NoHeader),
    };
    let weight = match &header {
        Some(header) => check_header(dialect, header, &body, text, findings),
        None => Weight::Both,
    };
    if !dialect.has_free_null() {
        report_free_nulls(dialect, &body, text, findings);
    }
    Ok((body.into_trace(stem(file), weight), dialect, evidence))
}

/// Checks the header's first and last line, which mean something else in each
/// dialect. Gives the trace's weight.
fn check_header(
    dialect: Dialect,
    header: &Header,
    body: &Body,
    text: &str,
    findings: &mut Findings,
) -> Weight {
    if dialect == Dialect::Classic {
        return match header.last.map(|last| last.value) {
            Some(0) => Weight::None,
            _ => Weight::Both,
        };
    }
    match (dialect, header.last) {
        (Dialect::Ranges, Some(last)) if last.value > 1 && header.first.is_some() => {
            findings.add(Problem::BadFlag, last.spot, text);
        }
        (Dialect::Peak | Dialect::Extended, Some(last))
            if last.value != body.ledger.peak_bytes() =>
        {
            let problem = Problem::PeakDiffers {
                declared: last.value,
                computed: body.ledger.peak_bytes(),
            };
            findings.warn(problem, last.spot, text);
        }
        _ => {}
    }
    let Some(first) = header.first else {
        return Weight::Both;
    };
    Weight::from_number(first.value).unwrap_or_else(|| {
        findings.add(Problem::BadWeight, first.spot, text);
        Weight::Both
    })
}

/// `f -1` is read before the dialect is known, so it is judged afterwards.
fn report_free_nulls(dialect: Dialect, body: &Body, text: &str, findings: &mut Findings) {
    for (op, line) in body.ops.iter().zip(body.lines.iter()) {
        if *op == Op::FreeNull {
            let problem = Problem::NotInDialect {
                what: FREE_NULL,
                dialect: Some(dialect),
            };
            findings.add_at_word(problem, line, "-1", text);
        }
    }
}

/// A file's name without its folder and its ending, as in `gcc` for
/// `traces/gcc.rep.gz`.
fn stem(file: &str) -> &str {
    let name = file.rsplit(is_separator).next().unwrap_or(file);
    let name = match name
        .len()
        .checked_sub(3)
        .and_then(|end| name.split_at_checked(end))
    {
        Some((name, ending)) if ending.eq_ignore_ascii_case(".gz") => name,
        _ => name,
    };
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests;
