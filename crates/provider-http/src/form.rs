//! Bodies in `application/x-www-form-urlencoded`.

use reqwest::Url;

/// Encodes the fields in their order.
pub fn form_body(fields: &[(&str, &str)]) -> Vec<u8> {
    // The query of a URL is the one place where this serializer is within reach; nothing of the URL is used.
    let Ok(mut carrier) = Url::parse("form:") else { return Vec::new() };
    carrier.query_pairs_mut().extend_pairs(fields);
    carrier.query().unwrap_or_default().as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_escaped_and_keep_their_order() {
        let body = form_body(&[("To", "+39 333"), ("Body", "Grüße & 100 %\nBye"), ("Empty", "")]);
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text, "To=%2B39+333&Body=Gr%C3%BC%C3%9Fe+%26+100+%25%0ABye&Empty=");
    }
}
