//! Runs for a grade: the facts of a sound heap are those of every other run, and a heap with two
//! faces, one for where it is looked at and one for where it is measured, gains nothing.

use heaplab_arena::{Addr, Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, BlockView, Design, Heap, HeapError, Listed, Violation, Word};
use heaplab_heap_tests::designs::{ALIGNS, Visitor, visit_all};
use heaplab_heap_tests::long_run::{generate, kinds};
use heaplab_implicit::Policy;
use heaplab_replay::{
    CheckSettings, Facts, Graded, KnownAnswers, Program, Settings, Stopped, Timed, TimedHeap,
    TimingEnvironment, TimingError, check_whole, validate, validate_for_grade,
};
use heaplab_trace::Trace;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn settings(align: Align) -> Settings {
    Settings { align, limit_bytes: 1 << 28, check_every: None }
}

fn trace() -> Trace {
    generate(kinds().next().unwrap(), 1000, 100)
}

#[test]
fn facts_for_a_grade_are_those_of_every_run() {
    struct Run(Vec<Trace>);
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            for trace in &self.0 {
                for align in ALIGNS {
                    let facts = validate(design, trace, &settings(align), &|_| ()).unwrap();
                    let graded =
                        validate_for_grade(design, trace, &settings(align), &|_| ()).unwrap();
                    assert_eq!(graded.facts, facts, "{name}, {}, {align:?}", trace.name());
                }
            }
        }
    }
    let traces: Vec<Trace> = kinds().map(|kind| generate(kind, 1000, 100)).collect();
    assert!(traces.len() > 2);
    visit_all(&mut Run(traces));
}

/// How a heap finds out where it is.
trait Tell: Clone + Copy + Default + Send + Sync + 'static {
    /// Notes a new heap.
    fn built() {}

    /// Returns whether the heap believes that it is looked at, in a `malloc` with a machine of this
    /// type. The heap's value is at `address`, and `asked` for a usable size since the last malloc.
    fn is_looked_at<P: Probe>(address: usize, asked: bool, place: &'static Location) -> bool;
}

/// A heap that loads more words where it believes that it is looked at, and fewer elsewhere.
struct TwoFaced<H, T> {
    heap: H,
    asked: Cell<bool>,
    tell: PhantomData<T>,
}

/// Words that a `malloc` loads for nothing.
const WASTED_WORDS: u64 = 7;

impl<H: Heap, T: Tell> Heap for TwoFaced<H, T> {
    type Probe = H::Probe;

    #[track_caller]
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        let address = std::ptr::from_ref(self).addr();
        if T::is_looked_at::<H::Probe>(address, self.asked.take(), Location::caller()) {
            let arena = self.heap.arena();
            (0..WASTED_WORDS).for_each(|_| _ = arena.load(arena.start()));
        }
        self.heap.malloc(size)
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        self.heap.free(payload)
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        self.asked.set(true);
        self.heap.usable_size(payload)
    }

    fn check(&self) -> Result<(), Violation> {
        self.heap.check()
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        self.heap.blocks()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        self.heap.free_lists()
    }

    fn arena(&self) -> &Arena<H::Probe> {
        self.heap.arena()
    }

    fn arena_mut(&mut self) -> &mut Arena<H::Probe> {
        self.heap.arena_mut()
    }

    fn into_arena(self) -> Arena<H::Probe> {
        self.heap.into_arena()
    }
}

#[derive(Clone, Default)]
struct With<T>(PhantomData<T>);

impl<T: Tell> Design for With<T> {
    const NAME: &'static str = "two-faced";
    const ABOUT: &'static str = "behaves where it is looked at";
    const WORDS: &'static [Word<Self>] = &[];
    type Heap<P: Probe> = TwoFaced<<Policy as Design>::Heap<P>, T>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Self::Heap<P>, OutOfMemory> {
        T::built();
        let heap = Policy::default().build(arena, align)?;
        Ok(TwoFaced { heap, asked: Cell::new(true), tell: PhantomData })
    }
}

macro_rules! tells {
    ($($name:ident { $($hooks:tt)* })*) => {
        $(
            #[derive(Clone, Copy, Default)]
            struct $name;
            impl Tell for $name { $($hooks)* }
        )*
    };
}

static BUILT: AtomicUsize = AtomicUsize::new(0);
static FIRST_ADDRESS: AtomicUsize = AtomicUsize::new(0);
static FIRST_LINE: AtomicUsize = AtomicUsize::new(0);
static TYPES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

/// Remembers the value of the first call, and returns whether this one is equal.
fn is_as_at_first(first: &AtomicUsize, value: usize) -> bool {
    let _ = first.compare_exchange(0, value, Ordering::Relaxed, Ordering::Relaxed);
    first.load(Ordering::Relaxed) == value
}

