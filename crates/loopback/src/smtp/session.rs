//! One SMTP conversation.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::command::{Command, parse};
use super::lines::{Content, Line, MAX_MAIL_BYTES, read_content, read_line};
use super::mail;
use crate::behaviour::{Provider, Verdict};
use crate::desk::{Desk, Submission};
use crate::twilio::hex;

/// Most recipients of one mail.
const MAX_RECIPIENTS: usize = 100;
/// How long a client may be silent (RFC 5321, 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(300);
/// Longest that a client is left without an answer.
const HANG: Duration = Duration::from_secs(600);

const BAD_SEQUENCE: &str = "503 5.5.1 bad sequence of commands";

/// Whether the conversation goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    Close,
}

pub(crate) struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    desk: Arc<Desk>,
    from: Option<String>,
    recipients: Vec<(String, Verdict, Duration)>,
}

impl Session {
    pub(crate) fn new(stream: TcpStream, desk: Arc<Desk>) -> Self {
        let (reader, writer) = stream.into_split();
        Self { reader: BufReader::new(reader), writer, desk, from: None, recipients: Vec::new() }
    }

    /// Talks until either side has had enough.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        self.say("220 loopback ESMTP").await?;
        loop {
            let desk = Arc::clone(&self.desk);
            let line = tokio::select! {
                biased;
                line = read_line(&mut self.reader) => line?,
                () = desk.pause(IDLE) => return self.say("421 4.4.2 idle for too long").await,
            };
            let next = match line {
                Line::Text(text) => self.obey(parse(&text)).await?,
                Line::Unreadable => self.refuse("500 5.5.2 line too long or not UTF-8").await?,
                Line::End => Next::Close,
            };
            if next == Next::Close {
                return Ok(());
            }
        }
    }

    async fn obey(&mut self, command: Command) -> io::Result<Next> {
        match command {
            Command::Ehlo => self.greet().await,
            Command::Helo => self.start_over("250 loopback").await,
            Command::Mail { from, size_bytes } => self.mail(from, size_bytes).await,
            Command::Rcpt(to) => self.rcpt(to).await,
            Command::Data => self.data().await,
            Command::Rset => self.start_over("250 2.0.0 ok").await,
            Command::Noop => self.reply("250 2.0.0 ok").await,
            Command::Vrfy => self.reply("252 2.5.0 send some mail, I will try my best").await,
            Command::Quit => {
                self.say("221 2.0.0 bye").await?;
                Ok(Next::Close)
            }
            Command::AuthPlain { complete } => self.auth(if complete { &[] } else { &["334 "] }).await,
            Command::AuthLogin { named: true } => self.auth(&["334 UGFzc3dvcmQ6"]).await,
            Command::AuthLogin { named: false } => self.auth(&["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"]).await,
            Command::Malformed => self.reply("501 5.5.4 the arguments can't be read").await,
            Command::Unknown => self.reply("500 5.5.1 unknown command").await,
        }
    }

    async fn greet(&mut self) -> io::Result<Next> {
        let size = format!("250-SIZE {MAX_MAIL_BYTES}");
        let features = ["250-loopback", "250-PIPELINING", &size, "250-8BITMIME", "250-SMTPUTF8"];
        let rest = ["250-ENHANCEDSTATUSCODES", "250 AUTH PLAIN LOGIN"];
        let lines: Vec<_> = features.into_iter().chain(rest).collect();
        self.start_over(&lines.join("\r\n")).await
    }

    /// Takes whatever credentials it is given.
    async fn auth(&mut self, challenges: &[&str]) -> io::Result<Next> {
        for challenge in challenges {
            self.say(challenge).await?;
            if read_line(&mut self.reader).await? == Line::End {
                return Ok(Next::Close);
            }
        }
        self.reply("235 2.7.0 authentication succeeded").await
    }

    async fn mail(&mut self, from: String, size_bytes: Option<u64>) -> io::Result<Next> {
        if self.from.is_some() {
            return self.reply(BAD_SEQUENCE).await;
        }
        if size_bytes.is_some_and(|size| usize::try_from(size).is_ok_and(|size| size > MAX_MAIL_BYTES)) {
            return self.refuse("552 5.3.4 message too large").await;
        }
        self.from = Some(from);
        self.reply("250 2.1.0 ok").await
    }

    async fn rcpt(&mut self, to: String) -> io::Result<Next> {
        let Some(from) = self.from.clone() else { return self.reply(BAD_SEQUENCE).await };
        if self.recipients.len() >= MAX_RECIPIENTS {
            return self.reply("452 4.5.3 too many recipients").await;
        }
        let (verdict, delay) = self.desk.judge(Provider::Email, &to);
        let reply = match verdict {
            Verdict::BadAddress => "550 5.1.1 no such mailbox",
            Verdict::RecipientRefuses => "550 5.7.1 the recipient takes no mail from you",
            Verdict::Throttle => "451 4.7.1 try again later",
            Verdict::Accept
            | Verdict::NotAllowed
            | Verdict::ServerError
            | Verdict::AcceptThenHang
            | Verdict::AcceptThenDrop => {
                self.recipients.push((to, verdict, delay));
                return self.reply("250 2.1.5 ok").await;
            }
        };
        let refused = Submission { to, from, ..Submission::default() };
        let recorded = self.desk.receive(Provider::Email, refused, verdict, "");
        self.desk.pause(delay).await;
        self.reply(if recorded.is_ok() { reply } else { "451 4.3.0 the record can't be written" }).await
    }

    async fn data(&mut self) -> io::Result<Next> {
        if self.recipients.is_empty() {
            return self.reply("503 5.5.1 no valid recipients").await;
        }
        self.say("354 end with <CRLF>.<CRLF>").await?;
        match read_content(&mut self.reader).await? {
            Content::Mail(mail) => self.deliver(&mail).await,
            Content::TooLarge => self.refuse("552 5.3.4 message too large").await,
            Content::Cut => Ok(Next::Close),
        }
    }

    /// Records the mail for each recipient; the first one's verdict gives the answer.
    async fn deliver(&mut self, content: &[u8]) -> io::Result<Next> {
        let from = self.from.take().unwrap_or_default();
        let recipients = std::mem::take(&mut self.recipients);
        let id = hex(&self.desk.new_id());
        let first = recipients.first().map(|(_, verdict, delay)| (*verdict, *delay));
        let (verdict, delay) = first.unwrap_or((Verdict::Accept, Duration::ZERO));
        for (to, verdict, _) in recipients {
            let submission = submission(to, from.clone(), content);
            if self.desk.receive(Provider::Email, submission, verdict, &id).is_err() {
                return self.reply("451 4.3.0 the record can't be written").await;
            }
        }
        self.desk.pause(delay).await;
        self.conclude(verdict, &id).await
    }

    async fn conclude(&mut self, verdict: Verdict, id: &str) -> io::Result<Next> {
        match verdict {
            Verdict::Accept => self.reply(&format!("250 2.0.0 ok: queued as {id}")).await,
            Verdict::ServerError => self.reply("451 4.3.0 local error in processing").await,
            Verdict::AcceptThenHang => self.hang().await,
            Verdict::AcceptThenDrop => Ok(Next::Close),
            Verdict::NotAllowed | Verdict::BadAddress | Verdict::RecipientRefuses | Verdict::Throttle => {
                self.reply("554 5.7.1 message refused").await
            }
        }
    }

    /// Says nothing more until the client gives up.
    async fn hang(&mut self) -> io::Result<Next> {
        let mut nowhere = tokio::io::sink();
        tokio::select! {
            biased;
            closed = tokio::io::copy(&mut self.reader, &mut nowhere) => closed.map(|_| Next::Close),
            () = self.desk.pause(HANG) => Ok(Next::Close),
        }
    }

    async fn start_over(&mut self, reply: &str) -> io::Result<Next> {
        self.from = None;
        self.recipients.clear();
        self.reply(reply).await
    }

    /// Replies to what is no submission and never will be.
    async fn refuse(&mut self, reply: &str) -> io::Result<Next> {
        self.desk.count_malformed(Provider::Email);
        self.start_over(reply).await
    }

    async fn reply(&mut self, line: &str) -> io::Result<Next> {
        self.say(line).await?;
        Ok(Next::Go)
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        // One write, so that a reply is one segment.
        self.writer.write_all(format!("{line}\r\n").as_bytes()).await
    }
}

fn submission(to: String, from: String, content: &[u8]) -> Submission {
    let read = mail::read(content);
    Submission {
        to,
        from,
        escalation: read.escalation,
        announced_at: read.announced_at,
        subject: read.subject,
        body: Some(read.body),
        mail: Some(content.to_vec()),
        ..Submission::default()
    }
}
