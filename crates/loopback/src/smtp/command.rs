//! Reads one SMTP command line.

/// A command of the client.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Command {
    /// EHLO.
    Ehlo,
    /// HELO.
    Helo,
    /// MAIL FROM, with the reverse path and the announced size in bytes.
    Mail { from: String, size_bytes: Option<u64> },
    /// RCPT TO, with the forward path.
    Rcpt(String),
    /// DATA.
    Data,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
    /// VRFY.
    Vrfy,
    /// AUTH PLAIN; whether the credentials came with it.
    AuthPlain { complete: bool },
    /// AUTH LOGIN; whether the name came with it.
    AuthLogin { named: bool },
    /// A command that is known, with arguments that can't be read.
    Malformed,
    /// Anything else.
    Unknown,
}

/// Reads a line without its end.
pub(crate) fn parse(line: &str) -> Command {
    let (verb, rest) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => Command::Ehlo,
        "HELO" => Command::Helo,
        "MAIL" => mail(rest).unwrap_or(Command::Malformed),
        "RCPT" => path(rest, "TO:").map_or(Command::Malformed, |(to, _)| rcpt(to)),
        "DATA" => Command::Data,
        "RSET" => Command::Rset,
        "NOOP" => Command::Noop,
        "QUIT" => Command::Quit,
        "VRFY" => Command::Vrfy,
        "AUTH" => auth(rest),
        _ => Command::Unknown,
    }
}

fn mail(rest: &str) -> Option<Command> {
    let (from, parameters) = path(rest, "FROM:")?;
    let size = parameters.split(' ').find_map(|parameter| parameter.strip_prefix("SIZE="));
    let size_bytes = size.map(str::parse).transpose().ok()?;
    Some(Command::Mail { from: from.to_owned(), size_bytes })
}

fn rcpt(to: &str) -> Command {
    if to.contains('@') { Command::Rcpt(to.to_owned()) } else { Command::Malformed }
}

/// The path between the angle brackets, and the parameters behind it.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let named = rest.get(..keyword.len())?.eq_ignore_ascii_case(keyword);
    let inside = rest.get(keyword.len()..)?.trim_start().strip_prefix('<')?;
    named.then(|| inside.split_once('>')).flatten().map(|(path, rest)| (path, rest.trim_start()))
}

fn auth(rest: &str) -> Command {
    let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
    match mechanism.to_ascii_uppercase().as_str() {
        "PLAIN" => Command::AuthPlain { complete: !initial.is_empty() },
        "LOGIN" => Command::AuthLogin { named: !initial.is_empty() },
        _ => Command::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_whatever_their_case() {
        let mail = |from: &str, size_bytes| Command::Mail { from: from.to_owned(), size_bytes };
        for (line, command) in [
            ("EHLO client.example", Command::Ehlo),
            ("helo x", Command::Helo),
            ("MAIL FROM:<a@b.example> BODY=8BITMIME SIZE=120", mail("a@b.example", Some(120))),
            ("mail from: <>", mail("", None)),
            ("RCPT TO:<c@d.example>", Command::Rcpt("c@d.example".to_owned())),
            ("DATA", Command::Data),
            ("AUTH PLAIN AGEAYg==", Command::AuthPlain { complete: true }),
            ("AUTH PLAIN", Command::AuthPlain { complete: false }),
            ("auth login", Command::AuthLogin { named: false }),
            ("QUIT  ", Command::Quit),
        ] {
            assert_eq!(parse(line), command, "{line}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_said_so() {
        for line in
            ["MAIL", "MAIL FROM:a@b", "MAIL FROM:<a@b> SIZE=x", "RCPT TO:<nobody>", "RCPT", "AUTH NTLM"]
        {
            assert_eq!(parse(line), Command::Malformed, "{line}");
        }
        assert_eq!(parse("BDAT 10"), Command::Unknown);
        assert_eq!(parse(""), Command::Unknown);
    }
}
