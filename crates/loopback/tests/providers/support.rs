//! What the tests of the stand-in providers share.

use loopback::{Config, Loopback};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Stand-in providers with a folder of their own.
pub struct Stand {
    pub folder: TempDir,
    pub loopback: Loopback,
}

impl Stand {
    pub async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { folder: folder.path().to_owned(), ..Config::default() };
        change(&mut config);
        let loopback = Loopback::start(&config, runtime::system::runtime()).await.unwrap();
        Self { folder, loopback }
    }

    /// The record's lines.
    pub fn record(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("record.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The verdicts of the record's lines.
    pub fn verdicts(&self) -> Vec<String> {
        self.record().iter().map(|line| line["verdict"].as_str().unwrap().to_owned()).collect()
    }
}

/// An SMTP client that says what it is told to.
pub struct Smtp {
    stream: BufReader<TcpStream>,
}

impl Smtp {
    pub async fn connect(stand: &Stand) -> Self {
        let stream = TcpStream::connect(stand.loopback.addresses().smtp).await.unwrap();
        let mut client = Self { stream: BufReader::new(stream) };
        assert!(client.reply().await.starts_with("220 "));
        client
    }

    /// Sends the line and returns the last line of the reply.
    pub async fn say(&mut self, line: &str) -> String {
        self.send(&format!("{line}\r\n")).await;
        self.reply().await
    }

    pub async fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    pub async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.stream.read_line(&mut line).await.unwrap(), 0, "closed");
            if line.as_bytes()[3] == b' ' {
                return line.trim_end().to_owned();
            }
        }
    }

    /// What comes until the server closes.
    pub async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).await.unwrap();
        rest
    }
}
