//! Where Wine works: a folder with a disk of its own in it, and both gone at the end.

use crate::Failure;
use crate::commands::preload::temporary_folder;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::env;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tempfile::TempDir;

/// The folder, which is also where the program runs.
pub struct Place {
    folder: TempDir,
    /// Ends what Wine has running in the background, if it was found.
    server: Option<PathBuf>,
    /// Whether WINEPREFIX names a prefix: it is used, and left as it is.
    is_prefix_of_user: bool,
}

impl Place {
    /// An empty one.
    ///
    /// # Errors
    /// When the system's folder for temporary files can't be written.
    pub fn new(server: Option<PathBuf>) -> Result<Place, Failure> {
        Ok(Place {
            folder: temporary_folder()?,
            server,
            is_prefix_of_user: env::var_os("WINEPREFIX").is_some_and(|prefix| !prefix.is_empty()),
        })
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of Wine's programs, in the folder and with the prefix.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        command.env("WINEDEBUG", "-all");
        if !self.is_prefix_of_user {
            command.env("WINEPREFIX", self.file("prefix"));
            // A new prefix asks in a window whether to download these two.
            command.env("WINEDLLOVERRIDES", "mscoree,mshtml=");
            command.env_remove("DISPLAY");
        }
        command
    }

    /// Deletes the folder, but first ends what Wine has running in the background in
    /// our prefix. Where it can't be ended it ends by itself, in a few seconds.
    fn sweep(&self) {
        if let (false, Some(server)) = (self.is_prefix_of_user, &self.server) {
            for word in ["-k", "-w"] {
                let mut command = self.command(server);
                let _ = command.arg(word).stderr(Stdio::null()).status();
            }
        }
        // What stays is for the system to clean, as all in that folder.
        let _ = fs::remove_dir_all(self.folder.path());
    }
}

/// A place that is swept when it is dropped, and when the process is told to end
/// before: by Ctrl-C, say.
pub struct SweptPlace {
    place: Arc<Place>,
    /// The place, as long as a signal would have it swept.
    watched: Arc<Mutex<Option<Arc<Place>>>>,
}

impl SweptPlace {
    /// Watches for signals from now on.
    ///
    /// # Errors
    /// If the system does not let us.
    pub fn new(place: Place) -> Result<SweptPlace, Failure> {
        let place = Arc::new(place);
        let watched = Arc::new(Mutex::new(Some(Arc::clone(&place))));
        let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]);
        let mut signals = signals
            .map_err(|error| Failure::Input(format!("error: can't catch Ctrl-C: {error}")))?;
        let swept = Arc::clone(&watched);
        // It stays for as long as the process does: without it, Ctrl-C would do nothing.
        thread::spawn(move || {
            for signal in signals.forever() {
                sweep(&swept);
                let _ = emulate_default_handler(signal);
            }
        });
        Ok(SweptPlace { place, watched })
    }
}

impl Deref for SweptPlace {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl Drop for SweptPlace {
    fn drop(&mut self) {
        sweep(&self.watched);
    }
}

/// Sweeps the place, once: whoever comes later waits until that is done.
fn sweep(watched: &Mutex<Option<Arc<Place>>>) {
    let mut watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(place) = watched.take() {
        place.sweep();
    }
}
