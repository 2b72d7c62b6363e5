//! How fast contenders are, compared fairly.
//!
//! - The contenders take turns, A B C A B C, so that a machine that is busy for
//!   a while is busy for all of them.
//! - What is reported is the *fastest* sample: noise only ever adds time. It
//!   counts as settled once the three fastest agree within 1 %.
//! - A trace too short for the clock is replayed until a sample is long enough.

use crate::Program;
use crate::timed::{Timed, TimingEnvironment, TimingError};
use std::time::{Duration, Instant};

/// The speed of one contender on one trace, on this machine, in this run.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Timing {
    /// Nanoseconds an operation in the fastest sample.
    pub ns_per_op: f64,
    /// How many samples were taken.
    pub samples: u32,
    /// Whether the three fastest agree within 1 %.
    pub settled: bool,
}

impl Timing {
    /// Operations a second in the fastest sample.
    pub fn ops_per_second(&self) -> f64 {
        1e9 / self.ns_per_op
    }
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Every contender may take samples for this long, and takes at least one however slow it is.
    pub each: Duration,
    /// A sample takes at least this long.
    pub sample: Duration,
}

impl Default for Budget {
    /// Returns 150 ms for each contender, in samples of at least 1 ms.
    fn default() -> Self {
        Budget { each: Duration::from_millis(150), sample: Duration::from_millis(1) }
    }
}

impl Budget {
    /// Returns whether a contender that has spent this much has no time for another sample,
    /// assuming that it takes as long as its longest one. A contender may exceed its share by at
    /// most a fifth.
    fn is_used_up(&self, spent: Duration, longest: Duration) -> bool {
        spent >= self.each || spent + longest > self.each + self.each / 5
    }
}

/// Times the contenders on one program, in turns.
///
/// A contender that has used up its share of the budget, or would with another sample, is left out
/// from then on; so a slow one gets fewer samples, but at least one. Ends when those still running
/// have settled. `watch` is called before every sample with the contender's index.
///
/// # Errors
/// The first contender that could not be timed.
pub fn take_turns(
    contenders: &mut [&mut dyn Timed],
    program: &Program,
    environment: &mut TimingEnvironment,
    budget: Budget,
    watch: &dyn Fn(usize),
) -> Result<Vec<Timing>, TimingError> {
    let mut logs = vec![Log::default(); contenders.len()];
    loop {
        if logs.iter().all(|log| log.is_done(budget)) {
            break;
        }
        for (index, (contender, log)) in contenders.iter_mut().zip(&mut logs).enumerate() {
            if log.is_out_of_time(budget) {
                continue;
            }
            watch(index);
            log.take_sample(*contender, program, environment, budget)?;
        }
    }
    Ok(logs.iter().map(Log::timing).collect())
}

/// Times the contenders in turns, and returns every sample: nanoseconds an operation, for each
/// contender turn by turn. The samples of one turn were taken one right after the other, so that
/// they may be compared pair by pair.
///
/// Before the first turn each contender takes a sample that does not count, to have its memory at
/// hand. If its budget has no time for another, this sample is its only one; a contender that uses
/// up its budget later misses the turns that are left. `watch` is called before every sample with
/// the contender's index.
///
/// # Errors
/// The first contender that could not be timed.
pub fn take_every_turn(
    contenders: &mut [&mut dyn Timed],
    program: &Program,
    environment: &mut TimingEnvironment,
    turns: u32,
    budget: Budget,
    watch: &dyn Fn(usize),
) -> Result<Vec<Vec<f64>>, TimingError> {
    let mut spent = Vec::new();
    let mut longest = Vec::new();
    let mut samples = Vec::new();
    for (index, contender) in contenders.iter_mut().enumerate() {
        watch(index);
        let start = Instant::now();
        let warm_up = sample(*contender, program, environment, budget)?;
        let took = start.elapsed();
        spent.push(took);
        longest.push(took);
        let is_all = budget.is_used_up(took, took);
        samples.push(if is_all { vec![warm_up] } else { Vec::new() });
    }
    for _ in 0..turns {
        for (index, contender) in contenders.iter_mut().enumerate() {
            if budget.is_used_up(spent[index], longest[index]) {
                continue;
            }
            watch(index);
            let start = Instant::now();
            samples[index].push(sample(*contender, program, environment, budget)?);
            let took = start.elapsed();
            spent[index] += took;
            longest[index] = took.max(longest[index]);
        }
    }
    Ok(samples)
}

