//! How the house is set up: flags first, then the environment, then the file, then what is usual.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use store::Location;

/// Flags every command that opens the store understands.
#[derive(Args, Clone, Debug, Default)]
pub struct StoreFlags {
    /// Folder of the store; made when it is missing [default: ./vigie-data]
    #[arg(long, env = "VIGIE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// PostgreSQL instead of SQLite, as postgres://user:password@host/database
    #[arg(long, env = "VIGIE_STORE", value_name = "URL", hide_env_values = true)]
    pub store: Option<String>,
    /// Policy pack [default: the one built in]
    #[arg(long, env = "VIGIE_POLICY", value_name = "DIR")]
    pub policy: Option<PathBuf>,
    /// File of `name: value` lines with the same names as the flags
    #[arg(long, env = "VIGIE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Flags of `serve` beside the store's.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeFlags {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "VIGIE_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// Folder with models; without one texts are read by n-grams
    #[arg(long, env = "VIGIE_MODELS", value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Believe X-Forwarded-For and X-Forwarded-Proto: only behind a proxy that sets them itself
    #[arg(long, env = "VIGIE_TRUST_PROXY")]
    pub trust_proxy: bool,
    /// Let webhooks reach private addresses: only where the market's own systems live there
    #[arg(long, env = "VIGIE_WEBHOOKS_PRIVATE")]
    pub webhooks_private: bool,
    /// Longest wait for a group commit, such as 1ms [default: 1ms]
    #[arg(long, env = "VIGIE_COMMIT_WINDOW", value_name = "SPAN")]
    pub commit_window: Option<String>,
    /// Most events in one commit [default: 1000]
    #[arg(long, env = "VIGIE_COMMIT_EVENTS", value_name = "N")]
    pub commit_events: Option<usize>,
}

/// What the commands work with, after flags, environment and file.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where truth is kept.
    pub store: Location,
    /// The data folder, also with PostgreSQL: for the first password and sockets.
    pub data: PathBuf,
    /// A pack's folder; none means the built-in pack.
    pub policy: Option<PathBuf>,
    /// A folder with models.
    pub models: Option<PathBuf>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether forwarded addresses are believed.
    pub trust_proxy: bool,
    /// Whether webhooks may reach private addresses.
    pub webhooks_private: bool,
    /// Longest wait for a group commit, in microseconds.
    pub commit_window: i64,
    /// Most events in one commit.
    pub commit_events: usize,
}

/// What is wrong with how the house was started; exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigFault(pub String);

/// Names a config file may hold.
const NAMES: [&str; 9] = [
    "commit-events",
    "commit-window",
    "data",
    "listen",
    "models",
    "policy",
    "store",
    "trust-proxy",
    "webhooks-private",
];

impl Config {
    /// Joins flags (clap has already looked into the environment) with the file and the usual values.
    ///
    /// # Errors
    /// When the file cannot be read or a value makes no sense.
    pub fn new(store: &StoreFlags, serve: &ServeFlags) -> Result<Config, ConfigFault> {
        let file = store.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let path = |flag: &Option<PathBuf>, name: &str| flag.clone().or_else(|| file.get(name).map(PathBuf::from));
        let text = |flag: &Option<String>, name: &str| flag.clone().or_else(|| file.get(name).cloned());
        let truth = |flag: bool, name: &str| flag || file.get(name).is_some_and(|v| v == "true");
        let data = path(&store.data, "data").unwrap_or_else(|| PathBuf::from("vigie-data"));
        let listen = text(&serve.listen, "listen").unwrap_or_else(|| "127.0.0.1:8080".into());
        let window = text(&serve.commit_window, "commit-window").unwrap_or_else(|| "1ms".into());
        let events = match (serve.commit_events, file.get("commit-events")) {
            (Some(n), _) => n,
            (None, Some(text)) => text.parse().map_err(|_| fault("commit-events", text, "a whole number"))?,
            (None, None) => 1_000,
        };
        Ok(Config {
            store: match text(&store.store, "store") {
                Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                    Location::Postgres(url)
                }
                Some(_) => return Err(ConfigFault("store: only postgres:// addresses are known here".into())),
                None => Location::Folder(data.clone()),
            },
            data,
            policy: path(&store.policy, "policy"),
            models: path(&serve.models, "models"),
            listen: listen.parse().map_err(|_| fault("listen", &listen, "an address and port such as 0.0.0.0:8080"))?,
            trust_proxy: truth(serve.trust_proxy, "trust-proxy"),
            webhooks_private: truth(serve.webhooks_private, "webhooks-private"),
            commit_window: domain::parse_span(&window).map_err(ConfigFault)?,
            commit_events: events.clamp(1, 10_000),
        })
    }
}

fn fault(name: &str, given: &str, wanted: &str) -> ConfigFault {
    ConfigFault(format!("{name}: `{given}` is not {wanted}"))
}

/// Reads a file of `name: value` lines; `#` begins a comment line.
fn read(path: &Path) -> Result<BTreeMap<String, String>, ConfigFault> {
    let place = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| ConfigFault(format!("{place}: {e}")))?;
    parse(&text).map_err(|fault| ConfigFault(format!("{place}: {fault}")))
}

fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut out = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| format!("line {}: write `name: value`", number + 1))?;
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        if !NAMES.contains(&name) {
            return Err(format!("line {}: `{name}` is no name here; the names are {}", number + 1, NAMES.join(", ")));
        }
        out.insert(name.to_owned(), value.to_owned());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual() {
        let config = Config::new(&StoreFlags::default(), &ServeFlags::default()).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.store, Location::Folder("vigie-data".into()));
        assert_eq!((config.commit_window, config.commit_events), (1_000, 1_000));
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let file = std::env::temp_dir().join(format!("vigie-config-{}.yaml", std::process::id()));
        std::fs::write(&file, "data: /srv/a\nlisten: 0.0.0.0:9000\ntrust-proxy: true\ncommit-events: 50\n").unwrap();
        let store = StoreFlags { data: Some("/srv/b".into()), config: Some(file.clone()), ..StoreFlags::default() };
        let config = Config::new(&store, &ServeFlags::default()).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(config.store, Location::Folder("/srv/b".into()));
        assert_eq!(config.listen.port(), 9000);
        assert!(config.trust_proxy && !config.webhooks_private);
        assert_eq!(config.commit_events, 50);
    }

    #[test]
    fn nonsense_is_named() {
        for (text, says) in [("dta: x", "line 1: `dta` is no name"), ("# a\n\ndata", "line 3: write")] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        assert_eq!(parse(""), Ok(BTreeMap::new()));
        let serve = ServeFlags { listen: Some("here".into()), ..ServeFlags::default() };
        assert!(Config::new(&StoreFlags::default(), &serve).unwrap_err().0.contains("`here`"));
        let store = StoreFlags { store: Some("mysql://x".into()), ..StoreFlags::default() };
        assert!(Config::new(&store, &ServeFlags::default()).is_err());
    }
}
