//! Named tokens and their file.

use super::*;

struct Sevens(u8);

impl Random for Sevens {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

const MADE: Timestamp = Timestamp(1_790_000_000_000);

fn drawn(name: &str, byte: u8, tenants: Tenants) -> (NamedToken, String) {
    let end = Some(Timestamp(MADE.0 + 1_000));
    NamedToken::draw(Label::new(name).unwrap(), Role::Upstream, tenants, (MADE, end), &Sevens(byte))
}

fn town() -> Tenants {
    these(&["town".to_owned()]).unwrap()
}

#[test]
fn what_is_written_is_read_again_and_its_secret_is_not_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.toml");
    assert_eq!(NamedTokens::read(&file).unwrap(), NamedTokens::default());
    let ((erp, digits), (desk, _)) = (drawn("erp", 7, town()), drawn("desk", 8, Tenants::All));
    assert_eq!(digits, "07".repeat(32));
    for token in [&erp, &desk] {
        NamedTokens::change(&file, |tokens| Ok(tokens.add(token.clone()))).unwrap().unwrap();
    }
    let read = NamedTokens::read(&file).unwrap();
    assert_eq!(read.iter().collect::<Vec<_>>(), [&erp, &desk]);
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    assert!(!std::fs::read_to_string(&file).unwrap().contains(&digits));
    assert_eq!(read.find(digits.as_bytes()), Some(&erp));
    for wrong in ["", "07", &"07".repeat(31), &"09".repeat(32), &digits.to_uppercase().replace('7', "8")] {
        let found = read.find(wrong.as_bytes()).map(|token| token.name.as_str());
        assert_eq!(found, (wrong == "08".repeat(32)).then_some("desk"), "{wrong}");
    }
    assert!(NamedTokens::change(&file, |tokens| Ok(tokens.revoke("erp"))).unwrap());
    assert!(!NamedTokens::change(&file, |tokens| Ok(tokens.revoke("erp"))).unwrap());
    assert_eq!(NamedTokens::read(&file).unwrap().find(digits.as_bytes()), None);
}

#[test]
fn a_name_stands_for_one_token_and_never_for_the_local_operator() {
    let mut tokens = NamedTokens::default();
    assert_eq!(tokens.add(drawn("erp", 1, town()).0), Ok(()));
    assert_eq!(tokens.add(drawn("erp", 2, town()).0), Err(NameTaken));
    assert_eq!(tokens.add(drawn(Caller::LOCAL, 3, town()).0), Err(NameTaken));
}

#[test]
fn a_token_is_over_at_its_instant() {
    let (token, _) = drawn("erp", 1, town());
    for (after_ms, over) in [(0, false), (999, false), (1_000, true), (9_999, true)] {
        assert_eq!(token.is_over(Timestamp(MADE.0 + after_ms)), over, "{after_ms}");
    }
}

#[test]
fn a_file_is_changed_by_one_at_a_time_and_a_refused_change_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.toml");
    let second = |_: &mut NamedTokens| NamedTokens::change(&file, |_| Ok(()));
    let refused = NamedTokens::change(&file, second).unwrap_err().to_string();
    assert!(refused.contains("another command"), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    NamedTokens::change(&file, |_| Ok(())).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_broken_file_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.toml");
    NamedTokens::change(&file, |tokens| Ok(tokens.add(drawn("erp", 7, town()).0))).unwrap().unwrap();
    let good = std::fs::read_to_string(&file).unwrap();
    for (from, to, said) in [
        ("[[token]]", "[[token", "broken at line 3"),
        ("name = ", "nickname = ", "broken at line"),
        ("\"erp\"", "\"Erp Secret\"", "wrong name in its token 1"),
        ("\"erp\"", "\"local-operator\"", "wrong name"),
        ("\"upstream\"", "\"root-secret\"", "wrong role"),
        ("[\"town\"]", "[]", "wrong tenants"),
        ("[\"town\"]", "\"secret\"", "wrong tenants"),
        ("created_at = \"", "created_at = \"secret", "wrong created_at"),
        ("expires_at = \"", "expires_at = \"secret", "wrong expires_at"),
        ("sha256 = \"", "sha256 = \"00", "wrong sha256"),
        ("sha256 = \"", "sha256 = \"+", "wrong sha256"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        std::fs::write(&file, bad).unwrap();
        let refused = NamedTokens::read(&file).unwrap_err().to_string();
        assert!(refused.contains(said) && !refused.contains("ecret"), "{refused}");
    }
    std::fs::write(&file, &good).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(NamedTokens::read(&file).unwrap_err().to_string().contains("chmod 600"));
}
