//! Tests of the reader as a whole. The messages for malformed files are
//! snapshots in the workspace's `tests` package.

use super::*;
use crate::{Diagnostic, Id, Op, gzip};

fn read(text: &str) -> Reading {
    read_as("t.rep", text, ReadOptions::default())
}

fn read_as(file: &str, text: &str, options: ReadOptions) -> Reading {
    match Trace::parse(file, text.as_bytes(), &options) {
        Ok(reading) => reading,
        Err(report) => panic!("{report}"),
    }
}

const LENIENT: ReadOptions = ReadOptions {
    dialect: None,
    lenient: true,
    renumber: false,
    limit_bytes: 1000,
    limit_operations: 1000,
};

/// Returns the codes of the problems, errors or warnings.
fn codes(text: &str, options: &ReadOptions) -> Vec<&'static str> {
    let report = match Trace::parse("t.rep", text.as_bytes(), options) {
        Ok(reading) => reading.warnings,
        Err(report) => report,
    };
    report.diagnostics.iter().map(|d| d.problem.code()).collect()
}

#[test]
fn every_dialect_is_detected() {
    let cases = [
        ("20000\n1\n2\n1\na 0 16\nf 0\n", Dialect::Classic),
        ("1\n1\n2\n0\na 0 16\nf 0\n", Dialect::Ranges),
        ("1\n1\n2\n16\na 0 16\nf 0\n", Dialect::Peak),
        ("heaplab 1\n1\n1\n2\n16\na 0 16\nf 0\n", Dialect::Extended),
    ];
    for (text, dialect) in cases {
        assert_eq!(read(text).dialect, dialect, "{text}");
    }
    let script = read_as("t.script", "# hello\na 0 16\nf 0\n", ReadOptions::default());
    assert_eq!(script.dialect, Dialect::Script);
    assert_eq!(script.trace.comments()[0].text, "hello");
}

#[test]
fn line_ends_blank_lines_and_a_missing_newline_do_not_matter() {
    let reading = read("1\r\n1\r\n\r\n3\r\n32\r\n\r\na 0 16\r\n\tr  0 32  \r\n\nf 0");
    let trace = &reading.trace;
    let ops = [
        Op::Malloc { id: Id(0), size: 16 },
        Op::Realloc { id: Id(0), size: 32 },
        Op::Free { id: Id(0) },
    ];
    assert_eq!(trace.ops(), ops);
    assert_eq!([trace.line(0), trace.line(1), trace.line(2)], [7, 8, 10]);
    assert!(reading.warnings.is_empty());
}

#[test]
fn the_extended_dialect_has_every_operation() {
    let text = "heaplab 1 # marker\n# made by hand\n2\n3\n6\n124\n\
        a 0 100 # first\nc 1 8\nm 2 64 16\n# here\nf -1\nf 2\nr 1 0\n# end\n";
    let trace = read(text).trace;
    assert_eq!(trace.weight(), Weight::Utilization);
    assert_eq!(trace.ops()[1], Op::Calloc { id: Id(1), size: 8 });
    let memalign = Op::Memalign { id: Id(2), align_log2: 6, size: 16 };
    assert_eq!(trace.ops()[2..4], [memalign, Op::FreeNull]);
    let comments: Vec<_> =
        trace.comments().iter().map(|c| (c.before_op, c.text.as_str())).collect();
    let expected = [(0, "marker"), (0, "made by hand"), (0, "first"), (3, "here"), (6, "end")];
    assert_eq!(comments, expected);
}

#[test]
fn ids_may_be_used_again_and_realloc_may_allocate() {
    let trace = read("1\n2\n6\n30\na 0 10\nf 0\na 0 20\nr 1 10\nr 1 0\nr 1 10\n").trace;
    assert_eq!((trace.ids(), trace.ops().len()), (2, 6));
    assert_eq!(trace.peak_payload_bytes(), 30);
}

#[test]
fn a_classic_trace_counts_unless_its_weight_is_zero() {
    assert_eq!(read("9\n0\n0\n0\n").trace.weight(), Weight::None);
    assert_eq!(read("9\n0\n0\n1\n").trace.weight(), Weight::Both);
    assert_eq!(read("9\n0\n0\n7\n").trace.weight(), Weight::Both);
}

#[test]
fn a_dialect_can_be_forced() {
    let text = "1\n1\n2\n16\na 0 16\nf 0\n";
    let options = ReadOptions { dialect: Some(Dialect::Classic), ..ReadOptions::default() };
    let reading = read_as("t.rep", text, options);
    assert_eq!(reading.dialect, Dialect::Classic);
    assert_eq!(reading.evidence, Evidence::Forced);
}

#[test]
fn gzip_is_unpacked() {
    let packed = gzip::compress(b"1\n1\n1\n16\na 0 16\n");
    let reading = Trace::parse("a/b.rep.gz", &packed, &ReadOptions::default()).expect("valid");
    assert_eq!(reading.trace.name(), "b");
    assert_eq!(reading.trace.ops().len(), 1);
}

