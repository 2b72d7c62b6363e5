//! Reading a trace file.
//!
//! The stages, each in its own file:
//!
//! | file | does |
//! |---|---|
//! | [`text`] | turns bytes into text |
//! | [`pieces`] | cuts a large file into pieces of whole lines |
//! | [`mod@piece`] | some lines that are in memory |
//! | [`lines`] | turns text into lines |
//! | [`start`] | finds out whether there is a header |
//! | [`header`] | reads the four numbers |
//! | [`body`] | reads the operations |
//! | [`mod@line`] | reads one operation, and knows what is wrong with it |
//! | [`plain`] | reads one operation that nothing is wrong with, fast |
//! | [`fields`] | reads words and numbers |
//! | [`store`] | keeps the operations, or passes them on |
//! | [`findings`] | collects what is wrong on the way |

mod body;
mod fields;
mod findings;
mod header;
mod line;
mod lines;
mod piece;
mod pieces;
mod plain;
mod start;
mod store;
mod text;

use crate::dialect::tell_headers_apart;
use crate::problem::Counts;
use crate::problem::FREE_NULL;
use crate::trace::SHORTEST_OP_BYTES;
use crate::{Dialect, Evidence, Problem, Report, Trace, Visit, Weight, gzip};
use body::{Body, FreeNulls};
use findings::{Findings, GaveUp};
use header::Header;
use line::Ids;
use piece::Piece;
use pieces::{PIECE_BYTES, Pieces};
use serde::{Deserialize, Serialize};
use start::Start;
use std::collections::HashMap;
use std::io::Read;
use std::path::is_separator;
use store::{Kept, Passed, Store};

/// How to read a trace file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The dialect to read the file in; `None` to detect it.
    pub dialect: Option<Dialect>,
    /// Accept what other drivers accept: frees of dead ids are dropped, an
    /// allocation over a live block leaks that block, wrong counts are ignored.
    /// Each acceptance is a warning.
    pub lenient: bool,
    /// Treat ids as names, such as the addresses in a tracer's log, and number them in the order
    /// in which they come.
    pub renumber: bool,
    /// The most bytes of text, after unpacking.
    pub limit_bytes: usize,
    /// The most operations: each takes 12 bytes of memory.
    pub limit_operations: u32,
}

impl ReadOptions {
    /// Options that detect the dialect and are strict: what a trace without oddities needs.
    pub const STRICT: ReadOptions = ReadOptions {
        dialect: None,
        lenient: false,
        renumber: false,
        limit_bytes: 1 << 36,
        limit_operations: 1 << 30,
    };
}

impl Default for ReadOptions {
    /// Returns options that detect the dialect, are strict, and accept what a large machine can
    /// hold.
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
    /// Why it was taken for that dialect.
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
        if gzip::is_gzip(bytes) {
            return Trace::read(file, bytes, options);
        }
        let mut findings = Findings::new(options.lenient);
        let read = Pieces::whole(bytes, options.limit_bytes, &mut findings).and_then(|pieces| {
            read_body(file, pieces, options, &mut findings, Kept::with_capacity)
        });
        reading(file, read, findings)
    }

    /// Reads a trace as [`Trace::parse`] does, from a file or any other source of bytes. Only a
    /// piece of the text is in memory at a time.
    ///
    /// # Errors
    ///
    /// As for [`Trace::parse`], and if `from` can't be read.
    pub fn read(file: &str, from: impl Read, options: &ReadOptions) -> Result<Reading, Report> {
        Trace::read_in_pieces(file, from, PIECE_BYTES, options)
    }

    fn read_in_pieces(
        file: &str,
        from: impl Read,
        piece_bytes: usize,
        options: &ReadOptions,
    ) -> Result<Reading, Report> {
        let mut findings = Findings::new(options.lenient);
        let read = pieces_of(from, piece_bytes, options, &mut findings).and_then(|pieces| {
            read_body(file, pieces, options, &mut findings, Kept::with_capacity)
        });
        reading(file, read, findings)
    }

    /// Returns the numbers of ids and operations in the header of a trace, which show how much
    /// memory the trace needs. Reads only the start. `None` without a header, or if it is damaged.
    pub fn counts(file: &str, from: impl Read, options: &ReadOptions) -> Option<Counts> {
        const HEADER_BYTES: u64 = 1 << 16;
        let mut start = Vec::new();
        // The file may go on after this part: an error there is not one here.
        let _ = gzip::unpacked(from).ok()?.take(HEADER_BYTES).read_to_end(&mut start);
        let whole_lines = memchr::memrchr(b'\n', &start)?;
        let mut findings = Findings::new(options.lenient);
        let text = text::read(&start[..=whole_lines], &mut findings).ok()?;
        let piece = Piece::whole(&text);
        let start = start::detect(piece, file, options.dialect, &mut findings).ok()?;
        let header = header::read(start, &mut piece.lines(), piece, &mut findings).ok()??;
        Some(Counts { ids: header.ids.value, operations: header.operations.value })
    }

    /// Reads a trace that need not fit into memory: `visitor` gets the operations, one after the
    /// other. Only when this has returned is the trace known to be valid.
    ///
    /// Memory: a piece of the text, and 12 bytes an id.
    ///
    /// # Errors
    ///
    /// As for [`Trace::read`].
    pub fn visit(
        file: &str,
        from: impl Read,
        options: &ReadOptions,
        visitor: &mut impl Visit,
    ) -> Result<Summary, Report> {
        let mut findings = Findings::new(options.lenient);
        let passed = Passed { visitor, ops: 0, leaks: false };
        let read = pieces_of(from, PIECE_BYTES, options, &mut findings)
            .and_then(|pieces| read_body(file, pieces, options, &mut findings, |_| passed));
        let (body, about, warnings) = with_report(file, read, findings)?;
        Ok(Summary {
            name: stem(file).to_owned(),
            weight: about.weight,
            ids: body.ledger.ids(),
            ops: body.store.ops,
            peak_payload_bytes: body.ledger.peak_bytes(),
            dialect: about.dialect,
            evidence: about.evidence,
            warnings,
            leaks: body.store.leaks,
        })
    }
}

