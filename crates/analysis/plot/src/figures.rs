//! Documents with figures, as `--format json` prints them.

use heaplab_support::Error;
use serde::de::DeserializeOwned;

#[derive(serde::Deserialize)]
struct Schema {
    schema: String,
}

/// Returns the schema of a document.
///
/// # Errors
/// If it is not a document of this program.
pub(crate) fn schema(document: &[u8]) -> Result<String, Error> {
    let schema: Schema = serde_json::from_slice(document)
        .map_err(|error| Error::new(format!("error: these are not figures of heaplab: {error}")))?;
    Ok(schema.schema)
}

/// Returns the figures of a document that must have this schema.
///
/// # Errors
/// If it is another one; the error says which command prints the right one.
pub(crate) fn read<T: DeserializeOwned>(
    document: &[u8],
    expected: &str,
    command: &str,
) -> Result<T, Error> {
    let found = schema(document)?;
    if found != expected {
        return Err(Error::new(format!(
            "error: these figures are `{found}`, but this picture needs `{expected}`\n\
             help: make them with `{command} --format json`"
        )));
    }
    serde_json::from_slice(document)
        .map_err(|error| Error::new(format!("error: the figures can't be read: {error}")))
}
