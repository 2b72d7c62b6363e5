//! Records for tests.

use heaplab_grade::{
    Check, Counts, Digest, Fault, Harness, Lab, MeasureRule, Points, Record, Stage, StageRule,
    Submission, TraceResult, Verdict, What,
};
use heaplab_replay::Facts;

/// Returns a record of two stages with two checks each, of which the first `passed` pass, and of
/// two traces with this utilization.
pub fn record(name: &str, passed: usize, utilization: f64) -> Record {
    let submission = Submission {
        name: name.into(),
        file: Some("lib.rs".into()),
        sha256: Digest::of(name.as_bytes()),
        submitters: Vec::new(),
        remarks: Vec::new(),
    };
    let lab = Lab { name: "1-implicit".into(), sha256: Digest::of(b"lab") };
    let harness = Harness { version: "0.1.0".into(), sha256: Digest::of(b"harness") };
    let mut record = Record::new(Verdict::Graded, submission, lab, harness);
    let stage = |name: &str, first: usize| {
        let rule = StageRule {
            name: name.into(),
            title: format!("{name} <blocks>"),
            points: Points::whole(20),
            partial: true,
            hidden: false,
        };
        let check = |number: usize| {
            let title = ["the first", "the second", "the third", "the fourth"][number];
            if number < passed {
                Check::passed(title)
            } else {
                Check::failed(title, Fault::new("T21", "two blocks overlap"))
            }
        };
        Stage::grade(&rule, vec![check(first), check(first + 1)])
    };
    record.stages = vec![stage("place", 0), stage("coalesce", 2)];
    let facts = Facts {
        ops: 100,
        peak_payload_bytes: (utilization * 1000.0) as u64,
        heap_bytes: 1000,
        sbrk_calls: 1,
        loads: 400,
        stores: 100,
    };
    let trace = |name: &str| TraceResult::sound(name, false, Counts::Both, facts);
    record.traces = vec![trace("classic/binary.rep"), trace("growth")];
    let rule = MeasureRule::new("utilization", What::Utilization, Points::whole(60), 0.0, 1.0);
    record.measures = rule.into_iter().map(|rule| rule.grade(&record.traces, None)).collect();
    record.add_up()
}

/// Returns a record of a submission that does not compile.
pub fn not_compiled(name: &str) -> Record {
    let mut record = record(name, 0, 0.0);
    record.verdict = Verdict::NotCompiled;
    record.traces.clear();
    for stage in &mut record.stages {
        stage.checks.clear();
    }
    record
}

/// Returns a class of different records.
pub fn class() -> Vec<Record> {
    let mut class: Vec<Record> = (0..5)
        .map(|passed| record(&format!("student-{passed}"), passed, 0.1 + passed as f64 / 5.0))
        .collect();
    class.push(record("<b>&\"eve\u{202e}", 3, 0.9));
    class.push(not_compiled("bob"));
    class
}
