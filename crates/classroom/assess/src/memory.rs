//! What is kept between calls: which stages were finished, and which hints were given.

use crate::LabFolder;
use heaplab_support::Error;
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// A student's progress in a lab.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Stages that were finished at some time.
    #[serde(default)]
    pub finished: BTreeSet<String>,
    /// How many hints were given for each stage.
    #[serde(default)]
    pub hints: BTreeMap<String, usize>,
}

impl Memory {
    /// Reads the progress in a lab. It is empty if there is
    /// no valid file, which costs only a mark in a list.
    pub fn of(lab: &LabFolder) -> Memory {
        let text = fs::read(file(lab)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
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