/// What is known of a trace after reading it with [`Trace::visit`].
#[derive(Clone, Debug)]
pub struct Summary {
    /// As [`Trace::name`].
    pub name: String,
    /// As [`Trace::weight`].
    pub weight: Weight,
    /// As [`Trace::ids`].
    pub ids: u32,
    /// How many operations there are.
    pub ops: usize,
    /// As [`Trace::peak_payload_bytes`].
    pub peak_payload_bytes: u64,
    /// The dialect the file is in.
    pub dialect: Dialect,
    /// Why it was taken for that dialect.
    pub evidence: Evidence,
    /// What was odd but accepted.
    pub warnings: Report,
    /// Some allocation goes over a live block (lenient reading). The visitor saw the same
    /// id for both blocks; [`Trace::read`] tells them apart.
    pub leaks: bool,
}

/// What a file is, besides its operations.
#[derive(Clone, Copy)]
struct About {
    dialect: Dialect,
    evidence: Evidence,
    weight: Weight,
}

/// All that is known of a file that was read.
type Reported<S> = (Body<S>, About, Report);

/// Returns what was read, with warnings.
///
/// # Errors
/// If anything is wrong with it.
fn with_report<S>(
    file: &str,
    read: Result<(Body<S>, About), GaveUp>,
    findings: Findings,
) -> Result<Reported<S>, Report> {
    match (read, findings.into_reports(file)) {
        (Ok((body, about)), Ok(warnings)) => Ok((body, about, warnings)),
        (Err(GaveUp), Ok(report)) | (_, Err(report)) => Err(report),
    }
}

/// Returns the trace that was read, with warnings.
///
/// # Errors
/// If anything is wrong with it.
fn reading(
    file: &str,
    read: Result<(Body<Kept>, About), GaveUp>,
    findings: Findings,
) -> Result<Reading, Report> {
    let (body, about, warnings) = with_report(file, read, findings)?;
    let (ids, peak) = (body.ledger.ids(), body.ledger.peak_bytes());
    Ok(Reading {
        trace: body.store.into_trace(stem(file), about.weight, ids, peak),
        dialect: about.dialect,
        evidence: about.evidence,
        warnings,
    })
}

/// Returns the bytes of `from`, unpacked and in pieces of about `piece_bytes`.
fn pieces_of<R: Read>(
    from: R,
    piece_bytes: usize,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Result<Pieces<'static, gzip::Unpacked<R>>, GaveUp> {
    let from = gzip::unpacked(from).map_err(|error| findings.can_not_read(&error))?;
    Pieces::new(from, piece_bytes, options.limit_bytes, findings)
}

