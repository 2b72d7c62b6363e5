//! Records for tests: a few fixed ones, and arbitrary ones.

use crate::*;
use heaplab_replay::Facts;
use proptest::prelude::*;

fn facts(peak_payload_bytes: u64, heap_bytes: u64, loads: u64, stores: u64) -> Facts {
    Facts { ops: 10, peak_payload_bytes, heap_bytes, sbrk_calls: 1, loads, stores }
}

fn rules() -> ([StageRule; 2], [MeasureRule; 2]) {
    let stage = |name: &str, title: &str, points| StageRule {
        name: name.into(),
        title: title.into(),
        points: Points::whole(points),
        partial: true,
        hidden: false,
    };
    let measure = |name: &str, what, none, full| {
        MeasureRule::new(name, what, Points::whole(10), none, full).unwrap()
    };
    (
        [stage("place", "Place", 6), stage("coalesce", "Coalesce", 10)],
        [
            measure("utilization", What::Utilization, 0.0, 0.5),
            measure("work", What::TouchesPerOp, 100.0, 10.0),
        ],
    )
}

/// Returns a record with this submission name, before anything was run.
pub fn new(name: &str, verdict: Verdict) -> Record {
    let submission = Submission {
        name: name.into(),
        file: Some("lib.rs".into()),
        sha256: Digest::of(name.as_bytes()),
        submitters: Vec::new(),
        remarks: Vec::new(),
    };
    let lab = Lab { name: "1-implicit".into(), sha256: Digest::of(b"lab") };
    let harness = Harness { version: "0.1.0".into(), sha256: Digest::of(b"harness") };
    let (stages, measures) = rules();
    let mut record = Record::new(verdict, submission, lab, harness);
    record.stages = stages.iter().map(Stage::not_run).collect();
    record.measures = measures.iter().map(MeasureRule::not_run).collect();
    record.add_up()
}

/// Returns a record whose submission ran on these traces
/// and passed these of the two checks of its second stage.
pub fn ran(name: &str, traces: Vec<TraceResult>, passed: [bool; 2]) -> Record {
    let (stages, measures) = rules();
    let mut record = new(name, Verdict::Graded);
    let titles = ["a free block before it", "a block between two free ones becomes one with both"];
    let checks = titles.into_iter().zip(passed).map(|(title, passed)| {
        if passed { Check::passed(title) } else { Check::failed(title, fault()) }
    });
    record.stages = vec![
        Stage::grade(&stages[0], vec![Check::passed("the first fit"), Check::passed("the rest")]),
        Stage::grade(&stages[1], checks.collect()),
    ];
    record.measures = measures.iter().map(|rule| rule.grade(&traces, None)).collect();
    record.traces = traces;
    record.style = Style {
        struct_bytes: Some(16),
        check_is_own: Some(true),
        check_accesses: Some(12),
        holes_left: Some(0),
    };
    record.add_up()
}

fn fault() -> Fault {
    Fault {
        code: "blocks".into(),
        message: "one free block of 96 bytes is expected\n0x10000 32 free".into(),
        line: Some(3),
        operation: Some("f 0".into()),
        again: Some("lab-1-implicit check --trace coalesce.rep --until 3".into()),
    }
}

/// Returns a record of a half solution: 21 of 36 points, a hidden trace not valid.
pub fn record() -> Record {
    let hidden = Fault {
        code: "overlap".into(),
        message: "the payload of 4242 bytes overlaps block 16".into(),
        line: Some(21),
        operation: Some("a 17 99".into()),
        again: None,
    };
    let traces = vec![
        TraceResult::sound("classic/a.rep", false, Counts::Both, facts(75, 100, 10, 20)),
        TraceResult::sound("classic/b.rep", false, Counts::Both, facts(75, 100, 20, 10)),
        TraceResult::at_fault("secret/one.rep", true, Counts::Both, hidden),
    ];
    ran("ada", traces, [true, false])
}

/// Returns a record with a hidden stage, and two hidden traces.
pub fn secret() -> Record {
    let mut record = record();
    let sound = facts(75, 100, 10, 20);
    record.traces.push(TraceResult::sound("secret/two.rep", true, Counts::Both, sound));
    let fault = Fault::new("overlap", "the payload of 4242 bytes overlaps").at(2, "a 17 99");
    let checks = vec![
        Check::passed("another kept back check").hidden("a 0 4242"),
        Check::failed("a kept back check", fault).hidden("a 0 4242, f 0"),
    ];
    let rule = StageRule {
        name: "secret-realloc".into(),
        title: "Secret realloc".into(),
        points: Points::whole(5),
        partial: true,
        hidden: true,
    };
    record.stages.push(Stage::grade(&rule, checks));
    record.add_up()
}

/// Returns a record with all points.
pub fn sound() -> Record {
    let trace = TraceResult::sound("classic/a.rep", false, Counts::Both, facts(75, 100, 10, 20));
    ran("grace", vec![trace], [true, true])
}

/// Returns a record that was refused by the scan of its tokens.
pub fn refused() -> Record {
    let mut record = new("eve", Verdict::Refused);
    record.findings = vec![Finding {
        line: Some(3),
        column: Some(1),
        what: "extern crate".into(),
        why: "a heap has no use for other crates".into(),
    }];
    record
}

/// Returns a record of a submission that does not compile.
pub fn not_compiled() -> Record {
    let mut record = new("alan", Verdict::NotCompiled);
    record.set_compiler("error[E0425]: cannot find value `size` in this scope\n --> lib.rs:12:5\n");
    record
}

