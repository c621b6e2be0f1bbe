//! The SMTP stand-in, spoken to line by line.

use crate::support::{Smtp, Stand};
use loopback::{Behaviour, Behaviours, Rule, Verdict};

const MAIL: &str = "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\nX-Mahnwerk-Attempt: 00-1\r\n\
                    X-Mahnwerk-Clock: 2014-01-01T10:00:00Z\r\n\r\nplease call\r\n..dot\r\n.\r\n";

fn by_rule(verdict: Verdict) -> Behaviours {
    let rules = vec![Rule { ends_with: "@b.example".to_owned(), verdict }];
    Behaviours { email: Behaviour { rules, ..Behaviour::default() }, ..Behaviours::default() }
}

async fn up_to_data(client: &mut Smtp) {
    assert!(client.say("EHLO test").await.starts_with("250 "));
    assert!(client.say("MAIL FROM:<from@a.example>").await.starts_with("250 2.1.0"));
    assert!(client.say("RCPT TO:<to@b.example>").await.starts_with("250 2.1.5"));
    assert!(client.say("DATA").await.starts_with("354 "));
}

#[tokio::test]
async fn a_mail_is_in_the_record_and_the_outbox_before_it_is_answered() {
    let stand = Stand::start(|config| config.write_messages = true).await;
    let mut client = Smtp::connect(&stand).await;
    up_to_data(&mut client).await;
    client.send(MAIL).await;
    assert!(client.reply().await.starts_with("250 2.0.0 ok: queued as "));
    let record = stand.record();
    assert_eq!(record.len(), 1);
    let line = &record[0];
    for (field, value) in [
        ("to", "to@b.example"),
        ("from", "from@a.example"),
        ("channel", "email"),
        ("escalation", "00-1"),
        ("subject", "Grüße"),
        ("body", "please call\r\n.dot\r\n"),
        ("received_at", "2014-01-01T10:00:00Z"),
        ("verdict", "accept"),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    assert_eq!(line["taken"], true);
    let mail = std::fs::read_to_string(stand.folder.path().join("outbox/00000001-email.eml")).unwrap();
    assert_eq!(mail, MAIL.strip_suffix(".\r\n").unwrap().replace("..dot", ".dot"));
}

#[tokio::test]
async fn two_mails_go_over_one_connection_and_pipelined() {
    let stand = Stand::start(|_| ()).await;
    let mut client = Smtp::connect(&stand).await;
    for _ in 0..2 {
        client.send("MAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n").await;
        for code in ["250 2.1.0", "250 2.1.5", "354"] {
            assert!(client.reply().await.starts_with(code));
        }
        client.send(MAIL).await;
        assert!(client.reply().await.starts_with("250 2.0.0"));
    }
    assert!(client.say("QUIT").await.starts_with("221 "));
    assert_eq!(stand.verdicts(), ["accept", "accept"]);
}

#[tokio::test]
async fn each_verdict_has_its_reply() {
    for (verdict, at_rcpt, at_end) in [
        (Verdict::BadAddress, "550 5.1.1", None),
        (Verdict::RecipientRefuses, "550 5.7.1", None),
        (Verdict::Throttle, "451 4.7.1", None),
        (Verdict::NotAllowed, "250", Some("554 5.7.1")),
        (Verdict::ServerError, "250", Some("451 4.3.0")),
    ] {
        let stand = Stand::start(|config| config.behaviours = by_rule(verdict)).await;
        let mut client = Smtp::connect(&stand).await;
        client.say("MAIL FROM:<a@a.example>").await;
        assert!(client.say("RCPT TO:<x@b.example>").await.starts_with(at_rcpt), "{verdict:?}");
        if let Some(reply) = at_end {
            client.say("DATA").await;
            client.send(MAIL).await;
            assert!(client.reply().await.starts_with(reply), "{verdict:?}");
        }
        assert_eq!(stand.verdicts(), [verdict.as_str()]);
        assert_eq!(stand.record()[0]["taken"], false);
        assert_eq!(client.say("RSET").await, "250 2.0.0 ok", "the conversation goes on");
    }
}

#[tokio::test]
async fn what_is_taken_and_then_dropped_is_in_the_record() {
    let stand = Stand::start(|config| config.behaviours = by_rule(Verdict::AcceptThenDrop)).await;
    let mut client = Smtp::connect(&stand).await;
    up_to_data(&mut client).await;
    client.send(MAIL).await;
    assert_eq!(client.rest().await, "");
    assert_eq!(stand.verdicts(), ["accept_then_drop"]);
    assert_eq!(stand.record()[0]["taken"], true);
}

#[tokio::test]
async fn a_connection_cut_before_the_dot_leaves_nothing() {
    let stand = Stand::start(|_| ()).await;
    let mut client = Smtp::connect(&stand).await;
    up_to_data(&mut client).await;
    client.send("Subject: half\r\n\r\nhalf a mail\r\n").await;
    drop(client);
    let mut other = Smtp::connect(&stand).await;
    assert!(other.say("NOOP").await.starts_with("250"));
    assert!(stand.record().is_empty());
}

#[tokio::test]
async fn commands_out_of_order_are_refused_and_credentials_taken() {
    let stand = Stand::start(|_| ()).await;
    let mut client = Smtp::connect(&stand).await;
    for (line, reply) in [
        ("RCPT TO:<b@b.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:nobody", "501"),
        ("BDAT 1", "500"),
        ("VRFY x", "252"),
        ("MAIL FROM:<a@a.example> SIZE=99999999", "552"),
        ("MAIL FROM:<a@a.example> SIZE=100", "250"),
        ("MAIL FROM:<a@a.example>", "503"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("AUTH PLAIN AGEAYg==", "235"),
        ("AUTH LOGIN", "334"),
        ("dXNlcg==", "334"),
        ("cGFzcw==", "235"),
    ] {
        assert!(client.say(line).await.starts_with(reply), "{line}");
    }
    assert!(stand.record().is_empty());
}
