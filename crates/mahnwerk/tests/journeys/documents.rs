//! The requests that `docs/api.md` shows are answered as it says.

use crate::folder::Folder;
use crate::process::Running;
use crate::request::{Answered, send};

/// The words of a command line that needs no more of a shell than quotation marks.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut within) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (within, c) {
            (None, '\'' | '"') => within = Some(c),
            (Some(quote), _) if quote == c => within = None,
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (_, _) => word.push(c),
        }
    }
    words.push(word);
    words
}

/// Does what `curl` would do.
fn ask(folder: &Folder, line: &str) -> Answered {
    let words = words(line);
    let of = |option: &str| {
        let after = words.iter().position(|word| word == option).map(|at| at + 1);
        after.and_then(|at| words.get(at)).cloned()
    };
    let body = of("-d");
    let method = of("-X").unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let kind = words.iter().find_map(|word| word.strip_prefix("Content-Type: ")).unwrap_or("text/plain");
    let path = words.iter().find_map(|word| word.strip_prefix("$AT")).unwrap();
    send(folder, &method, path, kind, body.unwrap_or_default().as_bytes())
}

#[test]
fn the_requests_that_the_documents_show_work() {
    let document = include_str!("../../../../docs/api.md");
    let shown: Vec<&str> = document.lines().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(shown.len(), 19);
    let folder = Folder::new();
    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    for line in shown {
        let (status, answer) = ask(&folder, line);
        assert_eq!(status, 200, "{line}: {answer}");
        let receipts = answer.as_array().filter(|_| line.contains("/v1/facts"));
        for receipt in receipts.into_iter().flatten() {
            assert_eq!(receipt["receipt"], "recorded", "{line}");
        }
    }
    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
}
