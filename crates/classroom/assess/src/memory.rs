//! What is kept between calls: which stages were finished, which hints were given, and how the
//! score changed.

use crate::LabFolder;
use heaplab_grade::Points;
use heaplab_support::Error;
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// A student's progress in a lab.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Stages that were finished at some time.
    #[serde(default)]
    pub finished: BTreeSet<String>,
    /// How many hints were given for each stage.
    #[serde(default)]
    pub hints: BTreeMap<String, usize>,
    /// The stage that was shown last.
    #[serde(default)]
    pub shown: Option<String>,
    /// Changes of the score, the oldest first.
    #[serde(default)]
    pub history: Vec<Moment>,
}

/// What was reached at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since 1970.
    pub at_seconds: u64,
    /// How many stages were finished, up to the first one that was not.
    pub stages: usize,
    /// The score, if all of it was computed.
    pub points: Option<Points>,
}

impl Memory {
    /// Reads the progress in a lab. It is empty if there is
    /// no valid file, which costs only a mark in a list.
    pub fn of(lab: &LabFolder) -> Memory {
        let text = fs::read(file(lab)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Adds what is reached now to the history, unless it is what was reached last.
    pub fn note(&mut self, stages: usize, points: Option<Points>) {
        let is_new = match self.history.last() {
            Some(last) => last.stages != stages || points.is_some() && last.points != points,
            None => true,
        };
        if is_new {
            let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let at_seconds = since_1970.unwrap_or_default().as_secs();
            self.history.push(Moment { at_seconds, stages, points });
        }
    }

    /// Writes it to its file.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn keep(&self, lab: &LabFolder) -> Result<(), Error> {
        let path = file(lab);
        let cannot = |error: std::io::Error| {
            Error::new(format!("error: can't write {}: {error}", path.visible()))
        };
        let json = serde_json::to_vec_pretty(self).map_err(Error::new)?;
        fs::create_dir_all(lab.scratch()).map_err(cannot)?;
        replace_file(&path, &json).map_err(cannot)
    }
}

fn file(lab: &LabFolder) -> PathBuf {
    lab.scratch().join("progress.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_noted() {
        let mut memory = Memory::default();
        let points = |points| Some(Points::whole(points));
        for (stages, points) in
            [(1, None), (1, None), (1, points(5)), (1, None), (1, points(5)), (2, None), (1, None)]
        {
            memory.note(stages, points);
        }
        let noted: Vec<_> =
            memory.history.iter().map(|moment| (moment.stages, moment.points)).collect();
        assert_eq!(noted, [(1, None), (1, points(5)), (2, None), (1, None)]);
    }
}
