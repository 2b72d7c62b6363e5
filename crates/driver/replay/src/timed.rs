//! What is timed: a simulated heap, or the C library.

use crate::subject::Native;
use crate::{Graded, Heartbeat, Program, Simulated, Subject};
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Addr, Arena, OutOfMemory, ReserveError, Silent};
use heaplab_heap::{Align, Design, Heap, TimedCalls};
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// A contender: replays a program once and returns how long the replay took.
pub trait Timed {
    /// Replays the program from an empty heap.
    ///
    /// # Errors
    /// If there is no empty heap to replay on.
    fn replay(
        &mut self,
        program: &Program,
        environment: &mut TimingEnvironment,
    ) -> Result<Duration, TimingError>;
}

/// Where simulated heaps are timed: all on the same machine, one after the other, so that none has
/// fresher memory than another.
#[derive(Debug)]
pub struct TimingEnvironment {
    settings: arena::Settings,
    align: Align,
    arena: Option<Arena<Silent>>,
    heartbeat: &'static Heartbeat,
}

/// The heartbeat of replays without a watchdog.
static UNWATCHED: Heartbeat = Heartbeat::new();

impl TimingEnvironment {
    /// Returns an environment whose heaps may grow to `limit_bytes`.
    pub fn new(limit_bytes: u32, align: Align) -> TimingEnvironment {
        let settings = arena::Settings { limit_bytes, ..arena::Settings::default() };
        TimingEnvironment { settings, align, arena: None, heartbeat: &UNWATCHED }
    }

    /// Returns the environment with every operation of a replay counted, for a watchdog.
    pub fn with_heartbeat(self, heartbeat: &'static Heartbeat) -> TimingEnvironment {
        TimingEnvironment { heartbeat, ..self }
    }

    /// Returns the machine, empty.
    fn enter(&mut self) -> Result<Arena<Silent>, ReserveError> {
        match self.arena.take() {
            Some(mut arena) => {
                arena.reset();
                Ok(arena)
            }
            None => Arena::with(self.settings, Silent),
        }
    }
}

/// A simulated heap as a contender: built anew, over the same machine, for
/// every replay.
#[derive(Debug)]
pub struct TimedHeap<D> {
    design: D,
    slots: Vec<Addr>,
    /// What every replay must end with, if it is known.
    known: Option<KnownAnswers>,
}

/// What a replay ends with, as a run in which every answer was checked gave it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KnownAnswers {
    /// The table of slots, as words: the last block of each.
    slots: Vec<u32>,
    heap_bytes: u64,
    sbrk_calls: u64,
}

impl KnownAnswers {
    /// Returns how a replay of the program must end that gives the answers of a checked run.
    pub fn new(program: &Program, checked: &Graded) -> KnownAnswers {
        KnownAnswers {
            slots: words_of(&program.slots_after(Addr::NULL, &checked.addresses)),
            heap_bytes: checked.facts.heap_bytes,
            sbrk_calls: checked.facts.sbrk_calls,
        }
    }

    /// Returns the slots: the last block of each.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Addr> + '_ {
        self.slots.iter().map(|&word| Addr::new(word))
    }

    /// Returns the size of the heap at its largest.
    pub fn heap_bytes(&self) -> u64 {
        self.heap_bytes
    }
}

fn words_of(slots: &[Addr]) -> Vec<u32> {
    slots.iter().map(|addr| addr.to_word()).collect()
}

impl<D: Design> TimedHeap<D> {
    /// Returns a contender of this design.
    pub fn new(design: D) -> Self {
        TimedHeap { design, slots: Vec::new(), known: None }
    }

    /// Returns the contender with the answers that it must give.
    pub fn expecting(self, known: KnownAnswers) -> Self {
        TimedHeap { known: Some(known), ..self }
    }

    /// Returns whether a replay that left this machine gave the answers that are known.
    fn is_as_known(&self, arena: &Arena<Silent>) -> bool {
        self.known.as_ref().is_none_or(|known| {
            known.slots().eq(self.slots.iter().copied())
                && known.heap_bytes == arena.high_water_bytes().into()
                && known.sbrk_calls == arena.sbrk_calls().into()
        })
    }
}

