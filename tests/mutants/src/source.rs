//! A mutant as a source of its own: what a student would hand in who made this
//! one mistake.

use crate::mutant::{CONTRACT, Mutant};
use heaplab_lab::Reference;

/// The reference with the mistake in it, and no switch to turn it off.
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
