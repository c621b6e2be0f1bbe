//! A client of the broker's over a plain socket, as some upstream system may have one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a message may take that should take a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection.
pub(super) struct Line {
    to: TcpStream,
    from: BufReader<TcpStream>,
}

impl Line {
    pub(super) fn connect(place: (&str, u16)) -> Self {
        let to = TcpStream::connect(place).unwrap();
        to.set_read_timeout(Some(PATIENCE)).unwrap();
        let from = BufReader::new(to.try_clone().unwrap());
        let mut line = Self { to, from };
        line.say(b"CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true}\r\n");
        line
    }

    fn say(&mut self, bytes: &[u8]) {
        self.to.write_all(bytes).unwrap();
    }

    /// Messages on this subject come from now on.
    pub(super) fn subscribe(&mut self, subject: &str) {
        self.say(format!("SUB {subject} 1\r\nPING\r\n").as_bytes());
        while self.read_line() != "PONG" {}
    }

    pub(super) fn publish(&mut self, subject: &str, headers: &[(&str, &str)], body: &[u8]) {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = format!("NATS/1.0\r\n{headers}\r\n");
        let total = headers.len() + body.len();
        self.say(format!("HPUB {subject} {} {total}\r\n{headers}", headers.len()).as_bytes());
        self.say(body);
        self.say(b"\r\n");
    }

    /// The body of the next message that comes.
    pub(super) fn next(&mut self) -> Vec<u8> {
        loop {
            let line = self.read_line();
            let words: Vec<&str> = line.split(' ').collect();
            let size = |word: usize| words[word].parse::<usize>().unwrap();
            // MSG subject sid [reply] size; HMSG subject sid [reply] headers total.
            let (skipped, total) = match words[0] {
                "MSG" => (0, size(words.len() - 1)),
                "HMSG" => (size(words.len() - 2), size(words.len() - 1)),
                "PING" => {
                    self.say(b"PONG\r\n");
                    continue;
                }
                _ => continue,
            };
            let mut message = vec![0; total + 2];
            self.from.read_exact(&mut message).unwrap();
            return message[skipped..total].to_vec();
        }
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        let read = self.from.read_line(&mut line).unwrap();
        assert!(read > 0 && !line.starts_with("-ERR"), "the broker said: {line}");
        line.trim_end().to_owned()
    }
}
