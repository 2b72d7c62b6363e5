//! Blocks that a forked child inherited.
//!
//! A child begins with a copy of its parent's heap and may free blocks in it that its own log never
//! gave out. The log of the parent, or of an earlier ancestor, explains them: it has them live at
//! the moment of the fork.

use super::format::Kind;
use super::log::Log;
use heaplab_support::Error;
use std::collections::{HashMap, HashSet};

/// The unknown frees of one process, after the ancestors' logs were searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Blocks that an ancestor allocated before the fork.
    pub inherited: usize,
    /// Blocks whose allocation was not recorded.
    pub unexplained: usize,
}

/// Finds out which of each log's unknown addresses were inherited. Both lists have the order of
/// `logs`, in which the processes began.
///
/// # Errors
///
/// If a log can't be read.
pub fn explain(logs: &[Log], unknown: Vec<Vec<u64>>) -> Result<Vec<Unknown>, Error> {
    let by_start: HashMap<u64, usize> =
        logs.iter().enumerate().map(|(index, log)| (log.start_ns(), index)).collect();
    let mut answers = vec![Unknown::default(); logs.len()];
    let mut questions: Vec<Vec<Question>> = logs.iter().map(|_| Vec::new()).collect();
    for (asker, addresses) in unknown.into_iter().enumerate() {
        let question = Question { asker, records: 0, addresses };
        pass_on(question, &logs[asker], &by_start, &mut questions, &mut answers);
    }
    // Parents begin before their children. Going backwards, a question that a parent can't answer
    // either reaches the grandparent before the grandparent's turn.
    for index in (0..logs.len()).rev() {
        let mut asked = std::mem::take(&mut questions[index]);
        answer(&logs[index], &mut asked, &mut answers)?;
        for question in asked {
            pass_on(question, &logs[index], &by_start, &mut questions, &mut answers);
        }
    }
    Ok(answers)
}

/// A question to a log: were these addresses live when the log had this many records?
struct Question {
    asker: usize,
    records: u64,
    addresses: Vec<u64>,
}

/// Passes a question that `log` can't answer on to the parent's log. Without a parent the addresses
/// stay unexplained.
fn pass_on(
    mut question: Question,
    log: &Log,
    by_start: &HashMap<u64, usize>,
    questions: &mut [Vec<Question>],
    answers: &mut [Unknown],
) {
    if question.addresses.is_empty() {
        return;
    }
    match log.parent().and_then(|parent| Some((by_start.get(&parent.start_ns)?, parent))) {
        Some((&parent_index, parent)) => {
            question.records = parent.records;
            questions[parent_index].push(question);
        }
        None => answers[question.asker].unexplained += question.addresses.len(),
    }
}

/// Removes the addresses that are live in `log` from the questions, each at its own moment, in one
/// pass over the log.
fn answer(log: &Log, asked: &mut [Question], answers: &mut [Unknown]) -> Result<(), Error> {
    asked.sort_by_key(|question| question.records);
    let mut live = HashSet::new();
    let mut waiting = asked.iter_mut().peekable();
    if waiting.peek().is_none() {
        return Ok(());
    }
    log.for_each(|index, record| {
        while let Some(question) = waiting.next_if(|question| question.records <= index) {
            question.settle(&live, answers);
        }
        match record.kind {
            Kind::Malloc | Kind::Calloc | Kind::Memalign | Kind::ReallocEnd => {
                live.insert(record.address);
            }
            Kind::Free | Kind::ReallocBegin => {
                live.remove(&record.address);
            }
            Kind::ReallocFailed => {}
        }
        waiting.peek().is_some()
    })?;
    for question in waiting {
        question.settle(&live, answers);
    }
    Ok(())
}

impl Question {
    fn settle(&mut self, live: &HashSet<u64>, answers: &mut [Unknown]) {
        let before = self.addresses.len();
        self.addresses.retain(|address| !live.contains(address));
        answers[self.asker].inherited += before - self.addresses.len();
    }
}
