//! Results as data. A figure that does not exist is an empty field, or null; never 0.

use heaplab_support::Error;
use serde::Serialize;

/// Returns records as lines of CSV, below the names of their fields.
///
/// # Errors
/// If a record can't be written as a line.
pub fn csv<R: Serialize>(records: impl IntoIterator<Item = R>) -> Result<Vec<u8>, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.serialize(record).map_err(Error::new)?;
    }
    writer.into_inner().map_err(Error::new)
}

/// Returns a document as JSON, with a newline at the end.
///
/// # Errors
/// If it can't be written as JSON.
pub fn json(document: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut json = serde_json::to_vec_pretty(document).map_err(Error::new)?;
    json.push(b'\n');
    Ok(json)
}
