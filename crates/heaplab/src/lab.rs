//! The command line of a program with heaps.

use crate::Outcome;
use crate::commands::{Command, groups, lab, print};
use clap::{CommandFactory, FromArgMatches, Parser};
use heaplab_assess::Workspace;
use heaplab_checks::{CheckAccesses, TimeHeaps, Validate, Whole};
use heaplab_cost::CountCost;
use heaplab_film::AskFilm;
use heaplab_heap::Design;
use heaplab_hunt::HuntJobs;
use heaplab_waste::CountBytes;
use heaplab_worker::Serving;
use std::process::ExitCode;

/// The command line, over the heaps of one program.
pub struct Lab {
    heaps: Serving<Jobs>,
}

/// The jobs of this program's workers.
type Jobs = (
    Validate,
    CheckAccesses,
    Whole,
    TimeHeaps,
    (CountCost, CountBytes, AskFilm, PageJob, PictureJob),
    HuntJobs,
    ProductionJobs,
);

#[cfg(feature = "page")]
type PageJob = heaplab_page::GatherRun;
#[cfg(not(feature = "page"))]
type PageJob = ();
#[cfg(feature = "plots")]
type PictureJob = heaplab_plot::AskPortrait;
#[cfg(not(feature = "plots"))]
type PictureJob = ();

#[cfg(feature = "production")]
type ProductionJobs = heaplab_compare::CompareJobs;
#[cfg(not(feature = "production"))]
type ProductionJobs = ();

/// Builds, runs and compares memory allocators.
#[derive(Parser)]
#[command(name = "heaplab", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Lab {
    /// Returns a lab without heaps.
    #[expect(clippy::new_without_default, reason = "a lab without heaps is only a beginning")]
    pub fn new() -> Lab {
        Lab { heaps: Serving::new() }
    }

    /// Returns a lab with the workspace's own heaps: implicit, explicit, segregated,
    /// quick; and tuned, which is only used if it is named.
    pub fn standard() -> Lab {
        let lab = Lab::new();
        // Unit tests of this crate run no heap, and compiling all commands for each takes minutes.
        #[cfg(not(test))]
        let lab = lab
            .with::<heaplab_implicit::Policy>()
            .with::<heaplab_explicit::Policy>()
            .with::<heaplab_segregated::Policy>()
            .with::<heaplab_quick::Policy>()
            .with::<heaplab_tuned::Policy>()
            .only_by_name()
            .with_files();
        lab
    }

    /// Returns the lab with heaps in C, which are named by their files.
    #[cfg(feature = "c-heaps")]
    pub fn with_files(self) -> Lab {
        use crate::commands::c_files;
        use heaplab_c_heap::{CDesign, is_file};
        Lab { heaps: self.heaps.with_files(is_file, c_files::expect, CDesign::of_files) }
    }

    /// Returns the lab: it was built without heaps in C.
    #[cfg(not(feature = "c-heaps"))]
    fn with_files(self) -> Lab {
        self
    }

    /// Has commands use the heap that was added last only if it is named.
    pub fn only_by_name(self) -> Lab {
        Lab { heaps: self.heaps.only_by_name() }
    }

    /// Returns the lab with one more heap.
    pub fn with<D: Design>(self) -> Lab {
        Lab { heaps: self.heaps.with::<D>() }
    }

    /// Returns the lab with one more heap, under another name than its design's.
    pub fn with_named<D: Design>(self, name: &'static str) -> Lab {
        Lab { heaps: self.heaps.with_named::<D>(name) }
    }

    /// Returns the lab with one more heap: a design with a policy, under a name of its own.
    pub fn with_policy<D: Design>(self, name: &'static str, about: &'static str, policy: D) -> Lab {
        Lab { heaps: self.heaps.with_policy(name, about, move || policy.clone()) }
    }

    /// Runs the command line of a lab's program: `name` is the lab's name, and `D` the student's
    /// design, which is called `mine` beside the other heaps.
    ///
    /// ```no_run
    /// # use heaplab_implicit as lab_1_implicit;
    /// fn main() -> std::process::ExitCode {
    ///     heaplab::Lab::standard().student::<lab_1_implicit::Policy>("1-implicit")
    /// }
    /// ```
    pub fn student<D: Design>(self, name: &str) -> ExitCode {
        // This reference wastes what is freed; programs of other labs do not have it.
        let found = Workspace::find().and_then(|workspace| workspace.lab(name));
        let is_of_bump = found
            .is_ok_and(|folder| folder.lab.reference == "bump" && folder.lab.solution.is_none());
        let lab = if is_of_bump { self.with::<heaplab_bump::Policy>() } else { self };
        let lab = lab.with_named::<D>(heaplab_assess::MINE);
        code_of(lab::main(&lab.heaps.heaps(), name))
    }

    /// Runs the command line of this process.
    pub fn main(self) -> ExitCode {
        let matches = groups::grouped(Cli::command()).get_matches();
        // clap has parsed a command line of this type.
        let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        code_of(cli.command.run(&self.heaps.heaps(), Cli::command))
    }
}

fn code_of(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let (message, code) = failure.told();
            print::remark(format_args!("{message}"));
            code
        }
    }
}