impl<D: Design> TimedHeap<D> {
    /// Returns how long a replay takes: in the process that has the heap's code, on native code,
    /// or on the heap itself.
    fn time(
        &mut self,
        program: &Program,
        subject: &mut Simulated<D::Heap<Silent>>,
        heartbeat: &Heartbeat,
    ) -> Duration {
        let before = heartbeat.start();
        let progress = |begun| heartbeat.set(before + begun);
        match subject.0.timed_calls() {
            TimedCalls::OfProcess(process) => {
                if let Some(taken) = process.make_all(program.steps(), &mut self.slots, &progress) {
                    return taken;
                }
            }
            TimedCalls::OfFunctions(calls) if calls.calloc.is_some() || !program.calls_calloc() => {
                return self.time_native(program, Native(calls), heartbeat);
            }
            TimedCalls::OfFunctions(_) | TimedCalls::OfTrait => {}
        }
        time(program, subject, &mut self.slots, heartbeat)
    }

    /// Returns how long a replay takes on native code. What its pointers are is worked out when the
    /// clock has stopped.
    fn time_native(
        &mut self,
        program: &Program,
        mut native: Native,
        heartbeat: &Heartbeat,
    ) -> Duration {
        let mut pointers = vec![Native::NULL; program.slots()];
        let taken = time(program, &mut native, &mut pointers, heartbeat);
        for (slot, pointer) in self.slots.iter_mut().zip(pointers) {
            *slot = native.address_of(pointer);
        }
        taken
    }
}

impl<D: Design> Timed for TimedHeap<D> {
    fn replay(
        &mut self,
        program: &Program,
        environment: &mut TimingEnvironment,
    ) -> Result<Duration, TimingError> {
        self.slots.resize(program.slots(), Addr::NULL);
        let arena = environment.enter().map_err(TimingError::NoMachine)?;
        let heap = self.design.build(arena, environment.align).map_err(TimingError::NotBuilt)?;
        let mut subject = Simulated(heap);
        let taken = self.time(program, &mut subject, environment.heartbeat);
        let arena = subject.0.into_arena();
        if !self.is_as_known(&arena) {
            return Err(TimingError::OtherAnswers);
        }
        environment.arena = Some(arena);
        Ok(taken)
    }
}

/// A contender that keeps its memory between replays: the blocks that a trace leaves live are freed
/// after each replay, with the clock stopped.
#[derive(Debug)]
pub struct TimedSubject<S: Subject> {
    subject: S,
    slots: Vec<S::Ptr>,
}

impl<S: Subject> TimedSubject<S> {
    /// Returns this subject as a contender.
    pub fn new(subject: S) -> Self {
        TimedSubject { subject, slots: Vec::new() }
    }
}

impl<S: Subject> Timed for TimedSubject<S> {
    fn replay(
        &mut self,
        program: &Program,
        environment: &mut TimingEnvironment,
    ) -> Result<Duration, TimingError> {
        self.slots.resize(program.slots(), S::NULL);
        let taken = time(program, &mut self.subject, &mut self.slots, environment.heartbeat);
        program.free_left_live(&mut self.subject, &self.slots, environment.heartbeat);
        Ok(taken)
    }
}

/// Returns how long a replay takes. The clock runs only here, over [`Program::replay`], and not
/// while an empty heap is set up or thrown away.
fn time<S: Subject>(
    program: &Program,
    subject: &mut S,
    slots: &mut [S::Ptr],
    heartbeat: &Heartbeat,
) -> Duration {
    let start = Instant::now();
    program.replay(subject, slots, heartbeat);
    start.elapsed()
}

/// Why a contender could not be timed.
#[derive(Debug)]
pub enum TimingError {
    /// The host gave no address space for a machine.
    NoMachine(ReserveError),
    /// Not even an empty heap could be set up.
    NotBuilt(OutOfMemory),
    /// A heap gave other answers than where they were checked.
    OtherAnswers,
    /// The process that the contender replays in could not be started, or ended.
    Process(io::Error),
}

impl fmt::Display for TimingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimingError::NoMachine(error) => error.fmt(f),
            TimingError::NotBuilt(error) => write!(f, "no room for an empty heap: {error}"),
            TimingError::OtherAnswers => write!(
                f,
                "the heap gave other answers where it was timed than where it was checked"
            ),
            TimingError::Process(error) => {
                write!(f, "the process of a contender did not answer: {error}")
            }
        }
    }
}

impl std::error::Error for TimingError {}
