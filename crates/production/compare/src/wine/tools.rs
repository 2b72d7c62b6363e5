//! Finds Wine and a C compiler for Windows, or says what to install.

use heaplab_trace::Visible;
use heaplab_worker::Error;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// Where Debian's `wine64` puts its programs, without a link to them.
const DEBIAN_FOLDER: &str = "/usr/lib/wine";

/// The paths of the programs that are needed.
#[derive(Debug)]
pub struct Tools {
    /// The program that runs programs for Windows.
    pub wine: PathBuf,
    /// The `wineserver`, which Wine's programs share and which outlives them; some installations
    /// have it where it can't be found.
    pub server: Option<PathBuf>,
    compiler: PathBuf,
}

impl Tools {
    /// Finds the programs.
    ///
    /// # Errors
    /// If a program is missing; the error says how to install it.
    pub fn find() -> Result<Tools, Error> {
        let wine = find(&["wine64", "wine"]);
        let compiler = find(&[COMPILER]);
        match (wine, compiler) {
            (Some(wine), Some(compiler)) => {
                Ok(Tools { wine, server: find(&["wineserver", "wineserver64"]), compiler })
            }
            (Some(_), None) => Err(missing(COMPILER)),
            (None, Some(_)) => Err(missing("wine64")),
            (None, None) => Err(missing(&format!("wine64 and no {COMPILER}"))),
        }
    }

    /// Compiles a C file into a program for Windows.
    ///
    /// # Errors
    /// If the compiler fails; the error has the compiler's message.
    pub fn compile(&self, source: &Path, program: &Path) -> Result<(), Error> {
        let output = Command::new(&self.compiler)
            .args(["-O2", "-o"])
            .args([program, source])
            .output()
            .map_err(|error| {
                let compiler = self.compiler.visible();
                Error::new(format!("error: can't start {compiler}: {error}"))
            })?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::new(format!(
            "error: {COMPILER} can't compile the program that replays a trace:\n{}\
             help: its own header files may be missing: apt-get install --reinstall gcc-mingw-w64-x86-64",
            String::from_utf8_lossy(&output.stderr)
        )))
    }
}

/// Returns the path of the first of these programs in PATH, or else in Debian's folder.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .chain([PathBuf::from(DEBIAN_FOLDER)])
        .collect();
    let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

fn missing(what: &str) -> Error {
    Error::new(format!(
        "error: `wine` runs a program for Windows, which needs {what}; it is not installed\n\
         help: on Debian and Ubuntu, apt-get install wine64 gcc-mingw-w64-x86-64"
    ))
}
