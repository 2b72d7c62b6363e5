//! `restart`: the lab begins again, and what was written is kept.

use crate::Outcome;
use crate::commands::print;
use heaplab_assess::LabFolder;

/// Writes the starter, and says where the old file is.
pub(super) fn run(lab: &LabFolder) -> Outcome {
    let kept = lab.restart()?;
    let source = lab.shown_source();
    print::styled(&match kept {
        None => format!("{source} is the starter already.\n"),
        Some(path) => {
            let old = lab.workspace().shown(&path);
            let (old, name) = (old.display(), &lab.lab.name);
            format!(
                "{source} is the starter again, and no stage is finished.\n\
                 What you had written is in {old}.\n\n  \
                 to see what you had written:  heaplab diff starter:{name} {old}\n  \
                 to take it back:              cp {old} {source}\n"
            )
        }
    })
}