#[test]
fn free_null_belongs_to_some_dialects() {
    let text = "1\n1\n2\n0\na 0 16\nf -1\n";
    assert!(codes(text, &ReadOptions::default()).is_empty());
    let peak = "1\n1\n2\n16\na 0 16\nf -1\n";
    assert_eq!(codes(peak, &ReadOptions::default()), ["T20"]);
    assert_eq!(read_as("t.rep", peak, LENIENT).trace.ops()[1], Op::FreeNull);
}

#[test]
fn lenient_reading_drops_frees_of_ids_without_a_block() {
    let text = "1\n2\n4\n16\na 0 16\nf 0\nf 0\nf 1\n";
    assert_eq!(codes(text, &ReadOptions::default()), ["T21", "T22"]);
    let reading = read_as("t.rep", text, LENIENT);
    assert_eq!(reading.trace.ops().len(), 2);
    assert_eq!(reading.warnings.total(), 2);
}

#[test]
fn lenient_reading_leaks_a_block_that_is_allocated_over() {
    let text = "1\n2\n6\n31\na 0 16\na 1 5\na 0 10\nr 0 8\nf 0\na 0 1\n";
    assert_eq!(codes(text, &ReadOptions::default()), ["T23"]);
    let reading = read_as("t.rep", text, LENIENT);
    let ids: Vec<u32> =
        reading.trace.ops().iter().filter_map(|op| op.id()).map(|id| id.0).collect();
    assert_eq!(ids, [0, 1, 2, 2, 2, 2]);
    assert_eq!(reading.trace.ids(), 3);
    assert_eq!(reading.trace.peak_payload_bytes(), 31);
    // The result is a valid trace by the strict rules.
    let ops = reading.trace.ops().to_vec();
    Trace::from_ops("again", Weight::Both, ops).expect("valid");
}

#[test]
fn wrong_counts_are_errors_unless_lenient() {
    for (text, code, read) in [
        ("1\n1\n3\n16\na 0 16\nf 0\n", "T24", 2),
        ("1\n1\n1\n16\na 0 16\nf 0\n", "T25", 1),
        ("1\n0\n2\n16\na 0 16\nf 0\n", "T17", 2),
    ] {
        assert_eq!(codes(text, &ReadOptions::default()), [code]);
        let reading = read_as("t.rep", text, LENIENT);
        assert_eq!(reading.trace.ops().len(), read);
        assert_eq!(reading.trace.ids(), 1);
        assert_eq!(reading.warnings.total(), 1);
    }
}

#[test]
fn a_wrong_peak_is_a_warning_only() {
    let text = "1\n1\n1\n17\na 0 16\n";
    let reading = read(text);
    assert_eq!(reading.evidence, Evidence::NotAFlag);
    assert_eq!(codes(text, &ReadOptions::default()), ["T26"]);
    assert_eq!(reading.trace.peak_payload_bytes(), 16);
}

#[test]
fn errors_beyond_the_tenth_are_counted() {
    let text = format!("1\n1\n25\n0\n{}", "x\n".repeat(25));
    let report = Trace::parse("t.rep", text.as_bytes(), &ReadOptions::default())
        .expect_err("all lines are wrong");
    assert_eq!((report.diagnostics.len(), report.omitted), (10, 15));
}

#[test]
fn a_header_cannot_cause_a_large_allocation() {
    let text = "1\n4000000000\n18446744073709551615\n5\na 3999999999 5\n";
    assert_eq!(codes(text, &ReadOptions::default()), ["T24", "T18"]);
}

#[test]
fn stems_lose_folder_and_ending() {
    for (file, name) in [
        ("traces/gcc.rep.gz", "gcc"),
        ("gcc.rep", "gcc"),
        ("a.b.rep", "a.b"),
        (".rep", ".rep"),
        ("-", "-"),
        // On Windows a backslash ends a folder; elsewhere a name may contain it.
        ("c:\\t\\x.script", if cfg!(windows) { "x" } else { "c:\\t\\x" }),
    ] {
        assert_eq!(stem(file), name);
    }
}

/// Returns the outcome of reading: the operations with their lines and remarks, or the problems.
fn outcome(result: Result<Reading, Report>) -> String {
    let places = |report: &Report| {
        let place =
            |d: &Diagnostic| (d.problem.code(), d.place.as_ref().map(|p| (p.line, p.column)));
        report.diagnostics.iter().map(place).collect::<Vec<_>>()
    };
    match result {
        Ok(reading) => {
            let Trace { ops, lines, comments, null_ids, .. } = &reading.trace;
            let lines: Vec<u32> = lines.iter().collect();
            let about = (reading.dialect, reading.evidence, places(&reading.warnings));
            format!("{ops:?} {lines:?} {comments:?} {null_ids:?} {about:?}")
        }
        Err(report) => format!("{:?}", places(&report)),
    }
}

