//! The folder in which Wine works, with a disk of its own; both are deleted at the end.

use heaplab_scratch::Scratch;
use heaplab_worker::Error;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::env;
use std::ops::Deref;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, io, thread};

/// The folder, which is also where the program runs.
pub struct Place {
    folder: Scratch,
    /// Wine's `wineserver`, which can end its background processes, if it was found.
    server: Option<PathBuf>,
    /// Whether WINEPREFIX names a prefix, which is used and then left as it is.
    is_prefix_of_user: bool,
    /// The process group of the program that was started last.
    programs: Mutex<Option<Pid>>,
}

impl Place {
    /// Makes an empty folder.
    ///
    /// # Errors
    /// If the system's folder for temporary files can't be written.
    pub fn new(server: Option<PathBuf>) -> Result<Place, Error> {
        Ok(Place {
            folder: heaplab_scratch::temporary_folder()?,
            server,
            is_prefix_of_user: env::var_os("WINEPREFIX").is_some_and(|prefix| !prefix.is_empty()),
            programs: Mutex::new(None),
        })
    }

    /// Returns the path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the command that runs one of Wine's programs, in the folder and with the prefix.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        command.env("WINEDEBUG", "-all");
        if !self.is_prefix_of_user {
            command.env("WINEPREFIX", self.file("prefix"));
            // The socket of Debian's wineserver goes there, and would be left behind.
            command.env("TMPDIR", self.folder.path());
            // A new prefix asks in a window whether to download these two.
            command.env("WINEDLLOVERRIDES", "mscoree,mshtml=");
            command.env_remove("DISPLAY");
        }
        command
    }

    /// Starts a command as the leader of a process group.
    ///
    /// # Errors
    /// If the command can't be started.
    pub fn start(&self, mut command: Command) -> io::Result<Child> {
        let mut programs = lock(&self.programs);
        let child = command.process_group(0).spawn()?;
        *programs = i32::try_from(child.id()).ok().map(Pid::from_raw);
        Ok(child)
    }

    /// Ends what Wine is doing in the folder, then deletes the folder.
    fn sweep(&self) {
        // Wine may just be starting what was ended.
        const ATTEMPTS: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(100);
        if let Some(group) = lock(&self.programs).take() {
            // The group is empty if its program has come to its end.
            let _ = killpg(group, Signal::SIGKILL);
        }
        for _ in 0..ATTEMPTS {
            self.end_server();
            let removed = fs::remove_dir_all(self.folder.path());
            if removed.is_ok() && !self.folder.path().exists() {
                return;
            }
            thread::sleep(PAUSE);
        }
    }

    /// Ends the background processes of Wine for our prefix. If that fails, they end by themselves
    /// within a few seconds.
    fn end_server(&self) {
        let is_there = self.file("prefix").is_dir();
        if let (true, false, Some(server)) = (is_there, self.is_prefix_of_user, &self.server) {
            for word in ["-k", "-w"] {
                let mut command = self.command(server);
                let _ = command.arg(word).stderr(Stdio::null()).status();
            }
        }
    }
}

/// A place that is swept when it is dropped, and if a signal (Ctrl-C, say) ends the process before.
pub struct SweptPlace {
    place: Arc<Place>,
    /// The place, as long as a signal has to sweep it.
    watched: Arc<Mutex<Option<Arc<Place>>>>,
}

impl SweptPlace {
    /// Watches for signals from now on.
    ///
    /// # Errors
    /// If the signals can't be caught.
    pub fn new(place: Place) -> Result<SweptPlace, Error> {
        let place = Arc::new(place);
        let watched = Arc::new(Mutex::new(Some(Arc::clone(&place))));
        let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]);
        let mut signals =
            signals.map_err(|error| Error::new(format!("error: can't catch Ctrl-C: {error}")))?;
        let swept = Arc::clone(&watched);
        // The thread stays as long as the process: without it, Ctrl-C would do nothing.
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

/// Sweeps the place once; a second caller waits until that is done.
fn sweep(watched: &Mutex<Option<Arc<Place>>>) {
    let mut watched = lock(watched);
    if let Some(place) = watched.take() {
        place.sweep();
    }
}

/// Locks a mutex. A thread that panics while it holds one of these leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