/// Replays the program until the sample is long enough. Returns nanoseconds an operation.
fn sample(
    contender: &mut dyn Timed,
    program: &Program,
    environment: &mut TimingEnvironment,
    budget: Budget,
) -> Result<f64, TimingError> {
    let start = Instant::now();
    let mut timed = Duration::ZERO;
    let mut replays = 0u64;
    while timed < budget.sample || timed.is_zero() {
        timed += contender.replay(program, environment)?;
        replays += 1;
        // If setting up costs far more than the replay, the budget ends the sample instead.
        if start.elapsed() > budget.each && !timed.is_zero() {
            break;
        }
    }
    let ops = program.ops().max(1) as f64 * replays as f64;
    Ok(timed.as_nanos() as f64 / ops)
}

/// The samples of one contender.
#[derive(Clone, Debug, Default)]
struct Log {
    /// Nanoseconds an operation, ascending.
    samples: Vec<f64>,
    /// Time used, with the clock running or not.
    spent: Duration,
    /// The same for the longest sample.
    longest: Duration,
}

/// How many of the fastest samples must agree, and how closely.
const AGREEING_SAMPLES: usize = 3;
const AGREEMENT: f64 = 1.01;

impl Log {
    fn take_sample(
        &mut self,
        contender: &mut dyn Timed,
        program: &Program,
        environment: &mut TimingEnvironment,
        budget: Budget,
    ) -> Result<(), TimingError> {
        let start = Instant::now();
        let ns_per_op = sample(contender, program, environment, budget)?;
        let place = self.samples.partition_point(|&sample| sample < ns_per_op);
        self.samples.insert(place, ns_per_op);
        let took = start.elapsed();
        self.spent += took;
        self.longest = took.max(self.longest);
        Ok(())
    }

    fn is_done(&self, budget: Budget) -> bool {
        self.is_settled() || self.is_out_of_time(budget)
    }

    fn is_out_of_time(&self, budget: Budget) -> bool {
        !self.samples.is_empty() && budget.is_used_up(self.spent, self.longest)
    }

    fn is_settled(&self) -> bool {
        match self.samples.get(AGREEING_SAMPLES - 1) {
            Some(&slowest_of_them) => slowest_of_them <= self.samples[0] * AGREEMENT,
            None => false,
        }
    }