/// Reads a file's operations into the store that `store` makes for about this many operations.
fn read_body<R: Read, S: Store>(
    file: &str,
    mut pieces: Pieces<'_, R>,
    options: &ReadOptions,
    findings: &mut Findings,
    store: impl FnOnce(usize) -> S,
) -> Result<(Body<S>, About), GaveUp> {
    let Some(piece) = pieces.next(findings)? else {
        findings.add_for_file(Problem::Empty);
        return Err(GaveUp);
    };
    let mut lines = piece.lines();
    let start = start::detect(piece, file, options.dialect, findings)?;
    let header = header::read(start, &mut lines, piece, findings)?;
    let ids = if options.renumber { Ids::Names(HashMap::new()) } else { Ids::Numbers };
    // No more room than for the operations of the first piece: a header may say anything.
    let most = piece.bytes() / SHORTEST_OP_BYTES + 1;
    let declared = header.as_ref().map_or(0, |header| header.operations.value);
    let store = store(usize::try_from(declared).map_or(most, |declared| declared.min(most)));
    let mut body = Body::new(start, header, ids, options.limit_operations, store);
    body.read(lines, piece, findings)?;
    while let Some(piece) = pieces.next(findings)? {
        if findings.is_full() {
            // A large file of something else: the rest is not worth reading.
            return Err(GaveUp);
        }
        body.read(piece.lines(), piece, findings)?;
    }
    let piece = pieces.last();
    body.check_count(piece, findings);
    let about = about(&body, start, options.dialect, piece, findings);
    Ok((body, about))
}

/// Decides what the file is, now that its operations are known, and checks its header.
fn about<S: Store>(
    body: &Body<S>,
    start: Start,
    forced: Option<Dialect>,
    piece: Piece<'_>,
    findings: &mut Findings,
) -> About {
    let (dialect, evidence) = match (forced, start, &body.header) {
        (Some(forced), ..) => (forced, Evidence::Forced),
        (None, Start::Extended, _) => (Dialect::Extended, Evidence::Marker),
        (None, Start::Plain, Some(header)) => match (header.first, header.last) {
            (Some(first), Some(last)) => tell_headers_apart(
                first.value,
                last.value,
                body.ledger.peak_bytes(),
                body.free_nulls.count > 0,
            ),
            (Some(first), None) if first.value > 3 => (Dialect::Classic, Evidence::CountsOnly),
            _ => (Dialect::Ranges, Evidence::CountsOnly),
        },
        (None, ..) => (Dialect::Script, Evidence::NoHeader),
    };
    let weight = match &body.header {
        Some(header) => check_header(dialect, header, body.ledger.peak_bytes(), piece, findings),
        None => Weight::Both,
    };
    if !dialect.has_free_null() {
        report_free_nulls(dialect, &body.free_nulls, piece, findings);
    }
    About { dialect, evidence, weight }
}

/// Checks the header's first and last line, whose meaning depends on the dialect. Returns the
/// trace's weight.
fn check_header(
    dialect: Dialect,
    header: &Header,
    peak_bytes: u64,
    piece: Piece<'_>,
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
            findings.add(Problem::BadFlag, last.spot, piece);
        }
        (Dialect::Peak | Dialect::Extended, Some(last)) if last.value != peak_bytes => {
            let problem = Problem::PeakDiffers { declared: last.value, computed: peak_bytes };
            findings.warn(problem, last.spot, piece);
        }
        _ => {}
    }
    let Some(first) = header.first else {
        return Weight::Both;
    };
    Weight::from_number(first.value).unwrap_or_else(|| {
        findings.add(Problem::BadWeight, first.spot, piece);
        Weight::Both
    })
}

/// Reports `f -1` where the dialect lacks it: it is read before the dialect is known.
fn report_free_nulls(
    dialect: Dialect,
    found: &FreeNulls,
    piece: Piece<'_>,
    findings: &mut Findings,
) {
    let problem = Problem::NotInDialect { what: FREE_NULL, dialect: Some(dialect) };
    for &line in &found.lines {
        findings.add_at_word(problem.clone(), line, "-1", piece);
    }
    findings.omit(&problem, found.count - found.lines.len() as u64);
}

/// Returns a file's name without its folder and its ending, as in `gcc` for `traces/gcc.rep.gz`.
fn stem(file: &str) -> &str {
    let name = file.rsplit(is_separator).next().unwrap_or(file);
    let name = match name.len().checked_sub(3).and_then(|end| name.split_at_checked(end)) {
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
