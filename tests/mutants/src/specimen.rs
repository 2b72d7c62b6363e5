//! A mutant with its design, which can be run.

use crate::{DESIGNS, Memory, Mutant, first_difference};
use heaplab::Lab;
use heaplab_arena::{self as arena, Refuse};
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_replay::{
    CheckCounts, CheckSettings, Facts, Settings, Stopped, check_accesses, validate,
};
use heaplab_trace::Trace;

/// Returns the lab with the designs, each mutant a word of its policy.
pub fn lab() -> Lab {
    Lab::new()
        .with::<crate::implicit::Policy>()
        .with::<crate::explicit::Policy>()
        .with::<crate::segregated::Policy>()
        .with::<crate::quick::Policy>()
        .with::<crate::tuned::Policy>()
}

/// Returns every mutant of every design, in the order of the lists.
pub fn all() -> impl Iterator<Item = Specimen> {
    let lists = DESIGNS.into_iter();
    let lists = lists.flat_map(|lists| lists.mutants.iter().map(move |list| (lists.design, *list)));
    lists.flat_map(|(design, list)| of_list(design, list))
}

/// Returns every change that is not a fault, in the order of the lists.
pub fn all_sound() -> impl Iterator<Item = Specimen> {
    let lists = DESIGNS.into_iter();
    lists.flat_map(|lists| of_list(lists.design, lists.sound))
}

fn of_list(design: &'static str, mutants: &'static [Mutant]) -> impl Iterator<Item = Specimen> {
    mutants.iter().map(move |mutant| Specimen { design, mutant })
}

/// A mutant with its design.
#[derive(Clone, Copy, Debug)]
pub struct Specimen {
    /// The design's name.
    pub design: &'static str,
    /// The mutant.
    pub mutant: &'static Mutant,
}

impl Specimen {
    /// Returns its name on the command line: `implicit:elided,next-not-told-on-free`.
    pub fn spec(&self) -> String {
        format!("{}:{}", self.design, self.words())
    }

    fn words(&self) -> String {
        match self.mutant.words {
            "" => self.mutant.name.to_owned(),
            words => format!("{words},{}", self.mutant.name),
        }
    }

    /// Returns the alignment at which the fault shows.
    pub fn align(&self) -> Align {
        match self.mutant.align_bytes {
            8 => Align::Eight,
            _ => Align::Sixteen,
        }
    }

    /// Returns the machine on which the fault shows.
    pub fn machine(&self) -> arena::Settings {
        let plenty = arena::Settings::default();
        match self.mutant.memory {
            Memory::Plenty | Memory::AnyRequest => plenty,
            Memory::Enough(limit_bytes) => arena::Settings { limit_bytes, ..plenty },
            Memory::RefusedFrom(call) => arena::Settings { refuse: Refuse::From(call), ..plenty },
        }
    }

    /// Checks every answer, as `heaplab run` does.
    ///
    /// # Errors
    /// The first fault, or that the machine can't be created.
    pub fn validate(&self, trace: &Trace) -> Result<Facts, Stopped> {
        let settings = Settings {
            align: self.align(),
            limit_bytes: self.machine().limit_bytes,
            check_every: None,
        };
        self.visit(Validate { trace, settings })
    }

    /// Runs it on the checked machine, as `heaplab check` does.
    ///
    /// # Errors
    /// The first fault, or that the machine can't be created.
    pub fn check_accesses(&self, trace: &Trace) -> Result<CheckCounts, Stopped> {
        let settings = self.settings();
        self.visit(CheckAccesses { trace, settings })
    }

    /// Runs the original in the same way.
    ///
    /// # Errors
    /// The first fault, or that the machine can't be created.
    pub fn check_original(&self, trace: &Trace) -> Result<CheckCounts, Stopped> {
        let settings = self.settings();
        self.visit(ExamineOriginal { trace, settings })
    }

    /// Returns the first operation after which it differs from the original.
    pub fn first_difference(&self, trace: &Trace) -> Option<usize> {
        let (align, machine) = (self.align(), self.machine());
        self.visit(Differ { trace, align, machine })
    }

    fn settings(&self) -> CheckSettings {
        let machine = self.machine();
        CheckSettings {
            align: self.align(),
            limit_bytes: machine.limit_bytes,
            refuse: machine.refuse,
            may_run_out: matches!(self.mutant.memory, Memory::AnyRequest | Memory::RefusedFrom(_)),
            bad_pointers: false,
        }
    }

    fn visit<V: Visitor>(&self, visitor: V) -> V::Answer {
        let (words, sound) = (self.words(), self.mutant.words);
        match self.design {
            "implicit" => visitor.visit(
                &known::<crate::implicit::Policy>(&words),
                &known::<heaplab_implicit::Policy>(sound),
            ),
            "explicit" => visitor.visit(
                &known::<crate::explicit::Policy>(&words),
                &known::<heaplab_explicit::Policy>(sound),
            ),
            "segregated" => visitor.visit(
                &known::<crate::segregated::Policy>(&words),
                &known::<heaplab_segregated::Policy>(sound),
            ),
            "quick" => visitor.visit(
                &known::<crate::quick::Policy>(&words),
                &known::<heaplab_quick::Policy>(sound),
            ),
            _ => visitor.visit(
                &known::<crate::tuned::Policy>(&words),
                &known::<heaplab_tuned::Policy>(sound),
            ),
        }
    }
}

/// Returns the design with these words. The lists' words are valid: a test checks each.
fn known<D: Design>(words: &str) -> D {
    parse_policy(words).unwrap_or_default()
}

/// An action for a mutant and its original, once their types are known.
trait Visitor {
    type Answer;

    fn visit<B: Design, S: Design>(self, broken: &B, sound: &S) -> Self::Answer;
}

struct Validate<'a> {
    trace: &'a Trace,
    settings: Settings,
}

impl Visitor for Validate<'_> {
    type Answer = Result<Facts, Stopped>;

    fn visit<B: Design, S: Design>(self, broken: &B, _: &S) -> Self::Answer {
        validate(broken, self.trace, &self.settings, &|_| ())
    }
}

struct CheckAccesses<'a> {
    trace: &'a Trace,
    settings: CheckSettings,
}

impl Visitor for CheckAccesses<'_> {
    type Answer = Result<CheckCounts, Stopped>;

    fn visit<B: Design, S: Design>(self, broken: &B, _: &S) -> Self::Answer {
        check_accesses(broken, self.trace, &self.settings, &|_| ())
    }
}

struct ExamineOriginal<'a> {
    trace: &'a Trace,
    settings: CheckSettings,
}

impl Visitor for ExamineOriginal<'_> {
    type Answer = Result<CheckCounts, Stopped>;

    fn visit<B: Design, S: Design>(self, _: &B, sound: &S) -> Self::Answer {
        check_accesses(sound, self.trace, &self.settings, &|_| ())
    }
}

struct Differ<'a> {
    trace: &'a Trace,
    align: Align,
    machine: arena::Settings,
}

impl Visitor for Differ<'_> {
    type Answer = Option<usize>;

    fn visit<B: Design, S: Design>(self, broken: &B, sound: &S) -> Self::Answer {
        first_difference(broken, sound, self.trace, self.align, self.machine)
    }
}
