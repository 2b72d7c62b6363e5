//! The checked machine: runs a trace and stops at the very load or store that
//! breaks a rule.
//!
//! Every answer is checked as in [`validate`](crate::validate), and so is every access: the
//! allocator runs over a machine whose probe keeps a [`Shadow`]. A bad access is not made; the
//! probe unwinds out of the allocator, and the heap can still be looked at, as it was just before.
//!
//! The heap's own `check` walks all of it, so it can't be called after every operation of a long
//! trace. It is called after each of the first operations, and later as often as it takes at most
//! two thirds of the time. On a fault the trace is run again with more checks since the last
//! one that passed, until the operation that broke the heap is known. The blocks are counted as
//! well, after some operations for each block there is, and at the end.
//!
//! Between the operations the heap is called with bad pointers (module `bad_pointers`).

use crate::accounting::Accounting;
use crate::check_budget::CheckBudget;
use crate::fault::{Fault, Kind};
use crate::foreign;
use crate::narrow::first_failing_check;
use crate::repeat::{Passed, repeat};
use crate::say;
use crate::scene::{CheckSettings, Run, Scene};
use crate::shadow::Shadow;
use crate::validity::check_struct_size;
use crate::watch::{Position, Stopped};
use heaplab_arena::host::Host;
use heaplab_arena::{Probe, Silent};
use heaplab_heap::{Design, Heap};
use heaplab_trace::Trace;

mod bad_pointers;

use bad_pointers::{BadPointers, Ended};

/// What a check that found no fault looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CheckCounts {
    /// Operations.
    pub ops: u64,
    /// Loads and stores of the allocator, all of them checked; a copy counts as one.
    pub accesses: u64,
    /// How often the heap's own `check` was called.
    pub checks: u64,
    /// How many calls with bad pointers were made between the operations.
    pub bad_pointers: u64,
}

/// Examines `design` on `trace`.
///
/// # Errors
/// The first fault, or that the host gave no address space.
pub fn check_accesses<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    watch: &dyn Fn(Position),
) -> Result<CheckCounts, Stopped> {
    check_accesses_with(design, trace, settings, watch, &Silent)
}

/// Examines `design` with another probe that sees all that the allocator does.
///
/// # Errors
/// As for [`check_accesses`].
pub fn check_accesses_with<D: Design, P: Probe>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    watch: &dyn Fn(Position),
    extra: &P,
) -> Result<CheckCounts, Stopped> {
    let nothing_more = |_: &Run<'_, D, P>, _| Ok(());
    let (examined, ()) = check_and_look(design, trace, settings, watch, extra, nothing_more)?;
    Ok(examined)
}

/// As [`check_accesses_with`]; when all operations are done, calls `look` on the heap.
///
/// # Errors
/// As for [`check_accesses`], and what `look` returns.
pub(crate) fn check_and_look<D: Design, P: Probe, T>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    watch: &dyn Fn(Position),
    extra: &P,
    look: impl Fn(&Run<'_, D, P>, AtEnd) -> Result<T, Stopped>,
) -> Result<(CheckCounts, T), Stopped> {
    check_struct_size::<D>()?;
    let scene = Scene { design, trace, settings, watch, is_second: false };
    // A run is only begun again where nothing else has seen it.
    let mut copies = !P::IS_SILENT || D::IS_NATIVE || say::is_on();
    let (examined, passed, seen) = loop {
        match scene.first_run(copies, extra, &look) {
            Ok(run) => break run,
            Err(Early::Unsound { stopped, good }) => return Err(scene.narrow(stopped, good)?),
            Err(Early::Unclear) => copies = true,
        }
    };
    scene.second_run(&passed)?;
    Ok((examined, seen))
}

/// What was counted when all operations are done.
pub(crate) struct AtEnd {
    /// What was checked.
    pub(crate) examined: CheckCounts,
    /// How many accesses the last `check` took.
    pub(crate) check_accesses: u64,
    /// How many words the operations loaded and stored, without setting up the empty heap.
    pub(crate) touches: u64,
}

/// What ended the first run early.
enum Early {
    /// A fault.
    Unsound {
        stopped: Stopped,
        /// How many operations were done when `check` passed last, or the account, if that found
        /// the fault.
        good: usize,
    },
    /// Another run has to say whether a call with a bad pointer did wrong.
    Unclear,
}

