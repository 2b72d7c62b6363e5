//! What the reader does: keys and clicks, without a terminal.

/// A key or a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A sign.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// The key that deletes the sign before the cursor.
    Backspace,
    /// Tab.
    Tab,
    /// Tab with shift.
    BackTab,
    /// An arrow key.
    Left,
    /// An arrow key.
    Right,
    /// An arrow key.
    Up,
    /// An arrow key.
    Down,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// A click of the mouse, in cells from the upper left corner.
    Click {
        /// From the left, from 0.
        column: u16,
        /// From the top, from 0.
        row: u16,
    },
}

/// Whether the screen stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It stays.
    Stay,
    /// The reader is done.
    Quit,
}
