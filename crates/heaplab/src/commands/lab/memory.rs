//! What is remembered between calls: which stages were finished, which hints
//! were given.

use crate::labs::LabFolder;
use crate::{Failure, Outcome};
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// A student's way through a lab.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Stages that were finished at some time.
    #[serde(default)]
    pub(super) finished: BTreeSet<String>,
    /// How many hints were given for each stage.
    #[serde(default)]
    pub(super) hints: BTreeMap<String, usize>,
}

impl Memory {
    /// What is remembered of a lab. Nothing, where there is no file or none of
    /// ours: it only costs a mark in a list.
    pub(super) fn of(lab: &LabFolder) -> Memory {
        let text = fs::read(file(lab)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Keeps it.
    ///
    /// # Errors
    /// If the file can't be written.
    pub(super) fn keep(&self, lab: &LabFolder) -> Outcome {
        let path = file(lab);
        let cannot = |error: std::io::Error| {
            Failure::Input(format!("error: can't write {}: {error}", path.visible()))
        };
        let json = serde_json::to_vec_pretty(self).map_err(Failure::input)?;
        fs::create_dir_all(lab.scratch()).map_err(cannot)?;
        replace_file(&path, &json).map_err(cannot)
    }
}

fn file(lab: &LabFolder) -> PathBuf {
    lab.scratch().join("progress.json")
}