impl<D: Design> Scene<'_, D> {
    /// Runs all operations, and as many checks as the budget allows. Also returns what the run
    /// leaves, and what `look` returned at the end. `copies` says whether the
    /// heap's bytes are copied before calls with bad pointers.
    fn first_run<P: Probe, T>(
        &self,
        copies: bool,
        extra: &P,
        look: &impl Fn(&Run<'_, D, P>, AtEnd) -> Result<T, Stopped>,
    ) -> Result<(CheckCounts, Passed, T), Early> {
        let shadow = Shadow::new();
        shadow.listen();
        let mut good = 0;
        let unsound = |good| move |stopped| Early::Unsound { stopped, good };
        let mut run = self.start(&shadow, extra).map_err(unsound(0))?;
        let touches_to_set_up = shadow.work().touches();
        run.note_own_blocks().map_err(unsound(0))?;
        let mut accounting = Accounting::new();
        let mut budget = CheckBudget::new(self.trace.ops().len());
        let mut bad_pointers = BadPointers::new(self.trace.ops().len(), copies);
        let mut checks = 0;
        let mut addresses = Vec::with_capacity(self.trace.ops().len());
        for done in 0..=self.trace.ops().len() {
            if let Some(index) = done.checked_sub(1) {
                bad_pointers.before(&run, index);
                addresses.push(run.step(index).map_err(unsound(good))?);
            }
            let is_last = done == self.trace.ops().len();
            if is_last || budget.allows(shadow.steps() - bad_pointers.steps()) {
                let before = shadow.steps();
                run.check(done).map_err(unsound(good))?;
                budget.pay(shadow.steps() - before);
                good = done;
                checks += 1;
            }
            if is_last || accounting.is_due(done) {
                let blocks = run.account(done);
                let good = accounting.last();
                accounting.note(done, blocks.map_err(unsound(good))?);
            }
            if let (true, Some(index)) = (self.settings.bad_pointers, done.checked_sub(1)) {
                bad_pointers.after(&mut run, index).map_err(|ended| match ended {
                    Ended::Stopped(stopped) => Early::Unsound { stopped, good },
                    Ended::Unclear => Early::Unclear,
                })?;
            }
        }
        run.read_all_payloads().map_err(unsound(good))?;
        let examined = CheckCounts {
            ops: addresses.len() as u64,
            accesses: shadow.steps(),
            checks,
            bad_pointers: bad_pointers.calls,
        };
        let at_end = AtEnd {
            examined,
            // The last check was the one at the end.
            check_accesses: budget.last(),
            touches: shadow.work().touches() - touches_to_set_up,
        };
        let seen = look(&run, at_end).map_err(unsound(good))?;
        Ok((examined, Passed::new(run.checked().heap().arena(), addresses), seen))
    }

    /// Finds out whether `check` fails after an operation before the fault, and after which one
    /// first. `check` passed when `good` operations were done.
    fn narrow(&self, stopped: Stopped, good: usize) -> Result<Stopped, Stopped> {
        let Stopped::Fault(fault) = stopped else {
            return Ok(stopped);
        };
        let fails_after = fault.at.map_or(0, |at| at.op_index + 1);
        let (done, kind) = first_failing_check(good..fails_after, *fault, |checks| {
            let shadow = Shadow::new();
            let mut run = self.start(&shadow, &Silent)?;
            run.note_own_blocks()?;
            for index in 0..fails_after {
                run.step(index)?;
                if checks.is_due(index + 1) {
                    run.check(index + 1)?;
                    run.account(index + 1)?;
                }
            }
            Ok(())
        })?;
        Ok(self.fault_after(done, kind).into())
    }

    /// Runs the operations of native code once more on a fresh machine. The accesses are checked
    /// again: what the code still has in its variables leads it outside the heap.
    fn second_native_run(&self, first: &Passed) -> Result<(), Stopped> {
        let shadow = Shadow::new();
        let wrap = |stopped| match stopped {
            Stopped::Fault(fault) => {
                let kind = Kind::SecondRunFault(Box::new(fault.kind));
                Stopped::from(Fault { at: fault.at, kind })
            }
            stopped => stopped,
        };
        let mut run = self.start(&shadow, &Silent).map_err(wrap)?;
        for (index, &first) in first.addresses.iter().enumerate() {
            let second = run.step(index).map_err(wrap)?;
            if second != first {
                let kind = Kind::SecondRun { first, second: Ok(second) };
                return Err(self.fault_after(index + 1, kind).into());
            }
        }
        Ok(())
    }

    /// Runs the operations once more on a fresh machine where no access is stopped.
    fn second_run(&self, first: &Passed) -> Result<(), Stopped> {
        if D::IS_NATIVE {
            return foreign::with_kept_variables(|| self.second_native_run(first));
        }
        (self.watch)(Position::Build);
        let shadow = Shadow::that_counts();
        let arena = self.machine((&shadow, &Silent))?;
        let limit_bytes = arena.limit_bytes();
        let not_built = |_| Fault { at: None, kind: Kind::NotBuilt { limit_bytes } };
        let mut heap = self.design.build(arena, self.settings.align).map_err(not_built)?;
        Ok(repeat(&mut heap, self.trace, first, self.settings.may_run_out, self.watch, |_| Ok(()))?)
    }
}
