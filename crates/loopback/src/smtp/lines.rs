//! Reads lines from a connection, none longer than its limit.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// Longest command line, in bytes: what AUTH may need (RFC 4954, 4).
const MAX_LINE_BYTES: u64 = 12_288;
/// Largest mail, in bytes.
pub(crate) const MAX_MAIL_BYTES: usize = 10 * 1024 * 1024;

/// A line, or why there is none.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Line {
    /// Without its end.
    Text(String),
    /// Too long, or not UTF-8.
    Unreadable,
    /// The client closed the connection.
    End,
}

/// Reads a command line.
pub(crate) async fn read_line(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Line> {
    let mut line = Vec::new();
    if reader.take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await? == 0 {
        return Ok(Line::End);
    }
    if !line.ends_with(b"\n") {
        return Ok(Line::Unreadable);
    }
    Ok(String::from_utf8(line).map_or(Line::Unreadable, |text| Line::Text(text.trim_end().to_owned())))
}

/// The content of a DATA command.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// The mail, with the dots taken out that the client had put in.
    Mail(Vec<u8>),
    /// It was read to its end and is too large.
    TooLarge,
    /// The client closed the connection before the end: there is no mail.
    Cut,
}

/// Reads up to `<CRLF>.<CRLF>`.
pub(crate) async fn read_content(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Content> {
    let mut mail: Vec<u8> = Vec::new();
    let mut too_large = false;
    let mut at_line_start = true;
    loop {
        let mut piece = Vec::new();
        if reader.take(MAX_LINE_BYTES).read_until(b'\n', &mut piece).await? == 0 {
            return Ok(Content::Cut);
        }
        if at_line_start && piece == b".\r\n" {
            return Ok(if too_large { Content::TooLarge } else { Content::Mail(mail) });
        }
        let stuffed = at_line_start && piece.starts_with(b".");
        at_line_start = piece.ends_with(b"\r\n");
        too_large |= mail.len().saturating_add(piece.len()) > MAX_MAIL_BYTES;
        if !too_large {
            mail.extend(piece.into_iter().skip(usize::from(stuffed)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn content(bytes: &[u8]) -> Content {
        read_content(&mut &*bytes).await.unwrap()
    }

    fn mail(text: &str) -> Content {
        Content::Mail(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn a_mail_ends_at_its_dot_and_stuffed_dots_are_taken_out() {
        assert_eq!(content(b"a\r\n..b\r\n...\r\n.\r\nQUIT\r\n").await, mail("a\r\n.b\r\n..\r\n"));
        assert_eq!(content(b".\r\n").await, mail(""));
    }

    #[tokio::test]
    async fn no_other_line_end_ends_a_mail() {
        assert_eq!(content(b"a\n.\nb\r\n.\r\n").await, mail("a\n.\nb\r\n"));
        assert_eq!(content(b"a\n.\r\nb\r\n.\r\n").await, mail("a\n.\r\nb\r\n"));
        assert_eq!(content(b"a\r\n.\nb\r\n.\r\n").await, mail("a\r\n\nb\r\n"));
    }

    #[tokio::test]
    async fn a_connection_cut_before_the_dot_leaves_no_mail() {
        assert_eq!(content(b"a\r\n").await, Content::Cut);
        assert_eq!(content(b"a\r\n.").await, Content::Cut);
    }

    #[tokio::test]
    async fn a_mail_too_large_is_read_to_its_end() {
        let mut bytes = vec![b'x'; MAX_MAIL_BYTES];
        bytes.extend(b"\r\n.\r\n");
        assert_eq!(content(&bytes).await, Content::TooLarge);
    }

    #[tokio::test]
    async fn lines_are_read_within_their_limit() {
        let long = "x".repeat(usize::try_from(MAX_LINE_BYTES).unwrap());
        for (bytes, line) in [
            (b"NOOP\r\n".to_vec(), Line::Text("NOOP".to_owned())),
            (Vec::new(), Line::End),
            (long.into_bytes(), Line::Unreadable),
            (b"\xff\r\n".to_vec(), Line::Unreadable),
        ] {
            assert_eq!(read_line(&mut bytes.as_slice()).await.unwrap(), line);
        }
    }
}
