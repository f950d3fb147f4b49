//! Who may do what: agents, sessions, API keys, roles, lock-out and the mask over personal fields.
//! Floor 3: knows no other room, reads no clock; time is always an argument.

mod agent;
mod directory;
mod key;
mod keymap;
mod lockout;
mod mask;
mod role;
mod rows;
mod secret;
mod session;

pub use agent::{Agent, LANGUAGES, agents, check_login, put_agent};
pub use directory::Directory;
pub use key::{ApiKey, drop_key, keys, put_key};
pub use keymap::{KeyMap, check_keymap, keymap, put_keymap};
pub use lockout::{LockOut, Locked};
pub use mask::{mask, mask_reads};
pub use role::{Permission, Role, Scope};
pub use rows::MIGRATIONS;
pub use secret::{
    KEY_PREFIX, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS, PasswordFault, csrf_matches, csrf_of, fingerprint,
    hash_password, new_key, new_password, new_token, same, verify_password,
};
pub use session::{IDLE, LIFE, MOST_PER_AGENT, Session, drop_sessions, put_session, sessions};
