//! One run of a trace on the checked machine.

use crate::access::{BadAccess, Call, Caught, EndlessLoop, Owner, cycle};
use crate::checked_run::CheckedRun;
use crate::evidence::TooLarge;
use crate::fault::{At, Fault, Kind};
use crate::foreign;
use crate::guard::Guard;
use crate::shadow::{Shadow, Stop};
use crate::watch::{Position, Stopped};
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Addr, Arena, Probe, Refuse, Silent};
use heaplab_heap::{Align, Design, Heap};
use heaplab_trace::Trace;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How to check, access by access.
#[derive(Clone, Copy, Debug)]
pub struct CheckSettings {
    /// The alignment of payloads.
    pub align: Align,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
    /// Which calls of `sbrk` are refused below the limit.
    pub refuse: Refuse,
    /// Whether a call may fail if the machine refuses it memory. The trace's later operations on a
    /// block that was not allocated are then left out.
    pub may_run_out: bool,
    /// Whether the heap is called with bad pointers between the operations, which it must refuse.
    pub bad_pointers: bool,
}

/// What all runs of one check have in common.
pub(crate) struct Scene<'a, D> {
    pub(crate) design: &'a D,
    pub(crate) trace: &'a Trace,
    pub(crate) settings: &'a CheckSettings,
    pub(crate) watch: &'a dyn Fn(Position),
    /// Whether native code has done the trace once before, and keeps what is in its variables.
    pub(crate) is_second: bool,
}

impl<D: Design> Scene<'_, D> {
    /// Returns an empty heap over a machine with this shadow.
    pub(crate) fn start<'s, P: Probe>(
        &'s self,
        shadow: &'s Shadow,
        extra: &'s P,
    ) -> Result<Run<'s, D, P>, Stopped> {
        if self.is_second {
            self.do_before()?;
        }
        (self.watch)(Position::Build);
        let arena = self.machine((shadow, extra))?;
        let limit_bytes = arena.limit_bytes();
        shadow.begin(Call::Build, (Addr::NULL, 0));
        let build =
            || catch_unwind(AssertUnwindSafe(|| self.design.build(arena, self.settings.align)));
        let built = if self.is_second { foreign::with_kept_variables(build) } else { build() };
        shadow.end();
        let kind = match built {
            Ok(Ok(heap)) => {
                let mut checked = CheckedRun::new(heap, self.settings.align, self.trace, true);
                if !D::IS_NATIVE {
                    checked.sees_all_stores();
                }
                if self.settings.may_run_out {
                    checked.may_run_out();
                }
                return Ok(Run { checked, shadow, scene: self });
            }
            Ok(Err(_)) => Kind::NotBuilt { limit_bytes },
            Err(unwound) => why(unwound, shadow, |_| None),
        };
        Err(Fault { at: None, kind }.into())
    }

    /// Does the trace once, for what it leaves in the variables of native code.
    fn do_before(&self) -> Result<(), Stopped> {
        let first = Scene { is_second: false, ..*self };
        let shadow = Shadow::new();
        let mut run = first.start(&shadow, &Silent)?;
        (0..self.trace.ops().len()).try_for_each(|index| run.step(index).map(drop))
    }

    pub(crate) fn machine<P: Probe>(&self, probe: P) -> Result<Arena<P>, Stopped> {
        let settings = arena::Settings {
            limit_bytes: self.settings.limit_bytes,
            refuse: self.settings.refuse,
        };
        let arena = Arena::with(settings, probe).map_err(Stopped::NoMachine)?;
        arena.prefer_large_pages();
        Ok(arena)
    }

    /// Returns a fault that is there when `done` operations are done.
    pub(crate) fn fault_after(&self, done: usize, kind: Kind) -> Fault {
        let at = done.checked_sub(1).map(|op_index| At::of(self.trace, op_index));
        Fault { at, kind }
    }
}

/// A heap on the checked machine.
pub(crate) struct Run<'s, D: Design, P: Probe> {
    pub(crate) checked: CheckedRun<'s, D::Heap<(&'s Shadow, &'s P)>>,
    pub(crate) shadow: &'s Shadow,
    pub(crate) scene: &'s Scene<'s, D>,
}

