//! Shows remarks, and a progress bar on a terminal, while a command runs.

use crate::commands::print;
use heaplab_support::Listener;
use heaplab_trace::Visible;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Mutex, PoisonError};

/// A listener that prints on standard error, with a bar if that is a terminal.
pub struct Terminal {
    bar: Mutex<Option<Progress>>,
}

impl Terminal {
    /// Returns a new listener.
    pub fn listener() -> Arc<dyn Listener> {
        Arc::new(Terminal { bar: Mutex::new(None) })
    }

    fn with_bar(&self, work: impl FnOnce(&mut Option<Progress>)) {
        work(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Listener for Terminal {
    fn remark(&self, text: &str) {
        self.with_bar(|progress| match progress {
            Some(progress) => progress.bar.suspend(|| print::remark(format_args!("{text}"))),
            None => print::remark(format_args!("{text}")),
        });
    }

    fn begin(&self, title: &'static str, steps: Option<usize>) {
        self.with_bar(|progress| {
            *progress = Some(match steps {
                Some(steps) => Progress::new(title, steps),
                None => Progress::endless(title),
            });
        });
    }

    fn now(&self, what: &str) {
        self.with_bar(|progress| {
            if let Some(progress) = progress {
                progress.now(what.to_owned());
            }
        });
    }

    fn done(&self, what: &str) {
        self.with_bar(|progress| {
            if let Some(progress) = progress {
                progress.done(what.visible().into_owned());
            }
        });
    }

    fn end(&self) {
        self.with_bar(|progress| *progress = None);
    }
}

/// A progress bar on standard error; not shown if that is not a terminal.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub fn new(title: &'static str, length: usize) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr());
        let template = "{prefix:>8} {bar:30} {pos}/{len}  {wide_msg}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.set_prefix(title);
        bar.tick();
        Progress { bar }
    }

    /// Makes a bar for work without a known end: it shows only a short message.
    pub fn endless(title: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix:>8} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(title);
        bar.tick();
        Progress { bar }
    }

    /// Counts one more step as done.
    pub fn done(&self, what: String) {
        self.bar.set_message(what);
        self.bar.inc(1);
    }

    /// Shows what is being done now.
    pub fn now(&self, what: String) {
        self.bar.set_message(what);
        self.bar.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
