//! One sealed blob: format, nonce, ciphertext and tag.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use runtime::Random;

use crate::keys::KeyError;
use crate::store::MAX_PART;

/// Most plain bytes in a blob: with nonce and tag it is within the store's limit.
pub(super) const MAX_PLAIN: usize = MAX_PART - 1024;

const FORMAT: u8 = 1;
const NONCE: usize = 24;

/// What a blob is bound to, as bytes.
pub(super) struct Binding(Vec<u8>);

impl Binding {
    /// Begins with a tag that keeps kinds of blobs apart.
    pub(super) fn new(tag: &str) -> Self {
        Self(Vec::with_capacity(128)).counted(tag.as_bytes())
    }

    /// Adds a part of fixed length.
    pub(super) fn fixed(mut self, part: &[u8]) -> Self {
        self.0.extend_from_slice(part);
        self
    }

    /// Adds a part of any length, with its length before it.
    pub(super) fn counted(self, part: &[u8]) -> Self {
        self.fixed(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()).fixed(part)
    }
}

/// Seals under a nonce drawn for it.
pub(super) fn seal(
    what: &'static str,
    key: &[u8; 32],
    binding: &Binding,
    plain: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, KeyError> {
    let too_large = || KeyError::TooLarge { what, size: plain.len(), limit: MAX_PLAIN };
    if plain.len() > MAX_PLAIN {
        return Err(too_large());
    }
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce);
    let cipher = XChaCha20Poly1305::new(&(*key).into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &binding.0 });
    let sealed = sealed.map_err(|_its_only_error| too_large())?;
    Ok([&[FORMAT], nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] gave.
pub(super) fn open(
    what: &'static str,
    key: &[u8; 32],
    binding: &Binding,
    sealed: &[u8],
) -> Result<Vec<u8>, KeyError> {
    let tampered = || KeyError::Tampered { what };
    let (nonce, sealed) = after_format(what, sealed)?.split_first_chunk::<NONCE>().ok_or_else(tampered)?;
    let cipher = XChaCha20Poly1305::new(&(*key).into());
    cipher
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &binding.0 })
        .map_err(|_says_nothing| tampered())
}

/// Puts the id of the wrapping key behind the format, so that a rotation knows what is left to do.
pub(super) fn with_key_id(id: [u8; 4], sealed: &[u8]) -> Vec<u8> {
    match sealed.split_first() {
        Some((format, rest)) => [&[*format], id.as_slice(), rest].concat(),
        None => Vec::new(),
    }
}

/// Checks the wrapping key's id and takes it out.
pub(super) fn without_key_id(what: &'static str, id: [u8; 4], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
    let rest = after_format(what, sealed)?;
    let (found, rest) = rest.split_first_chunk::<4>().ok_or(KeyError::Tampered { what })?;
    if *found != id {
        return Err(KeyError::OtherKey { what });
    }
    Ok([&[FORMAT], rest].concat())
}

fn after_format<'a>(what: &'static str, sealed: &'a [u8]) -> Result<&'a [u8], KeyError> {
    match sealed.split_first() {
        Some((&FORMAT, rest)) => Ok(rest),
        Some((&format, _)) => Err(KeyError::UnknownFormat { what, format }),
        None => Err(KeyError::Tampered { what }),
    }
}
