//! What a logical stream carries, as far as the probe looks at it: the messages of `pgoutput` in
//! version 1 of its protocol.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use postgres_protocol::message::frontend::CopyData;

use super::failure::Failure;

/// Start, end and clock before each piece of output.
const POSITIONS: usize = 8 + 8 + 8;

/// One piece of the stream.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Piece {
    /// A transaction begins.
    Begin { xid: u32 },
    /// It ends.
    Commit,
    /// The server is still there, and may want to know the same.
    KeepAlive { wants_reply: bool },
    /// A message that a session wrote.
    Message { prefix: Bytes, content: Bytes },
    /// Anything else.
    Other,
}

/// Reads one piece.
pub(super) fn read(mut piece: Bytes) -> Result<Piece, Failure> {
    parse(&mut piece).ok_or(Failure::Malformed("a piece of the stream that is cut short"))
}

fn parse(piece: &mut Bytes) -> Option<Piece> {
    match piece.try_get_u8().ok()? {
        b'k' => {
            let wants_reply = *piece.get(8 + 8)? == 1;
            Some(Piece::KeepAlive { wants_reply })
        }
        b'w' => {
            piece.get(POSITIONS)?;
            piece.advance(POSITIONS);
            output(piece)
        }
        _ => Some(Piece::Other),
    }
}

fn output(piece: &mut Bytes) -> Option<Piece> {
    match piece.try_get_u8().ok()? {
        b'B' => {
            // The final position and the time come before it.
            let mut xid = piece.get(16..)?;
            Some(Piece::Begin { xid: xid.try_get_u32().ok()? })
        }
        b'C' => Some(Piece::Commit),
        b'M' => message(piece),
        _ => Some(Piece::Other),
    }
}

/// Flags and position, a text that ends in a zero, and a length before the content.
fn message(piece: &mut Bytes) -> Option<Piece> {
    piece.get(1 + 8)?;
    piece.advance(1 + 8);
    let end = piece.iter().position(|byte| *byte == 0)?;
    let prefix = piece.split_to(end);
    piece.advance(1);
    let length = usize::try_from(piece.try_get_i32().ok()?).ok()?;
    piece.get(..length)?;
    Some(Piece::Message { prefix, content: piece.split_to(length) })
}

/// Tells the server that somebody is still there.
///
/// No position is confirmed: a WAL sender that never confirmed one is not made a synchronous
/// standby, for which the commits of all sessions would wait.
pub(super) fn still_here() -> Result<BytesMut, Failure> {
    let mut status = BytesMut::new();
    status.put_u8(b'r');
    // Written, flushed and applied positions, and the clock, which nobody reads here.
    status.put_bytes(0, 4 * 8);
    status.put_u8(0);
    let mut message = BytesMut::new();
    CopyData::new(status)?.write(&mut message);
    Ok(message)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Piece, read};

    fn output(body: &[u8]) -> Bytes {
        Bytes::from([b"w", &[0; 24][..], body].concat())
    }

    #[test]
    fn the_pieces_are_told_apart() {
        let begin = [b"B", &[0; 16][..], &[0, 0, 2, 1]].concat();
        assert_eq!(read(output(&begin)).ok(), Some(Piece::Begin { xid: 513 }));
        let message = [b"M\x01", &[0; 8][..], b"prefix\0\0\0\0\x05nonce"].concat();
        let (prefix, content) = (Bytes::from("prefix"), Bytes::from("nonce"));
        assert_eq!(read(output(&message)).ok(), Some(Piece::Message { prefix, content }));
        let alive = Bytes::from([b"k", &[0; 16][..], b"\x01"].concat());
        assert_eq!(read(alive).ok(), Some(Piece::KeepAlive { wants_reply: true }));
        assert_eq!(read(output(b"R")).ok(), Some(Piece::Other));
    }

    #[test]
    fn every_piece_that_is_cut_short_is_an_error() {
        let message = [b"M\x01", &[0; 8][..], b"prefix\0\0\0\0\x05nonce"].concat();
        let whole = output(&message);
        for length in 0..whole.len() {
            assert!(read(whole.slice(..length)).is_err(), "{length}");
        }
        let huge = [b"M\x01", &[0; 8][..], b"\0\xff\xff\xff\xff"].concat();
        assert!(read(output(&huge)).is_err());
    }
}