impl<D: Design, P: Probe> Run<'_, D, P> {
    /// Performs the operation with this index.
    pub(crate) fn step(&mut self, index: usize) -> Result<Addr, Stopped> {
        (self.scene.watch)(Position::Op(index));
        if let Some(recorder) = self.shadow.recorder() {
            recorder.begin_op(index);
        }
        let answer = catch_unwind(AssertUnwindSafe(|| self.checked.step(index)));
        self.fault_of(answer, index + 1)
    }

    /// Calls the heap's own `check` when `done` operations are done.
    pub(crate) fn check(&self, done: usize) -> Result<(), Stopped> {
        (self.scene.watch)(Position::Check(done));
        let answer = catch_unwind(AssertUnwindSafe(|| self.checked.check()));
        self.fault_of(answer, done)
    }

    /// Notes which blocks the heap shows as allocated before the first operation.
    pub(crate) fn note_own_blocks(&mut self) -> Result<(), Stopped> {
        (self.scene.watch)(Position::Blocks(0));
        let answer = catch_unwind(AssertUnwindSafe(|| {
            self.checked.note_own_blocks();
            Ok(())
        }));
        self.fault_of(answer, 0)
    }

    /// Counts the heap's blocks when `done` operations are done.
    pub(crate) fn account(&self, done: usize) -> Result<u32, Stopped> {
        (self.scene.watch)(Position::Blocks(done));
        let answer = catch_unwind(AssertUnwindSafe(|| self.checked.account()));
        self.fault_of(answer, done)
    }

    /// Calls `look` on the heap when all operations are done; its accesses count for `call`.
    pub(crate) fn look<T>(
        &self,
        call: Call,
        view: impl FnOnce(&D::Heap<(&Shadow, &P)>) -> T,
    ) -> Result<T, Stopped> {
        let done = self.scene.trace.ops().len();
        (self.scene.watch)(match call {
            Call::FreeLists => Position::FreeLists(done),
            _ => Position::Blocks(done),
        });
        self.shadow.begin(call, (Addr::NULL, 0));
        let answer = catch_unwind(AssertUnwindSafe(|| Ok(view(self.checked.heap()))));
        self.shadow.end();
        self.fault_of(answer, done)
    }

    /// Calls `view` on a heap that may be damaged. `view` may read everything; it ends even if it
    /// panics or runs in circles.
    pub(crate) fn glance(&self, view: impl FnOnce(&D::Heap<(&Shadow, &P)>)) {
        self.shadow.glance();
        let _ = catch_unwind(AssertUnwindSafe(|| view(self.checked.heap())));
        self.shadow.end();
        self.shadow.caught(); // whatever it was: this does not look for faults
    }

    /// Reads back every live payload.
    pub(crate) fn read_all_payloads(&self) -> Result<(), Stopped> {
        let at_the_end = Position::Check(self.scene.trace.ops().len());
        let damage = self.checked.read_all_payloads(|| (self.scene.watch)(at_the_end));
        Ok(damage.map_err(|kind| Fault { at: None, kind })?)
    }

    /// Returns the heap, and what the program knows about it.
    pub(crate) fn checked(&self) -> &CheckedRun<'_, impl Heap<Probe: Guard>> {
        &self.checked
    }

    /// Returns the wrong promise as the fault if `usable_size` was stopped from reading bytes that
    /// it has promised to the program; otherwise `kind`.
    fn promised(&self, kind: Kind) -> Kind {
        let Kind::Access(access) = &kind else {
            return kind;
        };
        let of_promise = access.owner.filter(|owner| {
            let payload = owner.block.addr;
            access.call == Call::UsableSize { payload } && owner.offset >= owner.block.size
        });
        let block = of_promise.and_then(|owner| self.checked.history().live.of(owner.block.id));
        block.map_or(kind.clone(), |block| Kind::UsableTooLarge {
            addr: block.addr,
            size: block.size,
            usable: block.usable_bytes,
            why: TooLarge::Read { at: access.at, place: access.place },
        })
    }

    fn fault_of<T>(
        &self,
        answer: Result<Result<T, Kind>, Box<dyn Any + Send>>,
        done: usize,
    ) -> Result<T, Stopped> {
        let kind = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(kind)) => kind,
            Err(unwound) => {
                let whose = |addr| self.checked.history().whose(addr);
                self.promised(why(unwound, self.shadow, whose))
            }
        };
        self.shadow.end();
        Err(self.scene.fault_after(done, kind).into())
    }
}

/// Returns why a call unwound: the shadow stopped it, or it panicked.
pub(crate) fn why(
    unwound: Box<dyn Any + Send>,
    shadow: &Shadow,
    whose: impl Fn(Addr) -> Option<Owner>,
) -> Kind {
    let Some((call, caught)) = shadow.caught().filter(|_| unwound.is::<Stop>()) else {
        let text = unwound.downcast_ref::<&str>().copied();
        let text = text.or_else(|| unwound.downcast_ref::<String>().map(String::as_str));
        return Kind::Panicked {
            message: text.unwrap_or("with a value that is not text").to_owned(),
        };
    };
    match caught {
        Caught::Access { access, addr, size, at, problem, place } => {
            Kind::Access(Box::new(BadAccess {
                call,
                access,
                addr,
                size,
                at,
                problem,
                owner: whose(at),
                segment: shadow.segment(),
                place,
            }))
        }
        Caught::ShrinkLive { increment, new, at, place } => {
            Kind::ShrinkLive { increment, new, block: whose(at).map(|owner| owner.block), place }
        }
        Caught::EndlessLoop { allowed, steps } => Kind::EndlessLoop(Box::new(EndlessLoop {
            call,
            steps: allowed + steps.len() as u64,
            cycle: cycle(&steps).to_vec(),
        })),
    }
}
