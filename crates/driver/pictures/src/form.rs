//! The forms of picture files, told by the ending of the name.

use crate::{Background, Picture};
use heaplab_support::Error;
use std::path::Path;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Scalable, and the figures can be read back.
    Svg,
    /// In pixels.
    Png,
}

impl Form {
    /// Returns the form that a name's ending asks for.
    ///
    /// # Errors
    /// If the ending is another one; or if it is `.png`, and the program was built without it.
    pub fn of(path: &Path) -> Result<Form, Error> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(Form::Svg),
            Some("png") if cfg!(feature = "png") => Ok(Form::Png),
            Some("png") => Err(Error::new(
                "error: this program was built without PNG pictures\n\
                 help: write a picture as .svg; or, in a checkout of heaplab: cargo run --features png -- plot ..",
            )),
            _ => Err(Error::new(format!(
                "error: `{}` is not the name of a picture\nhelp: let it end in .svg or .png",
                path.file_name().unwrap_or_default().display()
            ))),
        }
    }

    /// Returns the contents of a file of this form.
    ///
    /// # Errors
    /// If there is no font for the texts of a PNG.
    pub fn bytes(self, picture: &Picture, background: Background) -> Result<Vec<u8>, Error> {
        match self {
            Form::Svg => Ok(picture.svg(background).into_bytes()),
            #[cfg(feature = "png")]
            Form::Png => crate::png::png(picture, background),
            #[cfg(not(feature = "png"))]
            Form::Png => Err(Error::new("error: this program was built without PNG pictures")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_form() {
        let of = |name: &str| Form::of(Path::new(name)).map_err(|error| error.to_string());
        assert_eq!(of("a.svg"), Ok(Form::Svg));
        assert_eq!(of("folder.png/A.SVG"), Ok(Form::Svg));
        for name in ["picture", "picture.jpg", ".svg", "svg", "", "a.svg.gz", "folder.svg/x"] {
            assert!(
                of(name).is_err_and(|error| error.contains("let it end in .svg or .png")),
                "{name}"
            );
        }
        assert_eq!(of("a.png").is_ok(), cfg!(feature = "png"));
    }
}
