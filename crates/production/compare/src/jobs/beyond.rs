//! The job that finds out what becomes of the bytes that a contender returns beyond the request.

use super::contender::{PROCESS, is_library, real, simulated};
use heaplab_heap::Design;
use heaplab_real::library;
use heaplab_replay::{Bonus, Settings, bonus};
use heaplab_worker::{Common, Error, Job, JobContext, Process, Stop};
use serde::{Deserialize, Serialize};
use std::io;
use std::time::Duration;

/// Finds out what becomes of the bytes beyond the request; one answer for each block.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskBeyond {
    /// A production allocator or a heap, as named on the command line, or the absolute
    /// path of a shared library.
    pub contender: String,
    /// The machine's settings and the time limit.
    pub common: Common,
    /// Blocks: bytes requested, and bytes that each block grows to.
    pub blocks: Vec<(u32, u32)>,
}

/// An experiment with one block of a design.
type Experiment = Box<dyn Fn(&Settings, u32, u32) -> io::Result<Bonus>>;

impl Job for AskBeyond {
    const NAME: &'static str = "ask-beyond";
    const PROCESS: Process = PROCESS;
    type Erased = Experiment;
    type Answer = Vec<Bonus>;

    fn erase<D: Design>(design: D) -> Experiment {
        if D::IS_NATIVE {
            let unknown = "a heap in C does not say the usable size of its blocks";
            return Box::new(move |_, _, _| Err(io::Error::other(unknown)));
        }
        Box::new(move |settings, asked, grown| {
            Ok(bonus(&mut simulated(&design, settings)?, asked, grown))
        })
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Vec<Bonus>, Stop> {
        context.limit(self.timeout());
        let allocator = real(&self.contender)?;
        if allocator.as_ref().is_some_and(|one| !one.says_usable_size) {
            return Err(Error::new(format!(
                "error: {} does not define {}, so the usable size of its blocks is unknown",
                self.contender,
                library::USABLE_SIZE
            ))
            .into());
        }
        let of_block = |&(asked, grown): &(u32, u32)| {
            context.heartbeat().beat();
            match &allocator {
                Some(allocator) => Ok(allocator.bonus(asked, grown)),
                None => {
                    let experiment = context.erased::<AskBeyond>(&self.contender)?;
                    experiment(&self.common.settings(), asked, grown)
                        .map_err(|error| Error::new(format!("error: {}: {error}", self.contender)))
                }
            }
        };
        let all = self.blocks.iter().map(of_block);
        Ok(all.collect::<Result<Vec<_>, Error>>()?)
    }

    fn timeout(&self) -> Duration {
        self.common.timeout()
    }

    fn is_alone(&self) -> bool {
        is_library(&self.contender)
    }
}
