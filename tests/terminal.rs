//! A program on a terminal: keys in, screen out. The terminal is tmux.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A program on a terminal of its own.
pub struct Screen {
    server: String,
}

/// How long a text may take to appear. A machine that is busy gets there, too.
const PATIENCE: Duration = Duration::from_secs(60);

impl Screen {
    /// Starts a program in a folder; none if there is no tmux.
    ///
    /// # Panics
    /// If tmux fails.
    pub fn start(
        program: &str,
        folder: &Path,
        words: &str,
        size: (usize, usize),
    ) -> Option<Screen> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        if Command::new("tmux").arg("-V").output().is_err() {
            println!("left out: tmux is not here");
            return None;
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let screen = Screen { server: format!("heaplab-{}-{number}", std::process::id()) };
        let command = format!("NO_COLOR=1 '{program}' {words}; echo \"exit code: $?\"; cat");
        let (width, height) = (size.0.to_string(), size.1.to_string());
        let folder = folder.to_str().expect("a test's path is text");
        let session = ["-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height];
        screen.tmux(&[&session[..], &["-c", folder, "sh", "-c", &command]].concat());
        Some(screen)
    }

    /// Runs a command of tmux for this terminal, and returns what it prints.
    ///
    /// # Panics
    /// If it fails.
    pub fn tmux(&self, words: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-u", "-L", &self.server])
            .args(words)
            .env_remove("TMUX")
            .env_remove("HEAPLAB_TRACES")
            .output()
            .expect("tmux can be started");
        assert!(output.status.success(), "tmux {words:?}: {output:?}");
        String::from_utf8(output.stdout).expect("tmux writes UTF-8")
    }

    /// Returns what the screen shows.
    pub fn text(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen has this text, and returns it.
    ///
    /// # Panics
    /// If it has not for a minute.
    pub fn wait(&self, text: &str) -> String {
        let begin = Instant::now();
        loop {
            let shown = self.text();
            if shown.contains(text) {
                return shown;
            }
            assert!(begin.elapsed() < PATIENCE, "`{text}` does not appear:\n{shown}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends the program a signal.
    ///
    /// # Panics
    /// If there is no program.
    pub fn signal(&self, signal: &str) {
        let program = self.program().to_string();
        let status = Command::new("kill").args([signal, &program]).status();
        assert!(status.expect("kill can be started").success());
    }

    /// Closes the terminal, and returns whether the program ends.
    ///
    /// # Panics
    /// If there is no program.
    pub fn close_and_wait(&self) -> bool {
        let program = std::path::PathBuf::from(format!("/proc/{}", self.program()));
        self.tmux(&["kill-server"]);
        let begin = Instant::now();
        while program.exists() && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
        }
        !program.exists()
    }

    /// Returns the process of the program.
    fn program(&self) -> u32 {
        let shell = self.tmux(&["list-panes", "-F", "#{pane_pid}"]);
        let shell = shell.trim();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
        let children = children.expect("the shell of the screen");
        let first = children.split_whitespace().next().expect("a program on the screen");
        first.parse().expect("a process")
    }

    /// Waits until none of these texts is on the screen, and returns it.
    ///
    /// # Panics
    /// If one still is after a minute.
    pub fn wait_without(&self, texts: &[&str]) -> String {
        let begin = Instant::now();
        loop {
            let shown = self.text();
            if !texts.iter().any(|text| shown.contains(text)) {
                return shown;
            }
            assert!(begin.elapsed() < PATIENCE, "{texts:?} stay:\n{shown}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys, by tmux's names, and waits for a text.
    pub fn press(&self, keys: &[&str], text: &str) -> String {
        self.tmux(&[&["send-keys"][..], keys].concat());
        self.wait(text)
    }

    /// Types a line and waits for a text.
    pub fn enter(&self, line: &str, text: &str) -> String {
        self.tmux(&["send-keys", "-l", line]);
        self.press(&["Enter"], text)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let server = ["-L", &self.server, "kill-server"];
        drop(Command::new("tmux").args(server).output());
    }
}
