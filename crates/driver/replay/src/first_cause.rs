//! Validation, with the first cause of a second run that differs.
//!
//! A second run is where it shows that a heap takes something from where it may not: from a payload
//! that the program holds, or from memory that nothing was written to. The checked machine stops at
//! the access that reads it.

use crate::Facts;
use crate::check_accesses::check_accesses;
use crate::fault::Kind;
use crate::scene::CheckSettings;
use crate::validity::{self, Settings};
use crate::watch::{Position, Stopped};
use heaplab_arena::{Probe, Refuse, Silent};
use heaplab_heap::Design;
use heaplab_trace::Trace;

/// Runs `trace` on `design` and checks every answer.
///
/// # Errors
/// The first fault, or that the host gave no address space. If a second run differs from the first
/// because of a wrong access, that access is the fault.
pub fn validate<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    watch: &dyn Fn(Position),
) -> Result<Facts, Stopped> {
    validate_with_probe(design, trace, settings, &Silent, watch)
}

/// As [`validate`], with a `probe` that watches the second run's machine from the set-up of the
/// empty heap on. Its counts belong to checked answers: the second run gives the addresses of the
/// first, or is a fault. `watch` gets [`Position::SecondRun`] where one operation ends and the next
/// begins.
///
/// # Errors
/// As for [`validate`].
pub fn validate_with_probe<D: Design, P: Probe>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    probe: &P,
    watch: &dyn Fn(Position),
) -> Result<Facts, Stopped> {
    validity::validate_with_probe(design, trace, settings, probe, watch).map_err(|stopped| {
        match stopped {
            Stopped::Fault(fault) if is_of_second_run(&fault.kind) => {
                first_cause(design, trace, settings, watch).unwrap_or(Stopped::Fault(fault))
            }
            stopped => stopped,
        }
    })
}

fn is_of_second_run(kind: &Kind) -> bool {
    matches!(kind, Kind::SecondRun { .. } | Kind::SecondRunFigure(_) | Kind::SecondRunFault(_))
}

/// Returns the access that is to blame, or another fault that shows before the second run.
fn first_cause<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    watch: &dyn Fn(Position),
) -> Option<Stopped> {
    let checking = CheckSettings {
        align: settings.align,
        limit_bytes: settings.limit_bytes,
        refuse: Refuse::default(),
        may_run_out: false,
        bad_pointers: false,
    };
    match check_accesses(design, trace, &checking, watch) {
        Err(Stopped::Fault(fault))
            if !matches!(fault.kind, Kind::SecondRun { .. } | Kind::SecondRunFigure(_)) =>
        {
            Some(Stopped::Fault(fault))
        }
        _ => None,
    }
}
