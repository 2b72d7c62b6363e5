//! The command of a program with heaps.

use crate::commands::Command;
use clap::Parser;
use heaplab_heap::Design;
use heaplab_worker::Heaps;
use std::process::ExitCode;

/// The command, over the heaps of one program.
pub struct Lab {
    heaps: Heaps,
}

/// Build, run and compare memory allocators.
#[derive(Parser)]
#[command(name = "heaplab", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Lab {
    /// A lab without heaps.
    #[expect(
        clippy::new_without_default,
        reason = "a lab without heaps is only a beginning"
    )]
    pub fn new() -> Lab {
        Lab {
            heaps: Heaps::new(),
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
    pub fn with<D: Design>(self) -> Lab {
        Lab {
            heaps: self.heaps.with::<D>(),
        }
    }

    /// The same lab with one more heap, called otherwise than its design.
    pub fn with_named<D: Design>(self, name: &'static str) -> Lab {
        Lab {
            heaps: self.heaps.with_named::<D>(name),
        }
    }

    /// Runs the command line of this process.
    pub fn main(self) -> ExitCode {
        let cli = Cli::parse();
        match cli.command.run(&self.heaps) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }
}