/// Generates texts that break formats which don't escape them.
pub fn any_text() -> impl Strategy<Value = String> {
    let short = [
        "\"", "'", "\\", "\n", "\r\n", "\t", "\0", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}",
        "\u{fffe}", "\u{ffff}", "]]>", "<b>", "&", "&amp;", "&#0;", "a: b", "word:", ":", "{", "}",
        "🦀", "e\u{301}", "|", "`", "```", "\n```\n", "~~~", "*", "_", "# ", "- ", "> ", "1. ",
        "[x](y)", "![x](y)", "=1+1", "+", "@", ",", ";", "$x$", "    ", "---", "===", "\\", "é",
        "0", "a",
    ];
    let long = ["\u{1b}[31m", "<![CDATA[", "</testcase>", "<http://a>"];
    let piece = prop_oneof![
        prop::sample::select([&short[..], &long].concat()).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[a-z ]{0,6}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let texts =
        (any_text(), any_text(), prop::option::of(any_text()), prop::option::of(any_text()));
    (texts, any::<Option<u32>>()).prop_map(|((code, message, operation, again), line)| Fault {
        code,
        message,
        line,
        operation,
        again,
    })
}

fn any_stage() -> impl Strategy<Value = Stage> {
    let check = (any_text(), prop::option::of(any_fault())).prop_map(|(title, fault)| Check {
        title,
        passed: fault.is_none(),
        fault,
        operations: None,
    });
    let checks = prop::collection::vec(check, 0..4);
    (any_text(), any_text(), 0_u64..10_000, any::<[bool; 2]>(), checks).prop_map(
        |(name, title, points, [partial, hidden], checks)| {
            let points = Points::from_hundredths(points);
            Stage::grade(&StageRule { name, title, points, partial, hidden }, checks)
        },
    )
}

fn any_trace() -> impl Strategy<Value = TraceResult> {
    let facts = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
        |(ops, peak, more, loads, stores)| Facts {
            ops: ops.into(),
            peak_payload_bytes: peak.into(),
            heap_bytes: u64::from(peak) + u64::from(more),
            sbrk_calls: 1,
            loads: loads.into(),
            stores: stores.into(),
        },
    );
    let counts = prop::sample::select(
        &[Counts::Both, Counts::Utilization, Counts::Work, Counts::Neither][..],
    );
    let ran = prop_oneof![facts.prop_map(Ok), any_fault().prop_map(Err)];
    (any_text(), any::<bool>(), counts, ran).prop_map(|(name, hidden, counts, ran)| match ran {
        Ok(facts) => TraceResult::sound(name, hidden, counts, facts),
        Err(fault) => TraceResult::at_fault(name, hidden, counts, fault),
    })
}

fn any_rule() -> impl Strategy<Value = MeasureRule> {
    let what = prop::sample::select(&[What::Utilization, What::TouchesPerOp, What::Throughput][..]);
    (any_text(), what, 0_u64..10_000, -1e3..1e3, 1e-3..1e3).prop_map(
        |(name, what, points, none, range)| {
            MeasureRule::new(name, what, Points::from_hundredths(points), none, none + range)
                .unwrap()
        },
    )
}

fn any_submission() -> impl Strategy<Value = Submission> {
    let maybe = || prop::option::of(any_text());
    let submitter =
        (maybe(), maybe(), maybe()).prop_map(|(name, email, id)| Submitter { name, email, id });
    let submitters = prop::collection::vec(submitter, 0..3);
    let remarks = prop::collection::vec(any_text(), 0..3);
    (any_text(), maybe(), submitters, remarks).prop_map(|(name, file, submitters, remarks)| {
        Submission { sha256: Digest::of(name.as_bytes()), name, file, submitters, remarks }
    })
}

/// Generates any record that a harness could make, with any text a student could put in.
pub fn any_record() -> impl Strategy<Value = Record> {
    let verdicts =
        [Verdict::Graded, Verdict::Refused, Verdict::NotCompiled, Verdict::NotASubmission];
    let finding = (any::<Option<u32>>(), any::<Option<u32>>(), any_text(), any_text())
        .prop_map(|(line, column, what, why)| Finding { line, column, what, why });
    let style =
        (any::<Option<u64>>(), any::<Option<bool>>(), any::<Option<u64>>(), any::<Option<u32>>())
            .prop_map(|(struct_bytes, check_is_own, check_accesses, holes_left)| Style {
                struct_bytes,
                check_is_own,
                check_accesses,
                holes_left,
            });
    let ran = (
        prop::collection::vec(any_stage(), 0..4),
        prop::collection::vec(any_rule(), 0..3),
        prop::collection::vec(any_trace(), 0..4),
        style,
    );
    let said = (
        prop::collection::vec(finding, 0..3),
        prop::option::of(any_text()),
        any_text(),
        any_text(),
    );
    let verdict = prop::sample::select(verdicts.to_vec());
    (any_submission(), verdict, ran, said, prop::option::of(0.0..3.0)).prop_map(
        |(
            submission,
            verdict,
            (stages, rules, traces, style),
            (findings, compiler, lab, version),
            ratio,
        )| {
            let lab = Lab { sha256: Digest::of(lab.as_bytes()), name: lab };
            let harness = Harness { sha256: Digest::of(version.as_bytes()), version };
            let mut record = Record::new(verdict, submission, lab, harness);
            let ran = verdict == Verdict::Graded;
            record.stages = stages;
            record.measures = rules
                .iter()
                .map(|rule| if ran { rule.grade(&traces, ratio) } else { rule.not_run() })
                .collect();
            record.traces = if ran { traces } else { Vec::new() };
            record.style = if ran { style } else { Style::default() };
            record.findings = findings;
            record.compiler = compiler;
            record.add_up()
        },
    )
}
