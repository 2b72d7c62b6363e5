//! The checked machine: runs a trace and stops at the very load or store that
//! breaks a rule.
//!
//! Every answer is looked at as in [`validate`](crate::validate), and besides
//! every access: the allocator runs over a machine whose probe keeps a
//! [`Shadow`]. A bad access is not made; the probe unwinds out of the allocator, and
//! the heap is still there to be looked at, as it was just before.
//!
//! The heap's own `check` walks all of it, so it can't be called after every
//! operation of a long trace. It is called after each of the first operations, and
//! later as often as leaves it two thirds of the time. When something is wrong, the
//! trace is run again with closer checks since the last one that passed, until
//! the operation is known that did it. The blocks are counted as well, after
//! some operations for each block there is, and at the end.
//!
//! Between the operations the heap is called with bad pointers (module `bad_pointers`).

use crate::access::{BadAccess, Call, Caught, EndlessLoop, Owner, cycle};
use crate::accounting::Accounting;
use crate::check_budget::CheckBudget;
use crate::checked_run::CheckedRun;
use crate::fault::{At, Fault, Kind, TooLarge};
use crate::guard::Guard;
use crate::narrow::first_failing_check;
use crate::repeat::repeat;
use crate::shadow::{Shadow, Stop};
use crate::validity::check_struct_size;
use crate::watch::{Moment, Stopped};
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Addr, Arena, Probe, Refuse, Silent};
use heaplab_heap::{Align, Design, Heap};
use heaplab_trace::Trace;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

mod bad_pointers;

use bad_pointers::BadPointers;

/// How to examine.
#[derive(Clone, Copy, Debug)]
pub struct Examination {
    /// The alignment of payloads.
    pub align: Align,
    /// Bytes past which `sbrk` refuses.
    pub limit_bytes: u32,
    /// Which calls of `sbrk` are refused below the limit.
    pub refuse: Refuse,
    /// Whether a call may fail when the machine refuses it memory. What the trace
    /// does later to a block that was never had is then left out.
    pub may_run_out: bool,
    /// Whether the heap is called with bad pointers between the operations, which it
    /// must refuse.
    pub bad_pointers: bool,
}

/// What an examination without a fault looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Examined {
    /// Operations.
    pub ops: u64,
    /// Loads and stores of the allocator, all of them looked at; a copy counts
    /// as one.
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
pub fn examine<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Examination,
    watch: &dyn Fn(Moment),
) -> Result<Examined, Stopped> {
    examine_with(design, trace, settings, watch, &Silent)
}

/// The same, with another probe that sees all that the allocator does.
///
/// # Errors
/// As for [`examine`].
pub fn examine_with<D: Design, P: Probe>(
    design: &D,
    trace: &Trace,
    settings: &Examination,
    watch: &dyn Fn(Moment),
    extra: &P,
) -> Result<Examined, Stopped> {
    let nothing_more = |_: &Run<'_, D, P>, _| Ok(());
    let (examined, ()) = examine_and_look(design, trace, settings, watch, extra, nothing_more)?;
    Ok(examined)
}

/// The same, and when all operations are done, `look` looks at the heap: it is
/// told what was examined, and how many accesses the last `check` took.
///
/// # Errors
/// As for [`examine`], and what `look` says.
pub(crate) fn examine_and_look<D: Design, P: Probe, T>(
    design: &D,
    trace: &Trace,
    settings: &Examination,
    watch: &dyn Fn(Moment),
    extra: &P,
    look: impl FnOnce(&Run<'_, D, P>, (Examined, u64)) -> Result<T, Stopped>,
) -> Result<(Examined, T), Stopped> {
    check_struct_size::<D>()?;
    let scene = Scene {
        design,
        trace,
        settings,
        watch,
    };
    let (examined, addresses, seen) = match scene.first_run(extra, look) {
        Ok(run) => run,
        Err(Unsound { stopped, good }) => return Err(scene.narrow(stopped, good)?),
    };
    scene.second_run(&addresses)?;
    Ok((examined, seen))
}

/// What all runs of one examination have in common.
pub(crate) struct Scene<'a, D> {
    pub(crate) design: &'a D,
    pub(crate) trace: &'a Trace,
    pub(crate) settings: &'a Examination,
    pub(crate) watch: &'a dyn Fn(Moment),
}

/// A first run ended with a fault.
struct Unsound {
    stopped: Stopped,
    /// After so many operations `check` passed last, or of a fault of the
    /// account, the account.
    good: usize,
}