tells! {
    Always { fn is_looked_at<P: Probe>(_: usize, _: bool, _: &'static Location) -> bool { true } }
    ByType {
        fn is_looked_at<P: Probe>(_: usize, _: bool, _: &'static Location) -> bool {
            !std::any::type_name::<P>().contains("Counting")
        }
    }
    BySize {
        fn is_looked_at<P: Probe>(_: usize, _: bool, _: &'static Location) -> bool {
            size_of::<P>() != size_of::<heaplab_replay::Counting>() + size_of::<&P>()
        }
    }
    ByCalls {
        fn is_looked_at<P: Probe>(_: usize, asked: bool, _: &'static Location) -> bool { asked }
    }
    ByAddress {
        fn is_looked_at<P: Probe>(address: usize, _: bool, _: &'static Location) -> bool {
            is_as_at_first(&FIRST_ADDRESS, address)
        }
    }
    ByCallSite {
        fn is_looked_at<P: Probe>(_: usize, _: bool, place: &'static Location) -> bool {
            is_as_at_first(&FIRST_LINE, std::ptr::from_ref(place).addr())
        }
    }
    ByRun {
        fn built() { BUILT.fetch_add(1, Ordering::Relaxed); }
        fn is_looked_at<P: Probe>(_: usize, _: bool, _: &'static Location) -> bool {
            BUILT.load(Ordering::Relaxed) <= 1
        }
    }
    Listening {
        fn is_looked_at<P: Probe>(_: usize, _: bool, _: &'static Location) -> bool {
            TYPES.lock().unwrap().insert(std::any::type_name::<P>());
            false
        }
    }
}

fn graded<T: Tell>() -> Result<Graded, Stopped> {
    validate_for_grade(&With::<T>::default(), &trace(), &settings(Align::Sixteen), &|_| ())
}

/// A heap may be found out; if it is not, what it is measured by is where it is looked at.
fn expect_no_gain<T: Tell>(honest: &Facts) {
    match graded::<T>() {
        Ok(graded) => assert_eq!(graded.facts, *honest, "{}", std::any::type_name::<T>()),
        Err(Stopped::Fault(fault)) => assert_eq!(fault.kind.code(), "second-run", "{fault}"),
        Err(stopped) => panic!("{stopped:?}"),
    }
}

#[test]
fn two_faces_gain_nothing() {
    let honest = graded::<Always>().unwrap().facts;
    expect_no_gain::<ByType>(&honest);
    expect_no_gain::<BySize>(&honest);
    expect_no_gain::<ByCalls>(&honest);
    expect_no_gain::<ByAddress>(&honest);
    expect_no_gain::<ByCallSite>(&honest);
    expect_no_gain::<ByRun>(&honest);
    // What they would gain: these faces are seen where a run is not for a grade.
    let design = With::<ByType>::default();
    let cheap = validate(&design, &trace(), &settings(Align::Sixteen), &|_| ()).unwrap();
    assert!(cheap.loads < honest.loads, "{} {}", cheap.loads, honest.loads);
}

#[test]
fn a_run_that_is_found_out_names_the_figure() {
    let Err(Stopped::Fault(fault)) = graded::<ByCalls>() else { panic!("it was not found out") };
    let text = fault.to_string();
    assert!(text.contains("words loaded where the first had"), "{text}");
}

#[test]
fn all_runs_for_a_grade_are_on_machines_of_one_type() {
    graded::<Listening>().unwrap();
    let settings = CheckSettings {
        align: Align::Sixteen,
        limit_bytes: 1 << 28,
        refuse: heaplab_arena::Refuse::Never,
        may_run_out: false,
        bad_pointers: false,
    };
    check_whole(&With::<Listening>::default(), &trace(), &settings, &|_| ()).unwrap();
    let types = TYPES.lock().unwrap();
    assert_eq!(types.len(), 1, "{types:?}");
}

/// Where time is measured, the machine is another; but the answers must be those of the others.
#[test]
fn timed_answers_are_compared_with_checked_ones() {
    let (trace, align) = (trace(), Align::Sixteen);
    let program = Program::new(&trace).unwrap();
    let checked =
        validate_for_grade(&Policy::default(), &trace, &settings(align), &|_| ()).unwrap();
    let known = KnownAnswers::new(&program, &checked);
    let replay = |policy: &str| {
        let policy: Policy = heaplab_heap::parse_policy(policy).unwrap();
        let mut timed = TimedHeap::new(policy).expecting(known.clone());
        timed.replay(&program, &mut TimingEnvironment::new(1 << 28, align))
    };
    assert!(replay("").is_ok());
    for other in ["best-fit", "next-fit", "elided"] {
        assert!(matches!(replay(other), Err(TimingError::OtherAnswers)), "{other}");
    }
}
