//! How fast a submission in C is, as a ratio to the lab's reference.
//!
//! Both do each trace in a process of their own, in turns, and the grader takes the time. The
//! submission must give the answers that it gave where all of them were checked.

use super::build::Built;
use crate::running::run_spec;
use heaplab_assess::{Assessor, LIMIT_BYTES, RACE_SECONDS};
use heaplab_c_heap::TimedProgram;
use heaplab_heap::Align;
use heaplab_inputs::Input;
use heaplab_lab::Grading;
use heaplab_replay::{
    Budget, KnownAnswers, Program, Timed, Timing, TimingEnvironment, TimingError, take_turns,
};
use heaplab_sandbox::{Entry, Jail};
use heaplab_support::Error;
use std::io;
use std::time::Duration;

/// A submission and the lab's reference.
pub(super) struct Race<'r> {
    pub(super) grading: &'r Grading,
    pub(super) entry: &'r Entry,
    pub(super) built: &'r Built,
    pub(super) reference: Built,
    pub(super) user: u32,
}

impl Race<'_> {
    /// Returns the speeds of both on a trace; `None` if the submission failed.
    pub(super) fn time_both(
        &self,
        assessor: &mut Assessor<'_>,
        input: &Input,
    ) -> Result<Option<(Timing, Timing)>, Error> {
        let grading = self.grading;
        let Some(known) = assessor.answers(input, &grading.words, grading.align)? else {
            return Ok(None);
        };
        let program = Program::new(&input.trace).map_err(Error::new)?;
        let mut own = self.start(self.built, &program, Some(known))?;
        let mut reference = self.start(&self.reference, &program, None)?;
        // C code has its own alignment.
        let mut environment = TimingEnvironment::new(LIMIT_BYTES, Align::default());
        let Ok(once) = reference.replay(&program, &mut environment) else { return Ok(None) };
        // A slow reference has time for three samples.
        let each = Duration::from_secs_f64(RACE_SECONDS).max(once * 4);
        let budget = Budget { each, ..Budget::default() };
        let mut contenders: [&mut dyn Timed; 2] = [&mut own, &mut reference];
        match take_turns(&mut contenders, &program, &mut environment, budget, &|_| ()) {
            Ok(timings) => Ok(match timings.as_slice() {
                &[own, reference] => Some((own, reference)),
                _ => None,
            }),
            // It is right where it is checked, and not where it is timed.
            Err(TimingError::OtherAnswers | TimingError::NotBuilt(_) | TimingError::Process(_)) => {
                Ok(None)
            }
            Err(error @ TimingError::NoMachine(_)) => Err(Error::new(format!("error: {error}"))),
        }
    }

    fn start(
        &self,
        built: &Built,
        program: &Program,
        known: Option<KnownAnswers>,
    ) -> Result<TimedProgram, Error> {
        let jail = Jail::new(self.entry.clone(), run_spec(&built.folder(), self.user));
        let started = jail
            .command(built.timed(), &[])
            .map_err(io::Error::other)
            .and_then(|it| TimedProgram::start(it, &built.interface, program, LIMIT_BYTES, known));
        started.map_err(|error| Error::new(format!("error: can't time a program: {error}")))
    }
}