impl<D: Design> Scene<'_, D> {
    /// All operations, and as many checks as can be paid. Also what each operation
    /// returned, and what `look` saw at the end.
    fn first_run<P: Probe, T>(
        &self,
        extra: &P,
        look: impl FnOnce(&Run<'_, D, P>, (Examined, u64)) -> Result<T, Stopped>,
    ) -> Result<(Examined, Vec<Addr>, T), Unsound> {
        let shadow = Shadow::new();
        let mut good = 0;
        let unsound = |good| move |stopped| Unsound { stopped, good };
        let mut run = self.start(&shadow, extra).map_err(unsound(0))?;
        run.note_own_blocks().map_err(unsound(0))?;
        let mut accounting = Accounting::new();
        let mut budget = CheckBudget::new(self.trace.ops().len());
        let mut bad_pointers = BadPointers::new(self.trace.ops().len());
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
                bad_pointers.after(&mut run, index).map_err(unsound(good))?;
            }
        }
        run.read_all_payloads().map_err(unsound(good))?;
        let examined = Examined {
            ops: addresses.len() as u64,
            accesses: shadow.steps(),
            checks,
            bad_pointers: bad_pointers.calls,
        };
        // The last check was the one at the end.
        let seen = look(&run, (examined, budget.last())).map_err(unsound(good))?;
        Ok((examined, addresses, seen))
    }

    /// An empty heap over a machine with this shadow.
    pub(crate) fn start<'s, P: Probe>(
        &'s self,
        shadow: &'s Shadow,
        extra: &'s P,
    ) -> Result<Run<'s, D, P>, Stopped> {
        (self.watch)(Moment::Build);
        let arena = self.machine((shadow, extra))?;
        let limit_bytes = arena.limit_bytes();
        shadow.begin(Call::Build, (Addr::NULL, 0));
        let built = catch_unwind(AssertUnwindSafe(|| {
            self.design.build(arena, self.settings.align)
        }));
        shadow.end();
        let kind = match built {
            Ok(Ok(heap)) => {
                let mut checked = CheckedRun::new(heap, self.settings.align, self.trace, true);
                if self.settings.may_run_out {
                    checked.may_run_out();
                }
                return Ok(Run {
                    checked,
                    shadow,
                    scene: self,
                });
            }
            Ok(Err(_)) => Kind::NotBuilt { limit_bytes },
            Err(unwound) => why(unwound, shadow, |_| None),
        };
        Err(Fault { at: None, kind }.into())
    }

    fn machine<P: Probe>(&self, probe: P) -> Result<Arena<P>, Stopped> {
        let settings = arena::Settings {
            limit_bytes: self.settings.limit_bytes,
            refuse: self.settings.refuse,
        };
        Arena::with(settings, probe).map_err(Stopped::NoMachine)
    }

    /// Of a fault: whether `check` fails after an operation before it, and after which
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

    /// The operations once more on a fresh machine that nobody watches.
    fn second_run(&self, first: &[Addr]) -> Result<(), Stopped> {
        (self.watch)(Moment::Build);
        let arena = self.machine(Silent)?;
        let limit_bytes = arena.limit_bytes();
        let not_built = |_| Fault {
            at: None,
            kind: Kind::NotBuilt { limit_bytes },
        };
        let mut heap = self
            .design
            .build(arena, self.settings.align)
            .map_err(not_built)?;
        Ok(repeat(
            &mut heap,
            self.trace,
            first,
            self.settings.may_run_out,
            self.watch,
            |_| Ok(()),
        )?)
    }

    /// A fault that is there when so many operations are done.
    fn fault_after(&self, done: usize, kind: Kind) -> Fault {
        let at = done
            .checked_sub(1)
            .map(|op_index| At::of(self.trace, op_index));
        Fault { at, kind }
    }
}

/// A heap on the checked machine.
pub(crate) struct Run<'s, D: Design, P: Probe> {
    checked: CheckedRun<'s, D::Heap<(&'s Shadow, &'s P)>>,
    shadow: &'s Shadow,
    scene: &'s Scene<'s, D>,
}

