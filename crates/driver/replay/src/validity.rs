//! Is every answer of a heap correct?
//!
//! Two runs of the trace, each on a fresh machine:
//!
//! 1. Every result is checked (aligned, inside the heap, overlapping nothing) and every payload is
//!    written and read back: before a realloc and after it, at the free, at the end. Then the
//!    heap's own `check`, and an account of its blocks: is every byte in one part, and every
//!    allocated block held? Accounts are also taken during the run, less often the more blocks
//!    there are.
//! 2. The same operations, on a machine that counts loads and stores and checks that each store is
//!    inside the heap segment. The addresses must be the same as before, and the bytes of the heap.
//!
//! For a grade both runs are on the same machine ([`validate_for_grade`]).
//!
//! When a payload is found changed, or `check` or an account fails, the first run is repeated with
//! closer checks, to name the operation that caused it.

use crate::accounting::Accounting;
use crate::checked_run::CheckedRun;
use crate::evidence::When;
use crate::fault::{At, Fault, Kind};
use crate::guard::{Checked, Guard, Informed};
use crate::in_place::InPlace;
use crate::narrow::{Checks, first_failing_check, is_found_by_check};
use crate::repeat::{Passed, expect_equal, repeat};
use crate::shadow::Shadow;
use crate::watch::{Position, Stopped};
use crate::{Counting, Facts};
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Addr, Arena, Probe, Silent};
use heaplab_heap::{Align, Design, Heap};
use heaplab_trace::{Id, Trace};
use std::num::NonZeroU32;

/// The most bytes a heap's value may have, the machine not counted.
pub const STRUCT_LIMIT_BYTES: usize = 128;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The alignment of payloads.
    pub align: Align,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
    /// Call the heap's own `check` each time after this many operations, and not only at the end.
    pub check_every: Option<NonZeroU32>,
}

/// Runs `trace` on `design`, checks every answer, and runs it again with a `probe`.
///
/// # Errors
/// The first fault, or that the host gave no address space.
pub(crate) fn validate_with_probe<D: Design, P: Probe>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    probe: &P,
    watch: &dyn Fn(Position),
) -> Result<Facts, Stopped> {
    check_struct_size::<D>()?;
    if D::IS_NATIVE {
        return validate_native(design, trace, settings, probe, watch);
    }
    let attempt = Attempt { design, trace, settings, watch, guard: Silent };
    let passed = attempt.passed()?;
    let (loads, stores) = attempt.second_run(&passed, probe)?;
    Ok(attempt.facts(&passed, loads, stores))
}

/// As [`validate_with_probe`], for native code, which could damage this process. The first run is
/// on the machine that sees each store, and the code that is timed later must give the same answers
/// in a third run.
fn validate_native<D: Design, P: Probe>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    probe: &P,
    watch: &dyn Fn(Position),
) -> Result<Facts, Stopped> {
    let shadow = Shadow::that_counts();
    let guard: Checked<'_, Silent> = (&shadow, &Silent);
    let attempt = Attempt { design, trace, settings, watch, guard };
    let passed = attempt.passed()?;
    let (loads, stores) = attempt.second_run(&passed, probe)?;
    let mut heap = attempt.build(Silent)?;
    repeat(&mut heap, trace, &passed, false, watch, |_| Ok(()))?;
    Ok(attempt.facts(&passed, loads, stores))
}

/// What a validation for a grade found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// The facts.
    pub facts: Facts,
    /// The address that each operation returned; null for those that return nothing.
    pub addresses: Vec<Addr>,
}

/// As [`validate`](crate::validate), for a heap that may try to find out in which run it is:
/// both runs, and all runs of [`check_whole`](crate::check_whole), are on machines of one type. The
/// first run is the one that is checked, and all facts are counted in it.
///
/// # Errors
/// As for [`validate`](crate::validate).
pub fn validate_for_grade<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    watch: &dyn Fn(Position),
) -> Result<Graded, Stopped> {
    check_struct_size::<D>()?;
    let shadow = Shadow::that_counts();
    let guard: Checked<'_, Silent> = (&shadow, &Silent);
    let attempt = Attempt { design, trace, settings, watch, guard };
    let passed = attempt.passed()?;
    let (loads, stores) = (shadow.work().loads(), shadow.work().stores());
    let mut heap = InPlace(attempt.build(guard)?);
    shadow.count_all();
    repeat(&mut *heap, trace, &passed, false, watch, |_| Ok(()))?;
    expect_equal("words loaded", loads, shadow.work().loads())?;
    expect_equal("words stored", stores, shadow.work().stores())?;
    Ok(Graded { facts: attempt.facts(&passed, loads, stores), addresses: passed.addresses })
}

