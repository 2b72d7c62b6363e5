//! What a heap is asked in a worker, with the type of its design forgotten.

use crate::Error;
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Arena, ReserveError, Silent};
use heaplab_cost::{self as cost, Cost};
use heaplab_heap::{Align, Design};
use heaplab_hunt as hunt;
use heaplab_real::resident::{self, Prepared, Resident};
use heaplab_replay::{
    Around, Bonus, Examination, Examined, Facts, Fault, HeapRacer, Heartbeat, Moment, Racer,
    Settings, Simulated, Standing, Steps, Stopped, bonus, draw_fault, draw_heap, examine_whole,
    examine_with, validate,
};
use heaplab_trace::Trace;
use heaplab_waste::{self as waste, Waste};
use std::io;

/// A design with its policy chosen, and its type forgotten: what grading asks of it.
///
/// A program is compiled for each submission, and most of its time goes into these
/// functions, once for each design: so they are few.
pub(crate) trait Graded {
    /// All that can be asked; none if the program was compiled for grading only.
    fn all(&self) -> Option<&dyn Contender>;

    fn validate(
        &self,
        trace: &Trace,
        settings: &Settings,
        watch: &dyn Fn(Moment),
    ) -> Result<Facts, Stopped>;

    /// Examines the heap, and shows all of it afterwards.
    fn examine_whole(
        &self,
        trace: &Trace,
        settings: &Examination,
        watch: &dyn Fn(Moment),
    ) -> Result<Standing, Stopped>;

    fn racer(&self) -> Box<dyn Racer>;
}

impl dyn Graded {
    /// All that can be asked.
    ///
    /// # Errors
    /// If the program was compiled for grading only.
    pub(crate) fn contender(&self) -> Result<&dyn Contender, Error> {
        let message = "error: this program was compiled for grading, and does nothing else";
        self.all().ok_or_else(|| Error::new(message))
    }
}

/// What else is asked of a design.
pub(crate) trait Contender {
    /// Examines the heap; `steps` counts how much work it is, also when it ends
    /// with a fault.
    fn examine(
        &self,
        trace: &Trace,
        settings: &Examination,
        watch: &dyn Fn(Moment),
        steps: &Steps,
    ) -> Result<Examined, Stopped>;

    /// The heap around a fault that examining found; with no fault, after the
    /// last operation.
    fn draw(
        &self,
        trace: &Trace,
        settings: &Examination,
        fault: Option<&Fault>,
        watch: &dyn Fn(Moment),
    ) -> Result<Around, Stopped>;

    /// A case of the fuzzer.
    fn run_case(
        &self,
        align: Align,
        case: &hunt::Case,
        coverage: &hunt::Coverage,
        watch: &dyn Fn(Moment),
    ) -> Result<hunt::Outcome, ReserveError>;

    /// The smallest heap limit for a case of the fuzzer.
    fn least_limit_bytes(&self, align: Align, watch: &dyn Fn(Moment)) -> Result<u32, Stopped>;

    fn waste(
        &self,
        trace: &Trace,
        settings: &waste::Settings,
        watch: &dyn Fn(waste::Moment),
    ) -> Result<Waste, waste::Stopped>;

    fn cost(
        &self,
        trace: &Trace,
        settings: &Settings,
        options: &cost::Options,
        watch: &dyn Fn(Moment),
    ) -> Result<(Facts, Cost), Stopped>;

    /// What it takes of the host, on a machine of its own; each operation moves
    /// `heartbeat`.
    fn resident(
        &self,
        prepared: &Prepared,
        settings: &Settings,
        heartbeat: &Heartbeat,
    ) -> io::Result<Resident>;

    /// What becomes of the bytes beyond the request.
    fn bonus(&self, settings: &Settings, asked: u32, grown: u32) -> io::Result<Bonus>;
}

/// A design, and how to get at all that can be asked of it. A function that is never
/// named is not compiled: without it, neither is what else is asked.
pub(crate) struct Asked<D> {
    pub(crate) design: D,
    pub(crate) all: Option<fn(&D) -> &dyn Contender>,
}

impl<D: Design> Graded for Asked<D> {
    fn all(&self) -> Option<&dyn Contender> {
        self.all.map(|all| all(&self.design))
    }

    fn validate(
        &self,
        trace: &Trace,
        settings: &Settings,
        watch: &dyn Fn(Moment),
    ) -> Result<Facts, Stopped> {
        validate(&self.design, trace, settings, watch)
    }

    fn examine_whole(
        &self,
        trace: &Trace,
        settings: &Examination,
        watch: &dyn Fn(Moment),
    ) -> Result<Standing, Stopped> {
        examine_whole(&self.design, trace, settings, watch)
    }

    fn racer(&self) -> Box<dyn Racer> {
        Box::new(HeapRacer::new(self.design.clone()))
    }
}

impl<D: Design> Contender for D {
    fn examine(
        &self,
        trace: &Trace,
        settings: &Examination,
        watch: &dyn Fn(Moment),
        steps: &Steps,
    ) -> Result<Examined, Stopped> {
        examine_with(self, trace, settings, watch, steps)
    }

    fn draw(
        &self,
        trace: &Trace,
        settings: &Examination,
        fault: Option<&Fault>,
        watch: &dyn Fn(Moment),
    ) -> Result<Around, Stopped> {
        match fault {
            Some(fault) => draw_fault(self, trace, settings, fault, watch),
            None => draw_heap(self, trace, settings, trace.ops().len(), watch),
        }
    }

    fn run_case(
        &self,
        align: Align,
        case: &hunt::Case,
        coverage: &hunt::Coverage,
        watch: &dyn Fn(Moment),
    ) -> Result<hunt::Outcome, ReserveError> {
        hunt::run_case(self, align, case, coverage, watch)
    }

    fn least_limit_bytes(&self, align: Align, watch: &dyn Fn(Moment)) -> Result<u32, Stopped> {
        hunt::least_limit_bytes(self, align, watch)
    }

    fn waste(
        &self,
        trace: &Trace,
        settings: &waste::Settings,
        watch: &dyn Fn(waste::Moment),
    ) -> Result<Waste, waste::Stopped> {
        waste::measure(self, trace, settings, watch)
    }

    fn cost(
        &self,
        trace: &Trace,
        settings: &Settings,
        options: &cost::Options,
        watch: &dyn Fn(Moment),
    ) -> Result<(Facts, Cost), Stopped> {
        cost::measure(self, trace, settings, options, watch)
    }

    fn resident(
        &self,
        prepared: &Prepared,
        settings: &Settings,
        heartbeat: &Heartbeat,
    ) -> io::Result<Resident> {
        resident::measure(|| simulated(self, settings), prepared, heartbeat)
    }

    fn bonus(&self, settings: &Settings, asked: u32, grown: u32) -> io::Result<Bonus> {
        Ok(bonus(&mut simulated(self, settings)?, asked, grown))
    }
}

/// An empty heap on a machine of its own.
fn simulated<D: Design>(design: &D, settings: &Settings) -> io::Result<Simulated<D::Heap<Silent>>> {
    let of_machine = arena::Settings {
        limit_bytes: settings.limit_bytes,
        ..arena::Settings::default()
    };
    let arena = Arena::with(of_machine, Silent).map_err(io::Error::other)?;
    let heap = design.build(arena, settings.align);
    heap.map(Simulated).map_err(io::Error::other)
}
