//! Fuzzing and shrinking on the checked machine.

use crate::{Case, Coverage, Failure, Outcome};
use heaplab_arena::{Refuse, ReserveError};
use heaplab_heap::{Align, Design};
use heaplab_replay::{
    CheckSettings, Fault, Kind, Position, Stopped, check_accesses, check_accesses_with,
};
use heaplab_trace::{Trace, Weight};

/// Runs a case on the checked machine, watched by `coverage`; `watch` gets what is about to be
/// done. It is not a failure if the heap can't be set up because this case's machine refuses it the
/// memory.
///
/// # Errors
/// If the host gives no address space for a machine.
pub fn run_case<D: Design>(
    design: &D,
    align: Align,
    case: &Case,
    coverage: &Coverage,
    watch: &dyn Fn(Position),
) -> Result<Outcome, ReserveError> {
    let watch_and_cover = |position| {
        match position {
            Position::Build => coverage.begin(None),
            Position::Op(index) => coverage.begin(Some(case.trace.ops()[index])),
            Position::Check(_)
            | Position::BadPointers(_)
            | Position::Blocks(_)
            | Position::FreeLists(_)
            | Position::SecondRun(_) => coverage.pause(),
        }
        watch(position);
    };
    let settings = case.settings(align);
    match check_accesses_with(design, &case.trace, &settings, &watch_and_cover, coverage) {
        Ok(_) => Ok(Outcome::Sound),
        Err(Stopped::Fault(fault)) if matches!(fault.kind, Kind::NotBuilt { .. }) => {
            Ok(Outcome::Sound)
        }
        Err(Stopped::Fault(fault)) => Ok(Outcome::Failed(Failure::from(&*fault))),
        Err(Stopped::NoMachine(error)) => Err(error),
    }
}

impl Case {
    /// Returns how the checked machine is to be set up for this case.
    pub fn settings(&self, align: Align) -> CheckSettings {
        CheckSettings {
            align,
            limit_bytes: self.limit_bytes,
            refuse: self.refuse,
            may_run_out: true,
            bad_pointers: self.bad_pointers,
        }
    }
}

/// Returns the smallest heap limit, among powers of two from 16 KiB on, that has room for an empty
/// heap: cases that are to run out of memory start from there.
///
/// # Errors
/// The fault that even an empty heap shows, or that the host gave no address
/// space.
pub fn least_limit_bytes<D: Design>(
    design: &D,
    align: Align,
    watch: &dyn Fn(Position),
) -> Result<u32, Stopped> {
    const LOG2: std::ops::Range<u32> = 14..30;
    let nothing = Trace::from_ops("nothing", Weight::None, Vec::new());
    let Ok(nothing) = nothing else {
        return Ok(1 << LOG2.start);
    };
    let mut last = None;
    for limit_bytes in LOG2.map(|log2| 1 << log2) {
        let settings = CheckSettings {
            align,
            limit_bytes,
            refuse: Refuse::Never,
            may_run_out: true,
            bad_pointers: false,
        };
        match check_accesses(design, &nothing, &settings, watch) {
            Ok(_) => return Ok(limit_bytes),
            Err(Stopped::Fault(fault)) if matches!(fault.kind, Kind::NotBuilt { .. }) => {
                last = Some(fault);
            }
            Err(stopped) => return Err(stopped),
        }
    }
    let none =
        || Box::new(Fault { at: None, kind: Kind::NotBuilt { limit_bytes: 1 << (LOG2.end - 1) } });
    Err(Stopped::Fault(last.unwrap_or_else(none)))
}
