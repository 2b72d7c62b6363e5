//! Records for tests.

use heaplab_grade::{
    Check, Digest, Fault, Harness, Lab, Points, Record, Stage, StageRule, Submission, Verdict,
};

/// Returns a record of this name with 40 of 100 points.
pub fn record(name: &str) -> Record {
    with_points(name, 40)
}

/// Returns a record of this name with this many of 100 points, from 0 to 100.
pub fn with_points(name: &str, points: usize) -> Record {
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
    let rule = StageRule {
        name: "split".into(),
        title: "Split".into(),
        points: Points::whole(100),
        partial: true,
        hidden: false,
    };
    let check = |number| {
        if number < points {
            Check::passed("a check")
        } else {
            Check::failed("a check", Fault::new("T21", "it overlaps"))
        }
    };
    record.stages = vec![Stage::grade(&rule, (0..100).map(check).collect())];
    record.add_up()
}
