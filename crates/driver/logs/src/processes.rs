//! The processes of a log, and which of their calls count.

use crate::error::{Conflict, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// At most this many processes are distinguished; the calls of others are counted together.
const MOST_PROCESSES: usize = 4096;

/// A message names at most this many processes.
const MOST_NAMED: usize = 5;

/// The processes of a log and the calls that each made.
pub(crate) struct Processes {
    /// Those that were chosen; all if empty.
    chosen: Vec<u32>,
    calls: BTreeMap<u32, u64>,
    first: Option<u32>,
    /// PIDs that are certainly processes of their own, not threads.
    forked: BTreeSet<u32>,
    more: u64,
}

impl Processes {
    pub fn new(chosen: &[u32]) -> Processes {
        Processes {
            chosen: chosen.to_vec(),
            calls: BTreeMap::new(),
            first: None,
            forked: BTreeSet::new(),
            more: 0,
        }
    }

    /// Returns whether the process was chosen, or none was.
    pub fn is_chosen(&self, pid: u32) -> bool {
        self.chosen.is_empty() || self.chosen.contains(&pid)
    }

    /// Returns whether calls of the process count where every number is a process: those of the
    /// chosen ones, or of the first.
    pub fn takes(&self, pid: u32) -> bool {
        if self.chosen.is_empty() { self.is_first(pid) } else { self.chosen.contains(&pid) }
    }

    /// Returns whether the process is the first in the log.
    pub fn is_first(&self, pid: u32) -> bool {
        self.first.is_none_or(|first| first == pid)
    }

    /// Returns whether the process has made a call.
    pub fn has_called(&self, pid: u32) -> bool {
        self.calls.contains_key(&pid)
    }

    /// Counts a call.
    pub fn count(&mut self, pid: u32) {
        self.first.get_or_insert(pid);
        if self.calls.len() < MOST_PROCESSES || self.calls.contains_key(&pid) {
            *self.calls.entry(pid).or_insert(0) += 1;
        } else {
            self.more += 1;
        }
    }

    /// Notes that the process is one of its own, not a thread of the first.
    pub fn is_forked(&mut self, pid: u32) {
        if self.forked.len() < MOST_PROCESSES {
            self.forked.insert(pid);
        }
    }

    /// Checks a log in which every number is a process.
    ///
    /// # Errors
    /// If there are several and none was chosen, or if a chosen process is not in the log.
    pub fn check_processes(&self) -> Result<(), Refusal> {
        self.check_chosen()?;
        if self.chosen.is_empty() && self.calls.len() > 1 {
            Err(self.several(None))
        } else {
            Ok(())
        }
    }

    /// Checks a log in which a number may be a thread: `conflict` shows that two are not.
    ///
    /// # Errors
    /// As for [`Self::check_processes`].
    pub fn check_threads(&self, conflict: Option<Conflict>) -> Result<(), Refusal> {
        self.check_chosen()?;
        let is_process = |pid: &u32| self.calls.contains_key(pid);
        let forked = self.calls.len() > 1 && self.forked.iter().any(is_process);
        if self.chosen.is_empty() && (forked || conflict.is_some()) {
            Err(self.several(conflict))
        } else {
            Ok(())
        }
    }

    fn check_chosen(&self) -> Result<(), Refusal> {
        let is_there = |pid: &u32| self.calls.contains_key(pid);
        if self.chosen.iter().all(is_there) {
            return Ok(());
        }
        let (calls, more) = self.named();
        let missing = self.chosen.iter().filter(|pid| !is_there(pid));
        Err(Refusal::NoSuchProcess { chosen: missing.copied().collect(), calls, more })
    }

    fn several(&self, conflict: Option<Conflict>) -> Refusal {
        let (calls, more) = self.named();
        Refusal::SeveralProcesses { calls, more, conflict }
    }

    /// Returns the processes that a message names, the first of the log in front and then those
    /// with the most calls; and how many more there are. Number 0 stands for lines without one.
    fn named(&self) -> (Vec<(u32, u64)>, u64) {
        let pids = self.calls.iter().filter(|(pid, _)| **pid != 0);
        let mut calls: Vec<(u32, u64)> = pids.map(|(&pid, &calls)| (pid, calls)).collect();
        calls.sort_by_key(|&(pid, calls)| (Some(pid) != self.first, std::cmp::Reverse(calls)));
        let more = calls.len().saturating_sub(MOST_NAMED) as u64;
        calls.truncate(MOST_NAMED);
        (calls, more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_processes_must_be_chosen() {
        let with = |chosen: &[u32], pids: &[u32]| {
            let mut processes = Processes::new(chosen);
            pids.iter().for_each(|&pid| processes.count(pid));
            processes.check_processes()
        };
        assert!(with(&[], &[7, 7]).is_ok());
        assert!(with(&[7], &[7, 8]).is_ok());
        assert!(with(&[7, 8], &[7, 8]).is_ok());
        assert!(matches!(
            with(&[], &[7, 8, 8]),
            Err(Refusal::SeveralProcesses { calls, more: 0, .. }) if calls == [(7, 1), (8, 2)]
        ));
        assert!(matches!(
            with(&[9], &[7]),
            Err(Refusal::NoSuchProcess { chosen, .. }) if chosen == [9]
        ));
        assert!(with(&[9], &[]).is_err());
    }

    #[test]
    fn threads_are_accepted_until_one_is_a_process() {
        let mut processes = Processes::new(&[]);
        processes.count(7);
        processes.count(8);
        assert!(processes.check_threads(None).is_ok());
        processes.is_forked(9);
        assert!(processes.check_threads(None).is_ok());
        processes.is_forked(8);
        assert!(processes.check_threads(None).is_err());
    }
}
