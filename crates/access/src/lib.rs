//! Who may do what: agents, sessions, API keys, roles, lock-out and the mask over personal fields.
//! Floor 3: knows no other room, reads no clock; time is always an argument.

mod lockout;
mod mask;
mod role;
mod secret;

pub use lockout::{LockOut, Locked};
pub use mask::{mask, mask_reads};
pub use role::{Need, Permission, Role, Scope};
pub use secret::{
    KEY_PREFIX, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS, PasswordFault, csrf_matches, csrf_of, fingerprint,
    hash_password, new_key, new_password, new_token, same, verify_password,
};