/// Runs `trace` on `design` once, checks every answer and counts no access: what the answers are is
/// then known to a run that is timed.
///
/// # Errors
/// As for [`validate`](crate::validate).
pub fn answers<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    watch: &dyn Fn(Position),
) -> Result<Graded, Stopped> {
    let attempt = Attempt { design, trace, settings, watch, guard: Silent };
    let passed = attempt.passed()?;
    Ok(Graded { facts: attempt.facts(&passed, 0, 0), addresses: passed.addresses })
}

/// Checks the lab's rule that an allocator keeps its lists in the heap. What native code keeps in
/// its own variables is not in the struct.
pub(crate) fn check_struct_size<D: Design>() -> Result<(), Fault> {
    let bytes = struct_bytes::<D>();
    if D::IS_NATIVE || bytes <= STRUCT_LIMIT_BYTES {
        return Ok(());
    }
    Err(Fault { at: None, kind: Kind::StructTooLarge { bytes, limit: STRUCT_LIMIT_BYTES } })
}

/// Returns the bytes in a heap's value, the machine not counted.
pub(crate) fn struct_bytes<D: Design>() -> usize {
    size_of::<D::Heap<Silent>>().saturating_sub(size_of::<Arena<Silent>>())
}

/// Checks the lab's other rule: memory that an allocator uses in the machine comes from `sbrk`.
fn expect_inside<P: Probe>(arena: &Arena<P>, stray_store: Option<Addr>) -> Result<(), Kind> {
    match stray_store {
        None => Ok(()),
        Some(addr) => Err(Kind::StrayStore { addr, start: arena.start(), end: arena.brk() }),
    }
}

/// What every run of one validation has in common.
struct Attempt<'a, D, G> {
    design: &'a D,
    trace: &'a Trace,
    settings: &'a Settings,
    watch: &'a dyn Fn(Position),
    /// The probe of the runs that are checked.
    guard: G,
}

/// What a first run checks besides the answers.
struct Look {
    checks: Checks,
    /// An id whose payload is read after every operation.
    watched: Option<Id>,
    /// Whether accounts are taken when they are due; besides, there is one with every check.
    accounts: bool,
    /// Whether a fault is to be found where it happens, however long it takes.
    thorough: bool,
}

impl<D: Design, G: Guard + Copy> Attempt<'_, D, G> {
    /// Performs the first run. If it finds a fault, looks for the operation that caused it.
    fn passed(&self) -> Result<Passed, Stopped> {
        let every = self.settings.check_every;
        let ordinary = Look {
            checks: every.map_or(Checks::NONE, |every| Checks::every(every.get() as usize)),
            watched: None,
            accounts: true,
            thorough: false,
        };
        let mut accounting = Accounting::new();
        match self.first_run(&ordinary, &mut accounting) {
            Err(Stopped::Fault(fault)) => Err(self.look_closer(*fault, accounting.last())?.into()),
            outcome => outcome,
        }
    }

    /// Checks every answer, and writes every payload and reads it back.
    fn first_run(&self, look: &Look, accounting: &mut Accounting) -> Result<Passed, Stopped> {
        let heap = self.build(self.guard)?;
        expect_inside(heap.arena(), self.guard.stray_store())
            .map_err(|kind| Fault { at: None, kind })?;
        let mut run = CheckedRun::new(heap, self.settings.align, self.trace, look.thorough);
        (self.watch)(Position::Blocks(0));
        run.note_own_blocks();
        let mut addresses = Vec::with_capacity(self.trace.ops().len());
        for index in 0..self.trace.ops().len() {
            (self.watch)(Position::Op(index));
            let here = |kind| self.fault_at(index, kind);
            addresses.push(run.step(index).map_err(here)?);
            expect_inside(run.heap().arena(), self.guard.stray_store()).map_err(here)?;
            if let Some(id) = look.watched {
                run.read_payload_of(id, When::ByThis).map_err(here)?;
            }
            let done = index + 1;
            let check_is_due = look.checks.is_due(done);
            if check_is_due {
                (self.watch)(Position::Check(done));
                run.check().map_err(here)?;
            }
            if check_is_due || look.accounts && accounting.is_due(done) {
                (self.watch)(Position::Blocks(done));
                accounting.note(done, run.account().map_err(here)?);
            }
        }
        let at_end = |kind| Fault { at: None, kind };
        let at_the_end = Position::Check(addresses.len());
        run.read_all_payloads(|| (self.watch)(at_the_end)).map_err(at_end)?;
        (self.watch)(Position::Check(addresses.len()));
        run.check().map_err(at_end)?;
        (self.watch)(Position::Blocks(addresses.len()));
        run.account().map_err(at_end)?;
        Ok(Passed::new(run.heap().arena(), addresses))
    }

    /// Runs the operations once more, on a fresh machine that counts. Returns words loaded and
    /// stored.
    fn second_run<P: Probe>(&self, first: &Passed, probe: &P) -> Result<(u64, u64), Stopped> {
        let counting = Counting::default();
        let mut heap = self.build((&counting, probe))?;
        expect_inside(heap.arena(), counting.stray_store())
            .map_err(|kind| Fault { at: None, kind })?;
        repeat(&mut heap, self.trace, first, false, self.watch, |heap| {
            expect_inside(heap.arena(), counting.stray_store())
        })?;
        Ok((counting.loads(), counting.stores()))
    }

    fn facts(&self, passed: &Passed, loads: u64, stores: u64) -> Facts {
        Facts {
            ops: self.trace.ops().len() as u64,
            peak_payload_bytes: self.trace.peak_payload_bytes(),
            heap_bytes: passed.heap_bytes.into(),
            sbrk_calls: passed.sbrk_calls.into(),
            loads,
            stores,
        }
    }

    fn build<P: Probe>(&self, probe: P) -> Result<D::Heap<P>, Stopped> {
        (self.watch)(Position::Build);
        self.guard.restart();
        let settings = arena::Settings {
            limit_bytes: self.settings.limit_bytes,
            ..arena::Settings::default()
        };
        let arena = Arena::with(settings, probe).map_err(Stopped::NoMachine)?;
        let not_built = Kind::NotBuilt { limit_bytes: arena.limit_bytes() };
        self.design
            .build(arena, self.settings.align)
            .map_err(|_| Stopped::from(Fault { at: None, kind: not_built }))
    }

    fn fault_at(&self, op_index: usize, kind: Kind) -> Fault {
        let at = Some(At::of(self.trace, op_index));
        Fault { at, kind }
    }
}

