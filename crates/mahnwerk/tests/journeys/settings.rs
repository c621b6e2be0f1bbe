//! Settings by file and environment: what is in force, what is not right, and that no secret is ever shown.

use std::process::Output;

use crate::folder::{Answer, Folder, mahnwerk};

/// Runs a command on a folder with these variables set.
fn with(folder: &Folder, variables: &[(&str, &str)], words: &[&str]) -> Answer {
    let mut command = mahnwerk();
    command.args(words).args(["--dir", folder.dir()]).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

fn put(folder: &Folder, text: &str) {
    std::fs::write(folder.path().join("mahnwerk.toml"), text).unwrap();
}

#[test]
fn what_init_writes_is_right_and_shows_every_default() {
    let folder = Folder::new();
    std::fs::remove_file(folder.path().join("mahnwerk.toml")).unwrap();
    folder.run(&["config", "check"]).ends(0).says(&["The settings are right."]);
    let without_file = folder.run(&["config", "show"]).ends(0);
    put(&folder, include_str!("../../src/settings/example.toml"));
    assert_eq!(
        folder.run(&["config", "check", "--format", "json"]).ends(0).json()["problems"],
        serde_json::json!([])
    );
    let shown = folder.run(&["config", "show"]).ends(0).says(&[
        "[listener]\nport = 7717  # default\n# address: not set\n",
        "store = \"sqlite\"  # default",
        "servers = []  # default",
        "# MAHNWERK_POSTGRES_PASSWORD: (missing)",
        "# [sms] is not there.",
    ]);
    assert_eq!(shown.out, without_file.out);
}

#[test]
fn a_variable_goes_before_the_file_and_what_is_shown_says_so_and_can_be_used_again() {
    let folder = Folder::new();
    let secret = folder.write("secret", "correct horse\n");
    put(
        &folder,
        &format!(
            "[listener]\nport = 1\n[nats]\nuser = \"a\"\npassword_file = \"{secret}\"\n[worker]\ncapacity = 7\n"
        ),
    );
    let variables = [
        ("MAHNWERK_LISTENER_PORT", "0"),
        ("MAHNWERK_NATS_SERVERS", "nats://a:1,tls://b:2"),
        ("MAHNWERK_LOG_STORE", ""),
        ("MAHNWERK_POSTGRES_PASSWORD", "battery staple"),
        ("MAHNWERK_EMAIL_HOST", "localhost"),
        ("MAHNWERK_EMAIL_PORT", "25"),
        ("MAHNWERK_EMAIL_SECURITY", "none"),
    ];
    let shown = with(&folder, &variables, &["config", "show"]).ends(0).says(&[
        "port = 0  # MAHNWERK_LISTENER_PORT",
        "servers = [\"nats://a:1\", \"tls://b:2\"]  # MAHNWERK_NATS_SERVERS",
        "user = \"a\"  # file",
        "capacity = 7  # file",
        "store = \"sqlite\"  # default",
        "security = \"none\"  # MAHNWERK_EMAIL_SECURITY",
        "# MAHNWERK_POSTGRES_PASSWORD: (set)",
        "# MAHNWERK_NATS_PASSWORD: (set)",
        "# MAHNWERK_POSTGRES_OWNER_PASSWORD: (missing)",
    ]);
    with(&folder, &variables, &["config", "check"]).ends(0);
    for word in ["correct", "battery"] {
        assert!(!shown.out.contains(word) && !shown.err.contains(word));
    }
    // The text says without the environment what it says with it.
    put(&folder, &shown.out);
    let again = folder.run(&["config", "show"]).ends(0);
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split("  # ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(values(&again.out), values(&shown.out));
}

#[test]
fn every_problem_is_said_at_once_with_its_key_and_its_remedy() {
    let folder = Folder::new();
    put(
        &folder,
        "[listener]\naddress = \"0.0.0.0:7717\"\n[rulebook]\npath = \"nowhere\"\n[log]\nstore = \"postgres\"\n\
         [nats]\nuser = \"a\"\ncredentials_file = \"/nowhere/creds\"\n\
         [sms]\nbase_url = \"http://127.0.0.1:1\"\naccount_sid = \"AC1\"\n\
         [email]\nhost = \"localhost\"\nport = 25\nsecurity = \"none\"\nuser = \"a\"\npassword_file = \"/nowhere/else\"\n\
         [webhooks.twilio]\n[webhooks.whatsapp]\n",
    );
    let checked = folder.run(&["config", "check"]).ends(1).says(&[
        "listener is not right: listener.address can be reached from other machines",
        "rulebook.path names ",
        "postgres.url is missing, and log.store is postgres; write postgres://",
        "nats.user and nats.credentials_file are both set; keep ",
        "nats.password_file is missing, and with it the password for NATS; name a file",
        "nats.credentials_file names /nowhere/creds, which can't be read",
        "sms.auth_token_file is missing, and with it the SMS provider's token",
        "MAHNWERK_SMS_AUTH_TOKEN",
        "email.password_file names /nowhere/else, which can't be read",
        "webhooks.public_url is missing, without which Twilio's signature can't be checked",
        "webhooks.whatsapp.verify_token_file is missing",
        "webhooks.whatsapp.app_secret_file is missing",
    ]);
    assert_eq!(checked.out.lines().count(), 11, "{}", checked.out);
    let listed = folder.run(&["config", "check", "--format", "json"]).ends(1).json();
    assert_eq!(listed["problems"].as_array().unwrap().len(), 11);
    assert_eq!(listed["problems"][2]["key"], "postgres.url");
}

#[test]
fn a_password_or_a_slip_is_refused_by_every_command_and_never_repeated() {
    let folder = Folder::new();
    let cases: [(&str, (&str, &str), &str); 4] = [
        ("", ("MAHNWERK_POSTGRES_URL", "postgres://a:hunter2@b/c"), "MAHNWERK_POSTGRES_URL holds a password"),
        (
            "[postgres]\nurl = \"postgres://a:hunter2@b/c\"\n",
            ("MAHNWERK_X", "1"),
            "postgres.url holds a password",
        ),
        ("[postgres]\npasword = \"hunter2\"\n", ("MAHNWERK_X", "1"), "postgres.pasword is no setting"),
        ("", ("MAHNWERK_LISTENER_PROT", "hunter2"), "did you mean MAHNWERK_LISTENER_PORT?"),
    ];
    for (file, variable, said) in cases {
        put(&folder, file);
        for (words, code) in
            [(&["run"][..], 3), (&["verify"], 3), (&["config", "check"], 1), (&["config", "show"], 1)]
        {
            let answer = with(&folder, &[variable], words).ends(code).says(&[said]);
            assert!(
                !format!("{}{}", answer.out, answer.err).contains("hunter2"),
                "{words:?}: {}",
                answer.out
            );
        }
    }
}
