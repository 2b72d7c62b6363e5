//! Traces as courses have them: headers in every form, scripts, line ends of other systems, ids
//! that are addresses. For each kind: what is read, and what is reported.

use heaplab_trace::{
    Dialect, Evidence, Inexpressible, Op, ReadOptions, Reading, Report, Trace, Weight, write,
};

const LENIENT: ReadOptions = ReadOptions { lenient: true, ..ReadOptions::STRICT };

const RENUMBER: ReadOptions = ReadOptions { renumber: true, ..ReadOptions::STRICT };

fn parse(file: &str, bytes: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Reading, Report> {
    Trace::parse(file, bytes.as_ref(), options)
}

fn good(file: &str, bytes: impl AsRef<[u8]>, options: &ReadOptions) -> Reading {
    let bytes = bytes.as_ref();
    match parse(file, bytes, options) {
        Ok(reading) => reading,
        Err(report) => panic!("{}\n{report}", String::from_utf8_lossy(bytes)),
    }
}

fn bad(file: &str, bytes: impl AsRef<[u8]>, options: &ReadOptions) -> Report {
    let bytes = bytes.as_ref();
    match parse(file, bytes, options) {
        Ok(reading) => panic!("{}\n{:?}", String::from_utf8_lossy(bytes), reading.trace),
        Err(report) => report,
    }
}

fn codes(report: &Report) -> Vec<&'static str> {
    let all = report.diagnostics.iter();
    all.map(|diagnostic| diagnostic.problem.code()).collect()
}

fn ops(reading: &Reading) -> String {
    let ops: Vec<String> = reading.trace.ops().iter().map(Op::to_string).collect();
    ops.join(", ")
}

const OPS: &str = "a 0 16\na 1 32\nf 0\nf 1\n";
const READ: &str = "a 0 16, a 1 32, f 0, f 1";

#[test]
fn a_file_without_a_header_is_a_script() {
    for file in ["t.rep", "t.script", "T.REP", "t.rep.gz", "trace", "t.txt"] {
        let reading = good(file, OPS, &ReadOptions::STRICT);
        assert_eq!(ops(&reading), READ, "{file}");
        assert_eq!(reading.dialect, Dialect::Script);
        assert_eq!(reading.evidence, Evidence::NoHeader);
        assert_eq!(reading.trace.weight(), Weight::Both);
        // The missing header is reported only if the file's name promises one.
        let expected: &[&str] =
            if file.to_ascii_lowercase().contains(".rep") { &["T05"] } else { &[] };
        assert_eq!(codes(&reading.warnings), expected, "{file}");
    }
    for start in ["\n\n", "  ", "\u{feff}", "# remark\n"] {
        let reading = good("t.rep", format!("{start}{OPS}"), &ReadOptions::STRICT);
        assert_eq!(ops(&reading), READ, "{start:?}");
    }
    // A dialect that has a header, if asked for, requires one.
    for dialect in [Dialect::Classic, Dialect::Ranges, Dialect::Peak] {
        for lenient in [false, true] {
            let options = ReadOptions { dialect: Some(dialect), lenient, ..ReadOptions::STRICT };
            let report = bad("t.rep", OPS, &options);
            assert_eq!(codes(&report), ["T06"]);
            assert!(report.to_string().contains("`--from script`"), "{report}");
        }
    }
}

