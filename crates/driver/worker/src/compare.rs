//! Heaps and production allocators as contenders: answers, speed, memory.

use crate::serve::Bench;
use crate::task::{BonusTask, CompareTask, LoadTask, RealTask, is_library};
use crate::{Common, Doing, Error, FaultReport, Heaps, Reply};
use heaplab_real::Allocator;
use heaplab_real::library::{self, LoadError};
use heaplab_real::resident::Prepared;
use heaplab_replay::{Budget, Course, Program, Racer, Settings, take_every_turn};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A production allocator of this name, if one is built in; or a library, if the name is
/// the path of one, which is loaded into this process.
///
/// # Errors
/// If it is a library that can't be loaded.
fn real(name: &str) -> Result<Option<Allocator>, Error> {
    if is_library(name) {
        return load(name).map(Some);
    }
    let mut all = heaplab_real::allocators().into_iter();
    Ok(all.find(|allocator| allocator.name == name))
}

/// Loads a library.
fn load(path: &str) -> Result<Allocator, Error> {
    let file = library::inspect(Path::new(path)).map_err(LoadError::Unusable);
    let loaded = file.and_then(|file| library::load(&file));
    loaded.map_err(|error| Error::new(format!("error: can't load {path}: {error}")))
}

/// A contender of this name: a production allocator, or else a heap.
fn racer(heaps: &Heaps, name: &str) -> Result<Box<dyn Racer>, Error> {
    match real(name)? {
        Some(allocator) => Ok(allocator.racer()),
        None => Ok(heaps.heap(name)?.racer()),
    }
}

impl Bench<'_> {
    pub(crate) fn compare(&mut self, task: &CompareTask) -> Result<Reply, Error> {
        let trace = self.read(&task.trace, task.common)?;
        let program = Program::new(&trace).map_err(Error::new)?;
        let mut course = Course::new(task.common.limit_bytes, task.common.align())
            .with_heartbeat(self.progress.heartbeat());
        let racers = task.contenders.iter().map(|name| racer(self.heaps, name));
        let mut racers = racers.collect::<Result<Vec<Box<dyn Racer>>, Error>>()?;
        let mut racers: Vec<&mut dyn Racer> = racers
            .iter_mut()
            .map(|racer| racer.as_mut() as &mut dyn Racer)
            .collect();
        let budget = Budget {
            each: Duration::from_secs_f64(task.seconds_each),
            ..Budget::default()
        };
        let watch = |heap| self.now_races(heap);
        self.progress
            .begin(Arc::clone(&trace), task.common.timeout());
        let race = || {
            take_every_turn(
                &mut racers,
                &program,
                &mut course,
                task.turns,
                budget,
                &watch,
            )
        };
        match panic::catch_unwind(AssertUnwindSafe(race)) {
            Ok(Ok(samples)) => Ok(Reply::Compared(samples)),
            Ok(Err(error)) => Err(Error::new(error)),
            Err(_) => Ok(self.fell_out(&trace)),
        }
    }

    /// Looks at every answer of a production allocator.
    pub(crate) fn answers(&mut self, task: &RealTask) -> Result<Reply, Error> {
        let name = &task.contender;
        let trace = self.begin(&task.trace, task.common)?;
        let allocator =
            real(name)?.ok_or_else(|| Error::new(format!("error: `{name}` is not built in")))?;
        let watch = |index| self.progress.step(Doing::Op(index));
        Ok(match allocator.check(&trace, &watch) {
            Ok(()) => Reply::Right,
            Err(wrong) => {
                let doing = Some(Doing::Op(wrong.op_index));
                let (code, message) = (wrong.what.code(), wrong.what.to_string());
                Reply::Faulty(FaultReport::ending(code, &message, doing, Some(&trace)))
            }
        })
    }

    /// Measures what a contender takes of the host. The process must be a fresh one.
    pub(crate) fn resident(&mut self, task: &RealTask) -> Result<Reply, Error> {
        let settings = settings(task.common);
        let trace = self.read(&task.trace, task.common)?;
        let prepared = Prepared::new(&trace).map_err(Error::new)?;
        self.progress
            .begin(Arc::clone(&trace), task.common.timeout());
        let heartbeat = self.progress.heartbeat();
        let measured = match real(&task.contender)? {
            Some(allocator) => allocator.resident(&prepared, heartbeat),
            None => {
                let heap = self.heaps.heap(&task.contender)?;
                heap.contender()?.resident(&prepared, &settings, heartbeat)
            }
        };
        let measured = measured.map_err(Error::new)?;
        Ok(Reply::Resident {
            peak_payload_bytes: measured.peak_payload_bytes,
            resident_bytes: measured.resident_bytes,
        })
    }

    /// Loads a library, and does nothing with it.
    pub(crate) fn load(&mut self, task: &LoadTask) -> Result<Reply, Error> {
        let timeout = Duration::from_secs_f64(task.timeout_seconds);
        self.progress.limit(timeout);
        load(&task.library).map(|_| Reply::Loaded)
    }

    /// Looks at what is handed out beyond the request.
    pub(crate) fn bonus(&mut self, task: &BonusTask) -> Result<Reply, Error> {
        let settings = settings(task.common);
        self.progress.limit(task.common.timeout());
        let allocator = real(&task.contender)?;
        if allocator.as_ref().is_some_and(|one| !one.says_usable_size) {
            return Err(Error::new(format!(
                "error: {} has no {}, so it does not say what may be used of a block",
                task.contender,
                library::USABLE_SIZE
            )));
        }
        let of_block = |&(asked, grown): &(u32, u32)| {
            self.progress.heartbeat().beat();
            match &allocator {
                Some(allocator) => Ok(allocator.bonus(asked, grown)),
                None => {
                    let heap = self.heaps.heap(&task.contender)?;
                    let bonus = heap.contender()?.bonus(&settings, asked, grown);
                    bonus.map_err(Error::new)
                }
            }
        };
        let all = task.blocks.iter().map(of_block);
        Ok(Reply::Bonus(all.collect::<Result<Vec<_>, Error>>()?))
    }
}

fn settings(common: Common) -> Settings {
    Settings {
        align: common.align(),
        limit_bytes: common.limit_bytes,
        check_every: None,
    }
}
