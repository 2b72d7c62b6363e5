//! Unpacks zstd, frame by frame.

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, Read};

/// The frames of a zstd file, one after the other.
pub(crate) struct Zstd<R: Read> {
    from: R,
    decoder: FrameDecoder,
    /// Whether a frame is being read.
    in_frame: bool,
    /// Whether all is read, or something is wrong.
    done: bool,
}

impl<R: Read> Zstd<R> {
    pub(crate) fn new(from: R) -> Zstd<R> {
        Zstd { from, decoder: FrameDecoder::new(), in_frame: false, done: false }
    }

    /// Goes to the next frame; false at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        let mut first = [0];
        if self.from.read(&mut first)? == 0 {
            return Ok(false);
        }
        match self.decoder.reset((&first[..]).chain(&mut self.from)) {
            Ok(()) => {
                self.in_frame = true;
                Ok(true)
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                io::copy(&mut self.from.by_ref().take(length.into()), &mut io::sink())?;
                Ok(true)
            }
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame {
                if self.next_frame()? { continue } else { return Ok(0) }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.from, one);
                decoded.map_err(io::Error::other)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.in_frame = false;
            let sums =
                (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
            if matches!(sums, (Some(said), Some(found)) if said != found) {
                return Err(io::Error::other("its checksum is wrong"));
            }
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done || buffer.is_empty() {
            return Ok(0);
        }
        let read = self.read_on(buffer);
        self.done = !matches!(read, Ok(1..));
        read
    }
}