impl<D: Design, P: Probe> Run<'_, D, P> {
    /// Performs the operation with this index.
    pub(crate) fn step(&mut self, index: usize) -> Result<Addr, Stopped> {
        (self.scene.watch)(Moment::Op(index));
        let answer = catch_unwind(AssertUnwindSafe(|| self.checked.step(index)));
        self.judge(answer, index + 1)
    }

    /// Calls the heap's own `check`; so many operations are done.
    pub(crate) fn check(&self, done: usize) -> Result<(), Stopped> {
        (self.scene.watch)(Moment::Check(done));
        let answer = catch_unwind(AssertUnwindSafe(|| self.checked.check()));
        self.judge(answer, done)
    }

    /// Notes which blocks the heap shows as allocated before the first operation.
    fn note_own_blocks(&mut self) -> Result<(), Stopped> {
        (self.scene.watch)(Moment::Blocks(0));
        let answer = catch_unwind(AssertUnwindSafe(|| {
            self.checked.note_own_blocks();
            Ok(())
        }));
        self.judge(answer, 0)
    }

    /// Counts the heap's blocks; so many operations are done.
    fn account(&self, done: usize) -> Result<u32, Stopped> {
        (self.scene.watch)(Moment::Blocks(done));
        let answer = catch_unwind(AssertUnwindSafe(|| self.checked.account()));
        self.judge(answer, done)
    }

    /// Has a view of the heap looked at when all operations are done, as `call`.
    pub(crate) fn look<T>(
        &self,
        call: Call,
        view: impl FnOnce(&D::Heap<(&Shadow, &P)>) -> T,
    ) -> Result<T, Stopped> {
        let done = self.scene.trace.ops().len();
        (self.scene.watch)(match call {
            Call::FreeLists => Moment::FreeLists(done),
            _ => Moment::Blocks(done),
        });
        self.shadow.begin(call, (Addr::NULL, 0));
        let answer = catch_unwind(AssertUnwindSafe(|| Ok(view(self.checked.heap()))));
        self.shadow.end();
        self.judge(answer, done)
    }

    /// Shows a view of a heap that may be damaged. It may read everything; it may
    /// panic, and go round in circles, and ends all the same.
    pub(crate) fn glance(&self, view: impl FnOnce(&D::Heap<(&Shadow, &P)>)) {
        self.shadow.glance();
        let _ = catch_unwind(AssertUnwindSafe(|| view(self.checked.heap())));
        self.shadow.end();
        self.shadow.caught(); // whatever it was: no fault is looked for here
    }

    /// Reads back every live payload.
    pub(crate) fn read_all_payloads(&self) -> Result<(), Stopped> {
        let at_the_end = Moment::Check(self.scene.trace.ops().len());
        let damage = self
            .checked
            .read_all_payloads(|| (self.scene.watch)(at_the_end));
        Ok(damage.map_err(|kind| Fault { at: None, kind })?)
    }

    /// The heap, and what the program knows about it.
    pub(crate) fn checked(&self) -> &CheckedRun<'_, impl Heap<Probe: Guard>> {
        &self.checked
    }

    /// If `usable_size` was stopped from reading what it has promised to the program,
    /// it is the promise that is wrong.
    fn promised(&self, kind: Kind) -> Kind {
        let Kind::Access(access) = &kind else {
            return kind;
        };
        let of_promise = access.owner.filter(|owner| {
            let payload = owner.block.addr;
            access.call == Call::UsableSize { payload } && owner.offset >= owner.block.size
        });
        let block = of_promise.and_then(|owner| self.checked.holdings().live.of(owner.block.id));
        block.map_or(kind.clone(), |block| Kind::UsableTooLarge {
            addr: block.addr,
            size: block.size,
            usable: block.usable_bytes,
            why: TooLarge::Read {
                at: access.at,
                place: access.place,
            },
        })
    }

    fn judge<T>(
        &self,
        answer: Result<Result<T, Kind>, Box<dyn Any + Send>>,
        done: usize,
    ) -> Result<T, Stopped> {
        let kind = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(kind)) => kind,
            Err(unwound) => {
                let whose = |addr| self.checked.holdings().whose(addr);
                self.promised(why(unwound, self.shadow, whose))
            }
        };
        self.shadow.end();
        Err(self.scene.fault_after(done, kind).into())
    }
}

/// Why a call unwound: the shadow stopped it, or it panicked.
pub(crate) fn why(
    unwound: Box<dyn Any + Send>,
    shadow: &Shadow,
    whose: impl Fn(Addr) -> Option<Owner>,
) -> Kind {
    let Some((call, caught)) = shadow.caught().filter(|_| unwound.is::<Stop>()) else {
        let text = unwound.downcast_ref::<&str>().copied();
        let text = text.or_else(|| unwound.downcast_ref::<String>().map(String::as_str));
        return Kind::Panicked {
            message: text.unwrap_or("with a value that is no text").to_owned(),
        };
    };
    match caught {
        Caught::Access {
            access,
            addr,
            size,
            at,
            problem,
            place,
        } => Kind::Access(Box::new(BadAccess {
            call,
            access,
            addr,
            size,
            at,
            problem,
            owner: whose(at),
            segment: shadow.segment(),
            place,
        })),
        Caught::ShrinkLive {
            increment,
            new,
            at,
            place,
        } => Kind::ShrinkLive {
            increment,
            new,
            block: whose(at).map(|owner| owner.block),
            place,
        },
        Caught::EndlessLoop { allowed, steps } => Kind::EndlessLoop(Box::new(EndlessLoop {
            call,
            steps: allowed + steps.len() as u64,
            cycle: cycle(&steps).to_vec(),
        })),
    }
}
