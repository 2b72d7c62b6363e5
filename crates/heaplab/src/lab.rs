//! Which heaps there are, and how they are named on a command line.

use crate::Failure;
use heaplab_arena::ReserveError;
use heaplab_cost::{self as cost, Cost};
use heaplab_heap::{Align, Design, UnknownWord, parse_policy};
use heaplab_hunt as hunt;
use heaplab_replay::{
    Around, Examination, Examined, Facts, Fault, HeapRacer, Moment, Racer, Settings, Steps,
    Stopped, draw_fault, draw_heap, examine_with, validate,
};
use heaplab_trace::Trace;
use heaplab_waste::{self as waste, Waste};

/// The heaps of one command.
pub struct Lab {
    entries: Vec<Entry>,
}

/// A heap's design, with its type forgotten.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Name and meaning of each policy word.
    pub(crate) words: Vec<(&'static str, &'static str)>,
    parse: fn(&str) -> Result<Box<dyn Contender>, UnknownWord>,
}

/// A design with its policy chosen, and its type forgotten.
pub(crate) trait Contender {
    fn validate(
        &self,
        trace: &Trace,
        settings: &Settings,
        watch: &dyn Fn(Moment),
    ) -> Result<Facts, Stopped>;

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

    fn racer(&self) -> Box<dyn Racer>;

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
}

impl<D: Design> Contender for D {
    fn validate(
        &self,
        trace: &Trace,
        settings: &Settings,
        watch: &dyn Fn(Moment),
    ) -> Result<Facts, Stopped> {
        validate(self, trace, settings, watch)
    }

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

    fn racer(&self) -> Box<dyn Racer> {
        Box::new(HeapRacer::new(self.clone()))
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
}

impl Lab {
    /// A lab without heaps.
    #[expect(
        clippy::new_without_default,
        reason = "a lab without heaps is only a beginning"
    )]
    pub fn new() -> Lab {
        Lab {
            entries: Vec::new(),
        }
    }

    /// The workspace's own heaps: implicit, explicit, segregated.
    pub fn standard() -> Lab {
        Lab::new()
            .with::<heaplab_implicit::Policy>()
            .with::<heaplab_explicit::Policy>()
            .with::<heaplab_segregated::Policy>()
    }

    /// The same lab with one more heap.
    pub fn with<D: Design>(mut self) -> Lab {
        self.entries.push(Entry {
            name: D::NAME,
            about: D::ABOUT,
            words: D::WORDS
                .iter()
                .map(|word| (word.name, word.about))
                .collect(),
            parse: |policy| Ok(Box::new(parse_policy::<D>(policy)?)),
        });
        self
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The heaps that were asked for, each known to exist and asked for once; all
    /// heaps with their default policies if none was.
    ///
    /// # Errors
    /// For an unknown heap or policy, and for one named twice.
    pub(crate) fn choose(&self, specs: &[String]) -> Result<Vec<String>, Failure> {
        let heaps: Vec<String> = match specs.is_empty() {
            true => self
                .entries
                .iter()
                .map(|entry| entry.name.to_owned())
                .collect(),
            false => specs.to_vec(),
        };
        for (index, heap) in heaps.iter().enumerate() {
            self.heap(heap)?;
            if heaps[..index].contains(heap) {
                return Err(Failure::Input(format!(
                    "error: the heap `{heap}` is asked for twice"
                )));
            }
        }
        Ok(heaps)
    }

    /// The heap that a text such as `explicit:address,best-fit` names.
    ///
    /// # Errors
    /// For an unknown heap or policy, with what there is.
    pub(crate) fn heap(&self, spec: &str) -> Result<Box<dyn Contender>, Failure> {
        let (name, policy) = spec.split_once(':').unwrap_or((spec, ""));
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| {
            let names: Vec<_> = self.entries.iter().map(|entry| entry.name).collect();
            Failure::Input(format!(
                "error: there is no heap `{name}`{}\nhelp: the heaps are {}; `heaplab heaps` explains them",
                did_you_mean(name, &names),
                names.join(", ")
            ))
        })?;
        (entry.parse)(policy).map_err(|unknown| {
            let help = match unknown.known.is_empty() {
                true => String::new(),
                false => format!(
                    "\nhelp: its policies are {}; `heaplab heaps` explains them",
                    unknown.known.join(", ")
                ),
            };
            Failure::Input(format!(
                "error: the heap `{name}` has no policy `{}`{}{help}",
                unknown.word,
                did_you_mean(&unknown.word, &unknown.known)
            ))
        })
    }
}

/// `; did you mean ...?` for the known word that is most like the one typed.
pub(crate) fn did_you_mean(typed: &str, known: &[&str]) -> String {
    const ALIKE: f64 = 0.75;
    let similarity = |word: &&str| strsim::jaro_winkler(typed, word);
    let best = known
        .iter()
        .copied()
        .max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    match best {
        Some(word) if similarity(&word) > ALIKE => format!("; did you mean `{word}`?"),
        _ => String::new(),
    }
}
