//! Writes traces: one file for each process, complete or not at all.

use super::convert::Conversion;
use super::log::Log;
use heaplab_support::Error;
use heaplab_support::files::replace_file;
use heaplab_trace::{Dialect, Inexpressible, Op, Trace, Weight, compress};
use std::path::{Path, PathBuf};

/// How to write the traces.
pub struct Format {
    /// The dialect; `None` for the plainest that keeps everything.
    pub dialect: Option<Dialect>,
    /// The alignment in bytes, a power of two, up to which an aligned allocation is written as a
    /// malloc.
    pub align: u32,
    /// Whether to write which thread made each call.
    pub threads: bool,
}

/// Where the traces go.
pub struct Destination {
    stem: PathBuf,
    extension: &'static str,
}

impl Destination {
    /// Takes `NAME.rep` or `NAME.rep.gz`, and checks whether files can be made there.
    ///
    /// # Errors
    ///
    /// If the name ends otherwise or nothing can be written beside it.
    pub fn new(path: &Path) -> Result<Self, Error> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let found = [".rep.gz", ".rep"]
            .into_iter()
            .find_map(|extension| Some((name.strip_suffix(extension)?, extension)));
        let Some((stem, extension)) = found.filter(|(stem, _)| !stem.is_empty()) else {
            return Err(Error::new(format!(
                "error: the output must be named NAME.rep or NAME.rep.gz, not `{}`",
                path.display()
            )));
        };
        if path.is_dir() {
            return Err(Error::new(format!(
                "error: {} is a folder, so the trace can't be a file of that name",
                path.display()
            )));
        }
        try_to_write_beside(path)?;
        Ok(Destination { stem: path.with_file_name(stem), extension })
    }

    /// Returns the path for process `number`, counted from 1.
    pub fn path(&self, number: usize) -> PathBuf {
        let mut path = self.stem.clone().into_os_string();
        if number > 1 {
            path.push(format!(".{number}"));
        }
        path.push(self.extension);
        path.into()
    }
}

/// A trace that was written.
pub struct Written {
    /// The file's path.
    pub path: PathBuf,
    /// The file's dialect.
    pub dialect: Dialect,
    /// The number of operations.
    pub ops: usize,
    /// The number of ids.
    pub ids: u32,
    /// The maximum number of payload bytes live at the same time.
    pub peak_payload_bytes: u64,
    /// The number of calls of calloc and memalign that became malloc.
    pub turned_into_malloc: usize,
}

/// Writes one process's trace and takes the operations out of `conversion`.
///
/// # Errors
///
/// If the file can't be written; an older file of that name is then unchanged.
pub fn write(
    path: &Path,
    log: &Log,
    conversion: &mut Conversion,
    format: &Format,
) -> Result<Written, Error> {
    let mut ops = std::mem::take(&mut conversion.ops);
    let aligned_anyway = drop_needless_alignment(&mut ops, format.align);
    let extended = |op: &Op| matches!(op, Op::Calloc { .. } | Op::Memalign { .. });
    let needs_extended = format.threads || ops.iter().any(extended);
    let dialect =
        format.dialect.unwrap_or(if needs_extended { Dialect::Extended } else { Dialect::Peak });
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut trace = Trace::from_ops(name, Weight::Both, ops)
        .map_err(|error| Error::new(format!("error: the recording is inconsistent: {error}")))?
        .with_comment(&provenance(log));
    if format.threads {
        trace = trace.with_threads(&conversion.callers);
    }
    let file = heaplab_trace::write(&trace, dialect, Inexpressible::Rewrite)
        .map_err(|error| Error::new(format!("error: {error}")))?;
    save(path, &file.bytes)?;
    Ok(Written {
        path: path.to_owned(),
        dialect,
        ops: trace.ops().len(),
        ids: trace.ids(),
        peak_payload_bytes: trace.peak_payload_bytes(),
        turned_into_malloc: aligned_anyway + file.losses.callocs + file.losses.memaligns,
    })
}

/// Turns aligned allocations of at most `align` bytes' alignment into plain mallocs, and returns
/// their number.
fn drop_needless_alignment(ops: &mut [Op], align: u32) -> usize {
    let mut count = 0;
    for op in ops {
        if let Op::Memalign { id, align_log2, size } = *op
            && u32::from(align_log2) <= align.ilog2()
        {
            *op = Op::Malloc { id, size };
            count += 1;
        }
    }
    count
}

/// Returns how the trace was made, for the file's head. It has no date, so that a second recording
/// of the same run gives the same text.
fn provenance(log: &Log) -> String {
    format!("recorded by heaplab {} from: {}", env!("CARGO_PKG_VERSION"), log.command_line())
}

/// Writes a trace, compressed if its name says so.
fn save(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let packed;
    let bytes = if path.extension().is_some_and(|extension| extension == "gz") {
        packed = compress(bytes);
        &packed
    } else {
        bytes
    };
    replace_file(path, bytes).map_err(|error| {
        Error::new(format!(
            "error: can't write {}: {}\n\
             help: the recording is lost; make room there, or name a place elsewhere with -o",
            path.display(),
            // The full error would name a temporary file.
            error.kind()
        ))
    })
}

/// Checks before the recording whether the file can be written.
fn try_to_write_beside(path: &Path) -> Result<(), Error> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tempfile::tempfile_in(directory).map(drop).map_err(|error| {
        Error::new(format!(
            "error: can't write in {}: {}",
            directory.display(),
            // The full error would name a file that the user did not ask for.
            error.kind()
        ))
    })
}
