//! A mutant as a separate source: what a student who made this one mistake would hand in.

use crate::mutant::{CONTRACT, Mutant};
use heaplab_lab::Reference;

/// Returns the reference with the mistake in it, and without a switch to turn it off.
///
/// # Errors
/// If the text it replaces is not there.
pub fn planted(mutant: &Mutant, reference: &Reference) -> Result<Reference, String> {
    let mut reference = reference.clone();
    let source = match mutant.file {
        CONTRACT => Some(&mut reference.contract),
        file => reference.files.get_mut(file),
    };
    let source = source.ok_or_else(|| format!("no file {}", mutant.file))?;
    let place = mutant.place(source)?;
    source.replace_range(place, mutant.put);
    Ok(reference)
}