    fn timing(&self) -> Timing {
        Timing {
            // Every contender has taken a sample here, or there is an error instead.
            ns_per_op: self.samples.first().copied().unwrap_or(f64::NAN),
            samples: self.samples.len() as u32,
            settled: self.is_settled(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_heap::Align;
    use heaplab_trace::{Id, Op, Trace, Weight};

    /// A contender whose replays take the given times; the last one repeats.
    struct Scripted {
        nanoseconds: Vec<u64>,
        replays: usize,
    }

    impl Scripted {
        fn new(nanoseconds: &[u64]) -> Self {
            Scripted { nanoseconds: nanoseconds.to_vec(), replays: 0 }
        }
    }

    impl Timed for Scripted {
        fn replay(
            &mut self,
            _: &Program,
            _: &mut TimingEnvironment,
        ) -> Result<Duration, TimingError> {
            let last = self.nanoseconds.len() - 1;
            let taken = self.nanoseconds[self.replays.min(last)];
            self.replays += 1;
            Ok(Duration::from_nanos(taken))
        }
    }

    fn time_heaps(contenders: &mut [&mut dyn Timed], ops: u32, budget: Budget) -> Vec<Timing> {
        let ops = (0..ops).map(|id| Op::Malloc { id: Id(id), size: 8 }).collect();
        let trace = Trace::from_ops("test", Weight::Both, ops).unwrap();
        let program = Program::new(&trace).unwrap();
        let mut environment = TimingEnvironment::new(1 << 20, Align::Sixteen);
        take_turns(contenders, &program, &mut environment, budget, &|_| ()).unwrap()
    }

    const MILLISECOND: u64 = 1_000_000;

    #[test]
    fn the_fastest_sample_counts_once_three_agree() {
        let mut contender = Scripted::new(&[9, 4, 7, 2, 2, 2].map(|ms| ms * MILLISECOND));
        let timings = time_heaps(&mut [&mut contender], 1000, Budget::default());
        let expected = Timing { ns_per_op: 2000.0, samples: 6, settled: true };
        assert_eq!(timings, [expected]);
        assert_eq!(timings[0].ops_per_second(), 500_000.0);
    }

    #[test]
    fn a_trace_too_short_for_the_clock_is_replayed_until_it_is_not() {
        // One replay is below what the clock can see; half of them read 0.
        let mut contender = Scripted::new(&[0, 40, 0, 40, 0, 40, 0, 50]);
        let timings = time_heaps(&mut [&mut contender], 1, Budget::default());
        assert!(timings[0].ops_per_second().is_finite());
        assert!(contender.replays as u64 >= MILLISECOND / 50);
    }

    #[test]
    fn at_least_one_sample_is_taken_without_any_time() {
        let none = Budget { each: Duration::ZERO, sample: Duration::ZERO };
        let mut slow = Scripted::new(&[5 * MILLISECOND]);
        let mut other = Scripted::new(&[MILLISECOND]);
        let timings = time_heaps(&mut [&mut slow, &mut other], 1000, none);
        assert_eq!((timings[0].samples, timings[1].samples), (1, 1));
        assert_eq!(timings[0].ns_per_op, 5000.0);
        assert!(!timings[0].settled);
    }

    #[test]
    fn samples_are_kept_per_turn_and_slow_heaps_may_have_fewer() {
        let trace = Trace::from_ops("test", Weight::Both, vec![Op::FreeNull]).unwrap();
        let program = Program::new(&trace).unwrap();
        let mut environment = TimingEnvironment::new(1 << 20, Align::Sixteen);
        let mut quick = Scripted::new(&[9, 1, 3, 2].map(|ms| ms * MILLISECOND));
        let mut slow = Scripted::new(&[5 * MILLISECOND]);
        let without = Budget { each: Duration::ZERO, ..Budget::default() };
        let time_heaps = |contender: &mut Scripted, environment: &mut TimingEnvironment, budget| {
            take_every_turn(&mut [contender], &program, environment, 3, budget, &|_| ()).unwrap()
        };
        let samples = time_heaps(&mut quick, &mut environment, Budget::default());
        assert_eq!(samples, [[1e6, 3e6, 2e6]]);
        let samples = time_heaps(&mut slow, &mut environment, without);
        assert_eq!(samples, [[5e6]]);
    }

    #[test]
    fn samples_that_would_end_much_too_late_are_not_started() {
        let budget = Budget { each: Duration::from_millis(100), ..Budget::default() };
        for (spent, longest, is_used_up) in
            [(0, 90, false), (60, 50, false), (80, 50, true), (110, 110, true), (100, 0, true)]
        {
            let [spent, longest] = [spent, longest].map(Duration::from_millis);
            assert_eq!(budget.is_used_up(spent, longest), is_used_up);
        }
    }

    #[test]
    fn contenders_take_turns() {
        use std::cell::RefCell;
        let order = RefCell::new(Vec::new());
        let mut a = Scripted::new(&[MILLISECOND]);
        let mut b = Scripted::new(&[MILLISECOND]);
        let trace = Trace::from_ops("test", Weight::Both, vec![Op::FreeNull]).unwrap();
        let program = Program::new(&trace).unwrap();
        let mut environment = TimingEnvironment::new(1 << 20, Align::Sixteen);
        let watch = |contender| order.borrow_mut().push(contender);
        take_turns(&mut [&mut a, &mut b], &program, &mut environment, Budget::default(), &watch)
            .unwrap();
        assert_eq!(order.into_inner(), [0, 1, 0, 1, 0, 1]);
    }
}