/// A closer look, to name the operation behind a fault that showed later.
impl<D: Design, G: Guard + Copy> Attempt<'_, D, G> {
    /// Looks for the operation behind `fault`. The account was right after `accounted` operations.
    fn look_closer(&self, fault: Fault, accounted: usize) -> Result<Fault, Stopped> {
        match fault.kind {
            Kind::Trampled { block, .. } => {
                let closer = self.first_fault(&Look {
                    checks: Checks::NONE,
                    watched: Some(block.id),
                    accounts: false,
                    thorough: false,
                })?;
                Ok(closer.unwrap_or(fault))
            }
            Kind::Check(_) => {
                self.broken_promise_before(fault).and_then(|fault| match fault.kind {
                    Kind::Check(_) => self.first_failing_check(fault, 0),
                    _ => Ok(fault),
                })
            }
            _ if is_found_by_check(&fault.kind) => self.first_failing_check(fault, accounted),
            Kind::UsableTooLarge { .. } => Ok(fault),
            _ => self.broken_promise_before(fault),
        }
    }

    /// Returns the wrong `usable_size` behind a fault, or else the fault: a program that writes
    /// all the bytes that a wrong one promises does harm that shows only later.
    fn broken_promise_before(&self, fault: Fault) -> Result<Fault, Stopped> {
        let closer = self.first_fault(&Look {
            checks: Checks::NONE,
            watched: None,
            accounts: false,
            thorough: true,
        })?;
        let is_promise = |kind: &Kind| matches!(kind, Kind::UsableTooLarge { .. });
        Ok(closer.filter(|closer| is_promise(&closer.kind)).unwrap_or(fault))
    }

    fn first_failing_check(&self, fault: Fault, good: usize) -> Result<Fault, Stopped> {
        let ops = self.trace.ops().len();
        let fails_after = fault.at.map_or(ops, |at| at.op_index + 1);
        let (done, kind) = first_failing_check(good..fails_after, fault, |checks| {
            let look = Look { checks, watched: None, accounts: false, thorough: true };
            self.first_run(&look, &mut Accounting::new()).map(|_| ())
        })?;
        Ok(match done {
            0 => Fault { at: None, kind },
            _ => self.fault_at(done - 1, kind),
        })
    }

    fn first_fault(&self, look: &Look) -> Result<Option<Fault>, Stopped> {
        match self.first_run(look, &mut Accounting::new()) {
            Ok(_) => Ok(None),
            Err(Stopped::Fault(fault)) => Ok(Some(*fault)),
            Err(stopped) => Err(stopped),
        }
    }
}