/// A file is read the same wherever it is cut into pieces, whether it is valid or not.
#[test]
fn reading_in_pieces_gives_the_same_result() {
    let texts = [
        "1\n2\n4\n48\na 0 16\na 1 32\nf 0\nr 1 8\n",
        "heaplab 1\n1\n1\n4\n16\n# one\nm 0 64 16\n\n# two\nf -1\nf 0\nc 0 9 # three\n",
        "\u{feff}1\r\n1\r\n2\r\n16\r\na 0 16\r\nf 0\r\n\u{1a}",
        "a 0 16\nf 3\nf -1\nr 0 0\nf 0",
        "1\n1\n3\n16\na 0 16\nf 0\nf 0\n",
        "1\n1\n2\n16\na 0 16\nf 0\nf 0\nx\n",
        "1\n1\n2\n16\na 0 16\nf zero\n",
        "1\n1\n9\n16\na 0 16\nf -1\n",
        "1\n1\n2\n16\na 0 16\nf \0\n",
        "1\n1\n2\n16\nq\nq\nq\nq\nq\nq\nq\nq\nq\nq\n",
    ];
    for text in texts {
        for options in [ReadOptions::STRICT, LENIENT] {
            let whole = outcome(Trace::parse("t", text.as_bytes(), &options));
            // The header, and all numbers that it may lack, are in the first piece.
            let header = text.char_indices().filter(|(_, c)| *c == '\n').nth(5);
            let least = header.map_or(text.len(), |(at, _)| at + 1);
            for piece_bytes in least..text.len() {
                let pieces = Trace::read_in_pieces("t", text.as_bytes(), piece_bytes, &options);
                assert_eq!(outcome(pieces), whole, "{text:?} in pieces of {piece_bytes}");
            }
        }
    }
}

/// If only the number of a line is still known, another line is not shown instead.
#[test]
fn a_line_of_an_earlier_piece_is_named_by_its_number() {
    let mut text = "1\n1\n12\n16\na 0 16\nf 0\n".to_owned();
    text += &"a 0 16\nf 0\n".repeat(4);
    text += "f 0\nf 0\n";
    let report = Trace::read_in_pieces("t", text.as_bytes(), 24, &ReadOptions::STRICT).unwrap_err();
    let last = report.diagnostics.last().unwrap();
    assert_eq!(last.place.as_ref().unwrap().text, "f 0");
    assert_eq!(last.other.as_ref().unwrap().line, 14);
    assert!(report.to_string().contains("14"), "{report}");
}

#[test]
fn a_visitor_sees_what_a_trace_keeps() {
    #[derive(Default)]
    struct Seen(Vec<(Op, u32)>, Vec<String>);
    impl Visit for Seen {
        fn op(&mut self, op: Op, line: u32) {
            self.0.push((op, line));
        }
        fn comment(&mut self, text: &str) {
            self.1.push(text.to_owned());
        }
    }
    let text = "heaplab 1\n1\n1\n3\n16\n# one\na 0 16\nf -1\n# two\nf 0\n";
    let mut seen = Seen::default();
    let summary = Trace::visit("t.rep", text.as_bytes(), &ReadOptions::STRICT, &mut seen).unwrap();
    let trace = read(text).trace;
    let kept: Vec<(Op, u32)> = trace.ops.iter().copied().zip(trace.lines.iter()).collect();
    assert_eq!(seen.0, kept);
    assert_eq!(seen.1, ["one", "two"]);
    assert_eq!((summary.ops, summary.ids, summary.leaks), (3, 1, false));
    assert_eq!(summary.peak_payload_bytes, 16);
}

#[test]
fn more_operations_than_there_is_room_for_are_refused() {
    let options = ReadOptions { limit_operations: 2, ..ReadOptions::STRICT };
    assert_eq!(codes("1\n1\n2\n16\na 0 16\nf 0\n", &options), [""; 0]);
    assert_eq!(codes("1\n1\n3\n16\na 0 16\nf 0\na 0 16\n", &options), ["T35"]);
}

/// Input that has neither lines nor an end is refused after its first piece.
#[test]
fn endless_zeros_are_refused() {
    let zeros = std::io::repeat(0);
    let report = Trace::read_in_pieces("t", zeros, 100, &ReadOptions::STRICT).unwrap_err();
    let problem = &report.diagnostics[0].problem;
    assert_eq!(*problem, Problem::NotText { utf16: false });
    let options = ReadOptions { limit_bytes: 1000, ..ReadOptions::STRICT };
    let too_long = Problem::TooLong { limit_bytes: 1000 };
    for (byte, expected) in [(b'\n', Problem::Empty), (b'x', too_long)] {
        let endless = std::io::repeat(byte);
        let report = Trace::read_in_pieces("t", endless, 100, &options).unwrap_err();
        assert_eq!(report.diagnostics.last().unwrap().problem, expected);
    }
}
