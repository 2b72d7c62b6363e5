//! Pictures of figures, in one style: readable in light and in dark, without colours, and by
//! programs.
//!
//! | rule | how |
//! |---|---|
//! | colour is never the only difference | curves have markers and dashes, areas have hatching ([`style`]) |
//! | light and dark | the colours follow the reader's setting ([`Background`]) |
//! | what is drawn can be checked | figures stand in `data-` attributes, in full ([`Data`]) |
//! | a screen reader has something to read | `<title>` and `<desc>` |
//! | the same figures give the same bytes | nothing depends on time, or on the order of a hash |
//!
//! | I want to | start at |
//! |---|---|
//! | describe a picture | [`Picture`], [`Panel`], [`Mark`] |
//! | write it to a file | [`Form`] |
//! | draw something of its own | [`Markup`] and [`Tag`] |
#![forbid(unsafe_code)]

mod axis;
mod form;
mod frame;
mod legend;
mod marks;
mod markup;
mod panel;
mod picture;
#[cfg(feature = "png")]
mod png;
pub mod style;
mod text;

pub use axis::{Axis, Scale};
pub use form::Form;
pub use legend::{Key, Sample};
pub use marks::{Area, Data, Mark, Point, Rect, Swatch};
pub use markup::{Markup, Tag, Value};
pub use panel::Panel;
pub use picture::Picture;
pub use style::Background;
