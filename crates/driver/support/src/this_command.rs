//! How a person starts this program.

use std::env;
use std::path::PathBuf;

/// Returns the words that start this program: `heaplab`, or for the program of a lab, which is not
/// in `PATH`, `cargo run -p lab-1-implicit --`.
pub fn this_command() -> Vec<String> {
    let program = env::args_os().next().map(PathBuf::from);
    let program = program.as_deref().and_then(std::path::Path::file_name);
    let program = program.map_or("heaplab".into(), |name| name.to_string_lossy());
    if program.starts_with("lab-") {
        ["cargo", "run", "-p", &program, "--"].map(str::to_owned).into()
    } else {
        vec![program.into_owned()]
    }
}

/// Returns the command that explains a code: `heaplab explain store-live`.
pub fn explain_command(code: &str) -> String {
    format!("{} explain {code}", this_command().join(" "))
}
