//! What students may see of hidden traces and checks.

use crate::{Check, Fault, Record, Stage, TraceResult};

/// Whether a text for students tells what hidden traces and checks hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hidden {
    /// No: neither names nor titles, faults or figures; only whether each is fine.
    #[default]
    Withheld,
    /// Yes, all that the record has.
    Shown,
}

impl Record {
    /// Returns the record as students may see it. Points stay as they are.
    ///
    /// If what is hidden is withheld, hidden traces, stages and checks have numbers in place of
    /// names, and no faults. If it is shown, they are marked in their names, and are like others.
    pub fn for_students(&self, hidden: Hidden) -> Record {
        let mut record = self.clone();
        let stages = record.stages.iter_mut().filter(|stage| stage.hidden);
        stages.zip(1..).for_each(|(stage, number)| match hidden {
            Hidden::Withheld => withhold(stage, number),
            Hidden::Shown => show(stage),
        });
        let traces = record.traces.iter_mut().filter(|trace| trace.hidden);
        traces.zip(1..).for_each(|(trace, number)| match hidden {
            Hidden::Withheld => withhold_trace(trace, number),
            Hidden::Shown => {
                trace.trace += MARK;
                trace.hidden = false;
            }
        });
        record
    }

    /// Returns whether the record has traces or checks that students do not have.
    pub fn has_hidden(&self) -> bool {
        let stages = self.stages.iter().any(|stage| stage.hidden);
        stages || self.traces.iter().any(|trace| trace.hidden)
    }
}

/// What follows the name of something that was hidden.
const MARK: &str = " (hidden)";

fn withhold(stage: &mut Stage, number: u32) {
    stage.name = format!("hidden-{number}");
    stage.title = format!("Hidden checks {number}");
    for (check, number) in stage.checks.iter_mut().zip(1..) {
        *check = Check {
            title: format!("hidden check {number}"),
            passed: check.passed,
            fault: None,
            operations: None,
        };
    }
}

fn withhold_trace(trace: &mut TraceResult, number: u32) {
    trace.trace = format!("hidden trace {number}");
    trace.fault = None;
}

/// Marks a stage, and adds the operations of its checks to their faults: students can't look them
/// up.
fn show(stage: &mut Stage) {
    stage.title += MARK;
    stage.hidden = false;
    for check in &mut stage.checks {
        if let (Some(fault), Some(operations)) = (&mut check.fault, check.operations.take()) {
            let message = format!("{}\nthe operations: {operations}", fault.message.trim_end());
            fault.message = Fault::new("", &message).message;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{any_record, secret};
    use crate::formats::{self, gradescope};
    use proptest::prelude::*;

    /// Returns what students of each platform get.
    fn texts(record: &Record, hidden: Hidden) -> Vec<String> {
        let options = gradescope::Options { hidden, ..gradescope::Options::default() };
        vec![
            formats::markdown(record, hidden),
            gradescope::results(record, &options),
            formats::autolab::last_line(record),
            formats::classroom::document(record, hidden),
            formats::junit(std::slice::from_ref(record), hidden),
        ]
    }

    /// All that `secret` hides begins so.
    const SECRET: [&str; 6] = ["secret", "Secret", "4242", "a 17 99", "kept back", "R7"];

    #[test]
    fn nothing_hidden_is_in_a_text_for_students() {
        for text in texts(&secret(), Hidden::Withheld) {
            for word in SECRET {
                assert!(!text.contains(word), "{word}:\n{text}");
            }
        }
        let text = formats::markdown(&secret(), Hidden::Withheld);
        for part in [
            "| Hidden checks 1 | 2.50 | 5.00 | 1 of 2 checks passed |",
            "The first check that failed: **hidden check 2**.",
            "| hidden trace 1 | **not valid** |  |  |",
            "| hidden trace 2 | valid |  |  |",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn all_of_it_is_there_afterwards() {
        let text = formats::markdown(&secret(), Hidden::Shown);
        for part in [
            "Secret realloc (hidden)",
            "a kept back check",
            "a 17 99",
            "the operations: a 0 4242, f 0",
            "secret/one.rep (hidden)",
            "the payload of 4242 bytes overlaps block 16",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn points_do_not_depend_on_what_is_shown() {
        for hidden in [Hidden::Withheld, Hidden::Shown] {
            let shown = secret().for_students(hidden);
            assert_eq!(shown.points, secret().points);
            assert_eq!(shown.stages.last().unwrap().points, secret().stages.last().unwrap().points);
        }
        assert!(secret().has_hidden() && !crate::examples::sound().has_hidden());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_of_any_hidden_trace_or_check_is_left(record in any_record()) {
            let seen = record.for_students(Hidden::Withheld);
            for stage in seen.stages.iter().filter(|stage| stage.hidden) {
                prop_assert!(stage.name.starts_with("hidden-"));
                let silent = |check: &Check| check.fault.is_none() && check.operations.is_none();
                prop_assert!(stage.checks.iter().all(silent));
            }
            for trace in seen.traces.iter().filter(|trace| trace.hidden) {
                prop_assert!(trace.trace.starts_with("hidden trace ") && trace.fault.is_none());
            }
            prop_assert!(!record.for_students(Hidden::Shown).has_hidden());
        }
    }
}
