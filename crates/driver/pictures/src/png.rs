//! Pictures in pixels.

use crate::{Background, Picture};
use heaplab_support::Error;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::sync::Arc;

/// Pixels for each unit of a picture: texts stay sharp when it is printed.
const PIXELS: f32 = 2.0;

/// Returns the picture as PNG. What follows the reader's setting in SVG is light here.
///
/// # Errors
/// If this machine has no fonts.
pub(crate) fn png(picture: &Picture, background: Background) -> Result<Vec<u8>, Error> {
    let mut options = Options::default();
    let fonts = Arc::make_mut(&mut options.fontdb);
    fonts.load_system_fonts();
    if fonts.is_empty() {
        return Err(Error::new(
            "error: no fonts are installed, and a PNG needs one for its texts\n\
             help: install a font, such as the package fonts-dejavu-core; or write the picture as .svg",
        ));
    }
    let shown = match background {
        Background::Auto => Background::Light,
        other => other,
    };
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(format!("error: can't draw the picture: {error}"))
    };
    let tree = Tree::from_str(&picture.svg(shown), &options).map_err(|error| failed(&error))?;
    let size = tree.size().to_int_size().scale_by(PIXELS);
    let pixels = size.and_then(|size| Pixmap::new(size.width(), size.height()));
    let mut pixels = pixels.ok_or_else(|| failed(&"it is too large"))?;
    resvg::render(&tree, Transform::from_scale(PIXELS, PIXELS), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(&error))
}
