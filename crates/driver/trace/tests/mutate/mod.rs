//! Trace files damaged at random, and what must hold for each. Shared by the
//! test (a few thousand inputs) and the example (as many as you like).

use heaplab_trace::{Dialect, Inexpressible, ReadOptions, Trace, compress, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Files to start from: every dialect, every operation, every oddity.
const SEEDS: [&str; 16] = [
    "20000\n3\n6\n1\na 0 512\na 1 128\nr 0 640\nf 1\na 2 16\nf 0\n",
    "1\n2\n5\n0\na 0 2040\nf -1\nr 1 8\nf 0\nr 1 0\n",
    "1\n2\n4\n48\na 0 16\na 1 32\nf 0\nf 1\n",
    "# a script\na 0 16\nr 0 0 # freed\na 0 32\n\nf 0\n",
    "heaplab 1\n1\n3\n5\n112\n# made by hand\na 0 16\nc 1 32\nm 2 64 64\nf -1\nf 1\n",
    "1\r\n2\r\n2\r\n4294967295\r\na 0 4294967295\r\nf 0",
    "0\n0\n0\n0\n",
    // Files as courses have them.
    "20000\n2\n6\n1\na 0 2040\nw 0 1020\na 1 64\nw 1 64\nf 0\nf 1\n",
    "2\n4\na 0 16\na 1 32\nf 0\nf 1\n",
    "20000 1 2 1\na 0 16\nf 0\n",
    "20000 # heap size\n1 // ids\n2 operations\n1\na 0 16 // first\nf 0\n",
    "# as Stanford has it\na 1 0\nf 3\nr 4 100\nr 5 0\nf 4\nf 4\nf -1\n",
    "a 0x55d0c0 16\nr 0x55d0c0 32\nf 55d0c0\nf (nil)\n",
    "1\r1\r2\r16\ra 0 16\rf 0\r",
    "1\n1\n2\n16\na 0 16\nf 0\n\x1a",
    "1\0\n\x001\0\n\x002\0\n\x008\0\n\0a\0 \x000\0 \x008\0\n\0f\0 \x000\0\n\0",
];

/// Pieces that break things when they turn up in the wrong place.
const PIECES: [&[u8]; 37] = [
    b"-1",
    b"-",
    b" ",
    b"\n",
    b"\r\n",
    b"\t",
    b"#",
    b"a",
    b"f ",
    b"r 0",
    b"c 1 5\n",
    b"m 2 3 5\n",
    b"heaplab",
    b"heaplab 2\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc3\xa4",
    b"4294967295",
    b"4294967296",
    b"18446744073709551616",
    b"99999999999999999999999",
    b"1048576",
    b"0",
    b"7",
    b"f 0\n",
    b"a 0 1\n",
    b"\x1f\x8b",
    b"\x1a",
    b"\r",
    b"//",
    b"0x",
    b"0xffffffffffffffffffffffffffffffffff",
    b"\xff\xfe",
    b"A",
    b"f 9\n",
    b"w 0 5\n",
];

/// The outcomes of damaged inputs.
#[derive(Default)]
pub struct Outcome {
    /// Inputs that were read as a trace.
    pub accepted: u64,
    /// Inputs that were refused.
    pub refused: u64,
    /// The codes of all problems met.
    pub codes: BTreeSet<&'static str>,
}

/// Reads this many damaged files.
pub fn run(inputs: u64, seed: u64) -> Outcome {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut outcome = Outcome::default();
    for _ in 0..inputs {
        let bytes = damaged(&mut rng);
        let options = ReadOptions {
            dialect: match below(&mut rng, 3) {
                0 => Some(pick(&mut rng, &Dialect::ALL)),
                _ => None,
            },
            lenient: below(&mut rng, 2) == 0,
            renumber: below(&mut rng, 4) == 0,
            limit_bytes: 10_000,
            limit_operations: 10_000,
        };
        let file = pick(&mut rng, &["t.rep", "t.script", "T.SCRIPT.GZ", "log"]);
        check(file, &bytes, &options, &mut outcome);
    }
    outcome
}

fn check(file: &str, bytes: &[u8], options: &ReadOptions, outcome: &mut Outcome) {
    let report = match Trace::parse(file, bytes, options) {
        Ok(reading) => {
            outcome.accepted += 1;
            check_accepted(&reading.trace, bytes);
            reading.warnings
        }
        Err(report) => {
            outcome.refused += 1;
            assert!(!report.is_empty(), "refused without a reason: {bytes:?}");
            report
        }
    };
    let codes = report.diagnostics.iter().map(|d| d.problem.code());
    outcome.codes.extend(codes);
    // Rendering is part of the reader: it must not panic either.
    assert_eq!(report.render(true).is_empty(), report.is_empty());
    for place in report.diagnostics.iter().filter_map(|d| d.place.as_ref()) {
        assert!(place.line > 0 && place.column > 0, "{place:?}");
        assert!(place.text.get(place.span.clone()).is_some(), "{place:?}");
    }
}

fn check_accepted(trace: &Trace, bytes: &[u8]) {
    let ops = trace.ops().to_vec();
    let again = Trace::from_ops("again", trace.weight(), ops);
    assert!(again.is_ok(), "accepted, but not valid: {bytes:?}");
    let written = write(trace, Dialect::Extended, Inexpressible::Refuse).expect("it has all");
    let back = Trace::parse("t.rep", &written.bytes, &ReadOptions::default());
    let back = back.expect("what we write, we read").trace;
    assert_eq!(back.ops(), trace.ops(), "{bytes:?}");
    assert_eq!(back.comments(), trace.comments(), "{bytes:?}");
    if let Ok(written) = write(trace, Dialect::Script, Inexpressible::Refuse)
        && !trace.ops().is_empty()
    {
        let back = Trace::parse("t.script", &written.bytes, &ReadOptions::default());
        let back = back.expect("what we write, we read").trace;
        assert_eq!(back.ops(), trace.ops(), "{bytes:?}");
    }
}

/// Returns one of the seeds after one to six random changes; one in eight as gzip.
fn damaged(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = pick(rng, &SEEDS).as_bytes().to_vec();
    let packed = below(rng, 8) == 0;
    if packed && below(rng, 2) == 0 {
        bytes = compress(&bytes);
    }
    for _ in 0..=below(rng, 6) {
        accident(rng, &mut bytes);
    }
    if packed && below(rng, 2) == 0 {
        bytes = compress(&bytes);
    }
    bytes
}

fn accident(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
    let at = below(rng, bytes.len() + 1);
    let end = (at + below(rng, 9)).min(bytes.len());
    match below(rng, 7) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..at, pick(rng, &PIECES).iter().copied())),
        3 => drop(bytes.splice(at..end, pick(rng, &PIECES).iter().copied())),
        4 if at < bytes.len() => bytes[at] ^= 1 << below(rng, 8),
        5 if at < bytes.len() => bytes[at] = b"0123456789afr- \n"[below(rng, 16)],
        _ => bytes.extend_from_within(at..end),
    }
}

fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    ((u64::from(rng.next_u32()) * end as u64) >> 32) as usize
}

fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    from[below(rng, from.len())]
}
