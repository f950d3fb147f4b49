//! Secrets: random tokens of which only a hash is kept, passwords under argon2id, comparisons in constant time.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// What every API key begins with, so that scanners find leaked ones.
pub const KEY_PREFIX: &str = "vk_";
/// The shortest accepted password, in characters.
pub const PASSWORD_MIN_CHARS: usize = 10;
/// The longest accepted password, in bytes; bounds the work of hashing.
pub const PASSWORD_MAX_BYTES: usize = 256;

/// Why a password was refused or could not be hashed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than [`PASSWORD_MIN_CHARS`] characters.
    #[error("a password needs at least {PASSWORD_MIN_CHARS} characters")]
    Short,
    /// More than [`PASSWORD_MAX_BYTES`] bytes.
    #[error("a password has at most {PASSWORD_MAX_BYTES} bytes")]
    Long,
    /// The system gave no randomness or no memory.
    #[error("the password could not be hashed")]
    Hash,
}

/// Memory 19 MiB, two passes, one lane: what OWASP asks of argon2id at least.
fn argon() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The system's randomness. A machine that cannot give any must not hand out guessable secrets, so
/// this stops the program there.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = OsRng.try_fill_bytes(&mut bytes) {
        panic!("the system gives no randomness: {error}");
    }
    bytes
}

/// A new session token: 256 random bits as 43 characters of URL-safe base64.
#[must_use]
pub fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// A new API key: [`KEY_PREFIX`] and 192 random bits.
#[must_use]
pub fn new_key() -> String {
    format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<24>()))
}

/// A new random password a person can type: four groups of five letters and digits that cannot be taken for another.
#[must_use]
pub fn new_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";
    let mut out = String::with_capacity(23);
    for (i, byte) in random::<20>().into_iter().enumerate() {
        if i > 0 && i % 5 == 0 {
            out.push('-');
        }
        out.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    }
    out
}

/// SHA-256 of a token or key in hex: the only form in which the store knows it.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// The CSRF token that goes with a session token. Derived, so that it needs no column and cannot get out of step;
/// nobody learns the session token from it.
#[must_use]
pub fn csrf_of(token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"csrf of session\0");
    hash.update(token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Whether the header's CSRF token belongs to this session token.
#[must_use]
pub fn csrf_matches(token: &str, given: Option<&str>) -> bool {
    given.is_some_and(|given| same(&csrf_of(token), given))
}

/// Compares two secrets in time that depends on their lengths alone.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Hashes a password with argon2id into the PHC text form. Takes tens of milliseconds and 19 MiB.
///
/// # Errors
/// When the password is too short or too long.
pub fn hash_password(password: &str) -> Result<String, PasswordFault> {
    if password.chars().count() < PASSWORD_MIN_CHARS {
        return Err(PasswordFault::Short);
    }
    if password.len() > PASSWORD_MAX_BYTES {
        return Err(PasswordFault::Long);
    }
    let salt = SaltString::encode_b64(&random::<16>()).map_err(|_| PasswordFault::Hash)?;
    let hash = argon().hash_password(password.as_bytes(), &salt).map_err(|_| PasswordFault::Hash)?;
    Ok(hash.to_string())
}

/// Whether the password is the one behind the hash. With no hash (an unknown login) it does the same work and
/// answers no, so that time does not tell which logins exist.
#[must_use]
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5c25vYm9keQ$\
                          S5TAYc1Gs0Zb1P5BjnWvaSLQFIFjFF7lqZzWy7hiNqM";
    if password.len() > PASSWORD_MAX_BYTES {
        return false;
    }
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
    argon().verify_password(password.as_bytes(), &parsed).is_ok() && hash.is_some()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_verify_and_others_do_not() {
        for password in ["correct horse", "一二三四五六七八九十", "ก็ได้ครับ ไม่เป็นไร", "pässwörter!"]
        {
            let hash = hash_password(password).unwrap();
            assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
            assert!(verify_password(password, Some(&hash)));
            assert!(!verify_password(&format!("{password} "), Some(&hash)));
        }
        assert_ne!(hash_password("correct horse").unwrap(), hash_password("correct horse").unwrap());
    }

    #[test]
    fn passwords_out_of_bounds_are_refused() {
        assert_eq!(hash_password("short"), Err(PasswordFault::Short));
        assert_eq!(hash_password("八个字的密码啊啊"), Err(PasswordFault::Short));
        assert_eq!(hash_password(&"x".repeat(PASSWORD_MAX_BYTES + 1)), Err(PasswordFault::Long));
        for hash in [None, Some(""), Some("plain"), Some("$argon2id$v=19$broken")] {
            assert!(!verify_password("whatever it is", hash), "{hash:?}");
        }
    }

    /// The stand-in for unknown logins must be a hash that is really computed, or its absence could be timed.
    #[test]
    fn an_unknown_login_costs_a_real_hash() {
        let hash = hash_password("correct horse").unwrap();
        let timed = |hash: Option<&str>| {
            let start = std::time::Instant::now();
            assert!(!verify_password("not the horse", hash));
            start.elapsed()
        };
        let (known, unknown) = (timed(Some(&hash)), timed(None));
        assert!(unknown * 5 > known, "known {known:?}, unknown {unknown:?}");
    }

    #[test]
    fn tokens_differ_and_look_right() {
        let (a, b) = (new_key(), new_key());
        assert_ne!(a, b);
        assert!(a.starts_with(KEY_PREFIX) && a.len() == KEY_PREFIX.len() + 32, "{a}");
        assert_eq!(new_token().len(), 43);
        assert_eq!(new_password().len(), 23);
        assert_ne!(new_password(), new_password());
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn csrf_belongs_to_one_session() {
        let (mine, yours) = (new_token(), new_token());
        assert!(csrf_matches(&mine, Some(&csrf_of(&mine))));
        assert!(!csrf_matches(&mine, Some(&csrf_of(&yours))));
        assert!(!csrf_matches(&mine, Some("")));
        assert!(!csrf_matches(&mine, None));
        assert!(!csrf_matches(&mine, Some(&mine)));
    }
}