#[test]
fn a_header_of_only_ids_and_operations_is_recognized() {
    for (header, missing, weight) in [
        // Two numbers, in lines or in one.
        (
            "2\n4\n",
            "a line before them, `1` (the weight), and a line after them, `0` (no flag)",
            Weight::Both,
        ),
        ("2 4\n", "a line before them", Weight::Both),
        ("\n2\n\n4\n", "a line before them", Weight::Both),
        // There may be ids that no operation uses.
        ("9\n4\n", "a line before them", Weight::Both),
        // Three numbers, with the one before them or after them.
        ("20000\n2\n4\n", "add a line after them, `1` (the weight)", Weight::Both),
        ("2\n2\n4\n", "add a line after them", Weight::Utilization),
        ("2\n4\n0\n", "add a line before them", Weight::Both),
        ("2\n4\n48\n", "add a line before them", Weight::Both),
    ] {
        let text = format!("{header}{OPS}");
        let report = bad("t.rep", &text, &ReadOptions::STRICT);
        assert!(codes(&report).contains(&"T29"), "{text}{report}");
        let said = report.to_string();
        for words in ["these are ids and operations", missing, "`--lenient`"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        let reading = good("t.rep", &text, &LENIENT);
        assert_eq!(ops(&reading), READ, "{text}");
        assert_eq!(reading.trace.weight(), weight, "{text}");
        assert_eq!(reading.evidence, Evidence::CountsOnly);
    }
    // The advice is followed, as it is given.
    let advised = good("t.rep", format!("1\n2\n4\n0\n{OPS}"), &ReadOptions::STRICT);
    assert!(advised.warnings.is_empty());
}

#[test]
fn a_short_header_of_other_numbers_is_not_guessed() {
    for header in ["2\n", "4\n", "2\n5\n", "1\n4\n", "4\n2\n", "1\n2\n3\n", "x\n2\n", "2\n-4\n"] {
        let text = format!("{header}{OPS}");
        for options in [ReadOptions::STRICT, LENIENT] {
            let report = bad("t.rep", &text, &options);
            assert_eq!(codes(&report).last(), Some(&"T06"), "{text}{report}");
            assert!(report.to_string().contains("here 4 operations follow, on 2 ids"), "{report}");
        }
    }
    for end in ["2\n4\n", "2\n4", "2\n4\n# nothing\n", "1\n0\n0\n"] {
        let report = bad("t.rep", end, &LENIENT);
        assert_eq!(codes(&report).last(), Some(&"T06"), "{end}{report}");
    }
}

#[test]
fn lenient_reading_accepts_a_header_on_fewer_lines() {
    for header in [
        "20000 2 4 1\n",
        "20000 2\n4 1\n",
        "20000\n2 4\n1\n",
        "20000\t2\t4\t1\n",
        "\n  20000  2 4  1  \n\n",
        "20000 2 4\n1\n",
        "20000\n2 4 1\n",
    ] {
        let text = format!("{header}{OPS}");
        let report = bad("t.rep", &text, &ReadOptions::STRICT);
        assert!(codes(&report).iter().all(|code| *code == "T27"), "{report}");
        let reading = good("t.rep", &text, &LENIENT);
        assert_eq!((ops(&reading).as_str(), reading.dialect), (READ, Dialect::Classic));
    }
    // Also in the dialect with a marker.
    let extended = good("t.rep", format!("heaplab 1\n1 2 4 48\n{OPS}"), &LENIENT);
    assert_eq!(extended.dialect, Dialect::Extended);
    // But an operation has a line of its own, and a fifth number is too many.
    for text in ["20000 1 1 1 a 0 16\n", "20000 1 1 1 7\na 0 16\n", "20000 1 1 1\n7\na 0 16\n"] {
        bad("t.rep", text, &LENIENT);
    }
}

#[test]
fn lenient_reading_accepts_remarks_anywhere() {
    for (text, code) in [
        (format!("20000 # heap size\n2\n4\n1\n{OPS}"), "T20"),
        (format!("20000 // heap size\n2 // ids\n4\n1\n{OPS}"), "T20"),
        (format!("# a trace\n20000\n2\n4\n1\n{OPS}"), "T20"),
        (format!("// a trace\n20000\n2\n4\n1\n{OPS}"), "T20"),
        (format!("20000 suggested heap size\n2 ids\n4 ops\n1\n{OPS}"), "T28"),
        (format!("20000 (heap size, unused)\n2\n4\n1 <- weight\n{OPS}"), "T28"),
        (format!("20000 /* heap size */\n2\n4\n1\n{OPS}"), "T28"),
        (
            "20000\n2\n4\n1\na 0 16 // first\n#\na 1 32 # second\nf 0\n// end\nf 1//\n"
                .replace("1//", "1 //"),
            "T20",
        ),
        (format!("20000\n2 4 // ids, operations\n1\n{OPS}"), "T27"),
    ] {
        let report = bad("t.rep", &text, &ReadOptions::STRICT);
        assert!(codes(&report).contains(&code), "{text}{report}");
        let reading = good("t.rep", &text, &LENIENT);
        assert_eq!(ops(&reading), READ, "{text}");
    }
    // In a script `//` is odd and `#` is not; both are kept.
    let script = "// one\na 0 16\n# two\nf 0 // three\n";
    assert_eq!(codes(&bad("t.script", script, &ReadOptions::STRICT)), ["T20", "T20"]);
    let reading = good("t.script", script, &LENIENT);
    let comments = reading.trace.comments().iter();
    let texts: Vec<&str> = comments.map(|comment| comment.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

#[test]
fn line_ends_of_old_macs_are_named() {
    let unix = format!("20000\n2\n4\n1\n{OPS}");
    for text in [
        unix.replace('\n', "\r"),
        unix.trim_end().replace('\n', "\r"),
        unix.trim_end().replace('\n', "\r") + "\n",
        unix.replace('\n', "\r\r"),
    ] {
        let report = bad("t.rep", &text, &ReadOptions::STRICT);
        assert_eq!(codes(&report), ["T30"]);
        assert!(report.to_string().contains("carriage return (CR) alone"), "{report}");
        let reading = good("t.rep", &text, &LENIENT);
        assert_eq!(ops(&reading), READ);
    }
    assert_eq!(codes(&bad("t.script", "a 0 16\rf 0\r", &ReadOptions::STRICT)), ["T30"]);
    // With newlines they are as on Windows, or only blanks.
    for text in [unix.replace('\n', "\r\n"), unix.replace("16\n", "16 \r \n")] {
        assert!(good("t.rep", &text, &ReadOptions::STRICT).warnings.is_empty());
    }
    // A carriage return at the end of the file is only a blank.
    assert!(good("t.script", "a 0 16\r", &ReadOptions::STRICT).warnings.is_empty());
}

#[test]
fn the_ctrl_z_of_dos_is_named() {
    let text = format!("20000\n2\n4\n1\n{OPS}");
    for end in ["\u{1a}", "\u{1a}\u{1a}\u{1a}", "\u{1a}\r\n", " \u{1a} \n\u{1a}"] {
        let text = format!("{text}{end}");
        let report = bad("t.rep", &text, &ReadOptions::STRICT);
        assert_eq!(codes(&report), ["T31"], "{end:?} {report}");
        assert!(report.to_string().contains("Ctrl-Z (0x1A)"), "{report}");
        let place = report.diagnostics[0].place.as_ref().expect("a place");
        assert_eq!(place.line, 9);
        let reading = good("t.rep", &text, &LENIENT);
        assert_eq!(ops(&reading), READ);
    }
    // Elsewhere it does not end the file.
    let report = bad("t.rep", "20000\n1\n1\n1\n\u{1a}\na 0 16\n", &LENIENT);
    assert_eq!(codes(&report), ["T10"]);
    assert_eq!(codes(&bad("t.rep", "\u{1a}", &LENIENT)), ["T01"]);
}

#[test]
fn utf_16_is_named_and_a_byte_order_mark_is_accepted() {
    let text = format!("20000\n2\n4\n1\n{OPS}");
    let marked = format!("\u{feff}{text}");
    assert!(good("t.rep", &marked, &ReadOptions::STRICT).warnings.is_empty());
    for text in [&text, &marked, &text.replace('\n', "\r\n")] {
        let units = || text.encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            let report = bad("t.rep", &bytes, &ReadOptions::STRICT);
            assert_eq!(codes(&report), ["T02"]);
            assert!(report.to_string().contains("UTF-16"), "{report}");
            assert_eq!(ops(&good("t.rep", &bytes, &LENIENT)), READ);
        }
    }
    for bytes in [
        &b"1\n1\n\0"[..],
        b"\0\x05\x16\x07\0\x02\0\0Mac OS X        \0\x02",
        b"\xff\xfe",
        b"\xff\xfe1",
    ] {
        bad("t.rep", bytes, &ReadOptions::STRICT);
        bad("t.rep", bytes, &LENIENT);
    }
}

#[test]
fn an_id_without_a_block_is_null_in_a_script() {
    for (text, expected, back) in [
        ("f 3\n", "f -1", "f 3\n"),
        ("f -1\n", "f -1", "f -1\n"),
        ("r 4 100\n", "r 4 100", "r 4 100\n"),
        ("r 5 0\n", "r 5 0", "r 5 0\n"),
        ("a 0 8\nf 0\nf 0\n", "a 0 8, f 0, f -1", "a 0 8\nf 0\nf 0\n"),
        ("a 0 8\nr 0 0\nf 0\n", "a 0 8, r 0 0, f -1", "a 0 8\nr 0 0\nf 0\n"),
        ("a 0 8\nf 0\nr 0 9\nf 0\n", "a 0 8, f 0, r 0 9, f 0", "a 0 8\nf 0\nr 0 9\nf 0\n"),
        ("r 5 0\nf 5\nf 5\n", "r 5 0, f 5, f -1", "r 5 0\nf 5\nf 5\n"),
        ("a 1 0\nf 1\nf 1\n", "a 1 0, f 1, f -1", "a 1 0\nf 1\nf 1\n"),
        ("f 4000000000\na 0 8\n", "f -1, a 0 8", "f 4000000000\na 0 8\n"),
        ("f 0\na 0 8\nf 0\nf -1\n", "f -1, a 0 8, f 0, f -1", "f 0\na 0 8\nf 0\nf -1\n"),
    ] {
        let reading = good("t.script", text, &ReadOptions::STRICT);
        assert_eq!(ops(&reading), expected, "{text}");
        assert!(reading.warnings.is_empty());
        // A script is written as it was read.
        let written = write(&reading.trace, Dialect::Script, Inexpressible::Refuse).unwrap();
        assert_eq!(String::from_utf8(written.bytes).unwrap(), back);
        // Another dialect gives the same operations.
        let written = write(&reading.trace, Dialect::Extended, Inexpressible::Refuse).unwrap();
        let again = good("t.rep", &written.bytes, &ReadOptions::STRICT);
        assert_eq!(ops(&again), expected);
        // And back, though the ids of null pointers differ.
        let written = write(&again.trace, Dialect::Script, Inexpressible::Refuse).unwrap();
        assert_eq!(ops(&good("t.script", &written.bytes, &ReadOptions::STRICT)), expected);
    }
    // This holds in scripts only.
    let header = "1\n1\n3\n8\na 0 8\nf 0\nf 0\n";
    assert_eq!(codes(&bad("t.rep", header, &ReadOptions::STRICT)), ["T21"]);
    // And only where the driver of this dialect goes on: an id with a block keeps it.
    let twice = "a 0 8\na 0 9\n";
    assert_eq!(codes(&bad("t.script", twice, &ReadOptions::STRICT)), ["T23"]);
    assert_eq!(
        ops(&good("t.script", "a 0 8\na 0 9\nf 0\nf 0\n", &LENIENT)),
        "a 0 8, a 1 9, f 1, f -1"
    );
}

#[test]
fn an_invalid_first_operation_of_a_script_is_reported_for_a_script() {
    for (file, text, line, code, words) in [
        ("t.script", "# my test\nA 0 16\nf 0\n", 2, "T10", "unknown operation `A` of a script"),
        ("t.rep", "A 0 16\nf 0\n", 1, "T10", "unknown operation `A` of a script"),
        ("t.script", "malloc 0 16\nf 0\n", 1, "T10", "unknown operation `malloc` of a script"),
        ("t.script", "a0 16\n", 1, "T10", "unknown operation `a0` of a script"),
        ("t.script", "a 0\n", 1, "T11", "the size in bytes is missing"),
        ("T.SCRIPT", "a\n", 1, "T11", "the id is missing"),
        ("t.script", "a x 16\n", 1, "T13", "the id is not a number"),
        ("t.script", "a 0 -16\n", 1, "T14", "the size in bytes is negative"),
        ("t.script", "a 0 16 32\n", 1, "T12", "something follows"),
        ("t.script", "c 0 16\n", 1, "T20", "the script dialect"),
        ("t.script", "a 0 99999999999\n", 1, "T16", "too large for a 32-bit machine"),
        ("t.rep", "a 0\nf 0\n", 1, "T11", "the size in bytes is missing"),
    ] {
        let report = bad(file, text, &ReadOptions::STRICT);
        assert_eq!(codes(&report), [code], "{text}{report}");
        let place = report.diagnostics[0].place.as_ref().expect("a place");
        assert_eq!(place.line, line, "{text}");
        let said = report.to_string();
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("weight"), "{said}");
        // Adding a header is the way to the dialect that has `c`.
        let may_say_header = file == "t.rep" || code == "T20";
        assert!(may_say_header || !said.contains("header"), "{said}");
    }
    // A header in a file of this name is one.
    let with_header = format!("20000\n2\n4\n1\n{OPS}");
    assert_eq!(good("t.script", with_header, &ReadOptions::STRICT).dialect, Dialect::Classic);
}

#[test]
fn lenient_reading_stops_at_the_headers_number_of_operations() {
    for (text, expected, weight) in [
        ("20000\n2\n3\n1\na 0 16\nf 0\na 1 8\nf 1\n", "a 0 16, f 0, a 1 8", Weight::Both),
        ("20000\n2\n0\n1\na 0 16\nf 0\n", "", Weight::Both),
        ("1\n1\n1\n16\na 0 16\nf 0\nf 0\nf 0\n", "a 0 16", Weight::Both),
        ("1\n1\n1\n16\na 0 16\nx\ny\n# z\n", "a 0 16", Weight::Both),
        ("2\n1\n1\n0\na 0 16\na 9 9\n", "a 0 16", Weight::Utilization),
        ("heaplab 1\n1\n1\n1\n16\na 0 16\nf 0\n", "a 0 16", Weight::Both),
    ] {
        let report = bad("t.rep", text, &ReadOptions::STRICT);
        assert!(codes(&report).contains(&"T25"), "{report}");
        assert!(report.to_string().contains("stops at the promised number"), "{report}");
        let reading = good("t.rep", text, &LENIENT);
        assert_eq!(ops(&reading), expected, "{text}");
        assert_eq!(codes(&reading.warnings).iter().filter(|c| **c == "T25").count(), 1);
        let said = reading.warnings.to_string();
        assert!(said.contains("accepted: the reader stops at the promised number"), "{said}");
        assert_eq!(reading.trace.weight(), weight);
    }
}

#[test]
fn ids_that_are_addresses_are_named_and_numbered() {
    for (text, expected) in [
        ("a 0x55d0c0 16\nf 0x55d0c0\n", "a 0 16, f 0"),
        ("a 0x55D0C0 16\nf 0x55d0c0\n", "a 0 16, f 0"),
        ("a 55d0c0 16\nf 55d0c0\n", "a 0 16, f 0"),
        ("a 94570000000000 16\nf 94570000000000\n", "a 0 16, f 0"),
        ("a 18446744073709551616 16\nf 18446744073709551616\n", "a 0 16, f 0"),
        ("a 0x10 16\na 0x20 8\nf 0x10\na 0x30 4\n", "a 0 16, a 1 8, f 0, a 2 4"),
        // An address that was freed may be given out again.
        ("a 0x10 16\nf 0x10\na 0x10 8\n", "a 0 16, f 0, a 0 8"),
        ("a 0x10 16\nr 0x10 32\nf 0x10\n", "a 0 16, r 0 32, f 0"),
        ("f (nil)\na 0x10 16\nf NULL\nf 0x0\n", "f -1, a 0 16, f -1, f -1"),
        ("f 0x77\na 0x10 16\n", "f -1, a 1 16"),
        ("# log\na 0xffffffffffffffff 16 # first\n", "a 0 16"),
    ] {
        let report = bad("log.script", text, &ReadOptions::STRICT);
        assert!(
            report.to_string().contains("`heaplab trace convert --renumber`"),
            "{text}{report}"
        );
        let reading = good("log.script", text, &RENUMBER);
        assert_eq!(ops(&reading), expected, "{text}");
    }
    // Below a header too, where ids are counted as they are numbered.
    let text = "20000\n2\n3\n1\na 0x7f10 16\na 0x7f20 8\nf 0x7f10\n";
    assert_eq!(codes(&bad("t.rep", text, &ReadOptions::STRICT)), ["T32"]);
    assert_eq!(ops(&good("t.rep", text, &RENUMBER)), "a 0 16, a 1 8, f 0");
    let few = "20000\n1\n3\n1\na 0x7f10 16\na 0x7f20 8\nf 0x7f10\n";
    assert_eq!(codes(&bad("t.rep", few, &RENUMBER)), ["T17"]);
    // Text that is not a trace, even with names for ids.
    for (text, code) in [
        ("a 0x10 16\na 0x10 8\n", "T23"),
        ("a zz 16\n", "T13"),
        ("a -7 16\n", "T14"),
        ("a 0x10 0x10\n", "T13"),
        ("a 0x111111111111111111111111111111111 16\n", "T15"),
        ("a 0x10\n", "T11"),
        ("20000\n1\n2\n1\na 0x10 8\nf 0x20\n", "T17"),
    ] {
        let report = bad("log", text, &RENUMBER);
        assert_eq!(codes(&report)[0], code, "{text}{report}");
    }
}

#[test]
fn writes_of_the_program_are_read() {
    for (text, expected) in [
        (
            "20000\n2\n6\n1\na 0 2040\nw 0 1020\na 1 64\nw 1 64\nf 0\nf 1\n",
            "a 0 2040, w 0 1020, a 1 64, w 1 64, f 0, f 1",
        ),
        ("20000\n1\n3\n1\na 0 8\nr 0 16\nw 0 16\n", "a 0 8, r 0 16, w 0 16"),
        ("1\n1\n3\n0\na 0 8\nw 0 0\nf 0\n", "a 0 8, w 0 0, f 0"),
        ("1\n1\n3\n8\na 0 8\nw 0 8\nf 0\n", "a 0 8, w 0 8, f 0"),
        ("a 0 8\n w\t0  8 # all of it\n", "a 0 8, w 0 8"),
        ("heaplab 1\n1\n1\n2\n8\nc 0 8\nw 0 3\n", "c 0 8, w 0 3"),
    ] {
        let reading = good("t.rep", text, &ReadOptions::STRICT);
        assert_eq!(ops(&reading), expected, "{text}");
        let written = write(&reading.trace, Dialect::Extended, Inexpressible::Refuse).unwrap();
        assert_eq!(ops(&good("t.rep", &written.bytes, &ReadOptions::STRICT)), expected);
        // Drivers that do not know writes get none.
        let error = write(&reading.trace, Dialect::Peak, Inexpressible::Refuse).unwrap_err();
        assert!(error.to_string().contains(": w 0 "), "{error}");
        let written = write(&reading.trace, Dialect::Peak, Inexpressible::Rewrite).unwrap();
        let without = good("t.rep", &written.bytes, &ReadOptions::STRICT);
        assert!(!ops(&without).contains('w'));
        let calls = reading.trace.ops().len() - written.losses.writes;
        assert_eq!(without.trace.ops().len(), calls);
    }
    for (text, code) in [
        ("w 0 8\na 0 8\n", "T33"),
        ("a 0 8\nf 0\nw 0 8\n", "T33"),
        ("a 0 8\nr 0 0\nw 0 0\n", "T33"),
        ("a 0 8\nw 0 9\n", "T34"),
        ("a 0 8\nr 0 4\nw 0 8\n", "T34"),
    ] {
        assert_eq!(codes(&bad("t.script", text, &ReadOptions::STRICT)), [code], "{text}");
        let reading = good("t.script", text, &LENIENT);
        assert_eq!(codes(&reading.warnings), [code]);
        assert!(!ops(&reading).contains('w'), "{text}");
    }
    for (text, code) in [
        ("a 0 8\nw 0\n", "T11"),
        ("a 0 8\nw\n", "T11"),
        ("a 0 8\nw 0 8 8\n", "T12"),
        ("a 0 8\nw 0 x\n", "T13"),
        ("a 0 8\nw 0 -8\n", "T14"),
        ("a 0 8\nW 0 8\n", "T10"),
        ("1\n1\n2\n8\na 0 8\nw 5 8\n", "T17"),
    ] {
        assert_eq!(codes(&bad("t.script", text, &ReadOptions::STRICT))[0], code, "{text}");
    }
}
