//! `vigie key` and `vigie agent`: who may come in, from the machine itself.

use access::{ApiKey, Directory, Role, Scope, fingerprint, new_key, new_password};
use clap::{Args, Subcommand};

use super::{Failure, open_store, say};
use crate::clock::now;
use crate::config::StoreFlags;

#[derive(Subcommand)]
pub(super) enum Key {
    /// Make a key and print it, alone, once
    #[command(after_help = "Example:\n  vigie key new --scope ingest,decide,read --market sg --data ./vigie-data")]
    New(NewKey),
}

#[derive(Args)]
pub(super) struct NewKey {
    #[command(flatten)]
    store: StoreFlags,
    /// What it may do: ingest, decide, read, write
    #[arg(long, value_delimiter = ',', required = true, value_name = "SCOPES")]
    scope: Vec<String>,
    /// The one market it may speak of [default: every market]
    #[arg(long, value_name = "MARKET")]
    market: Option<String>,
    /// The source of its events where the sender names none [default: the name]
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// What people call it
    #[arg(long, default_value = "command-line")]
    name: String,
}

impl Key {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Key::New(new) = self;
        let mut scopes = Vec::new();
        for name in new.scope.iter().map(|s| s.trim()).filter(|s| !s.is_empty()) {
            let scope = Scope::parse(name).ok_or_else(|| {
                Failure::Usage(format!("`{name}` is no scope; choose from ingest, decide, read, write"))
            })?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let secret = new_key();
        let print = fingerprint(&secret);
        let key = ApiKey {
            id: ApiKey::id_of(&print),
            fingerprint: print,
            source: new.source.unwrap_or_else(|| new.name.clone()),
            name: new.name,
            scopes,
            market: new.market,
            created_by: "command line".to_owned(),
            created_at: now(),
            last_used: None,
        };
        key.check().map_err(|e| Failure::Usage(e.to_string()))?;
        let (_, store) = open_store(&new.store)?;
        store.write(|tx| access::put_key(tx, &key))?;
        say(secret);
        Ok(())
    }
}

#[derive(Subcommand)]
pub(super) enum AgentCommand {
    /// Make an agent; prints the password when none is given in VIGIE_PASSWORD
    #[command(after_help = "Example:\n  vigie agent new --login mira --name 'Mira Example' --role analyst")]
    New(NewAgent),
}

#[derive(Args)]
pub(super) struct NewAgent {
    #[command(flatten)]
    store: StoreFlags,
    /// What they sign in with
    #[arg(long)]
    login: String,
    /// What others see
    #[arg(long)]
    name: String,
    /// What they may do: admin, analyst, agent, auditor
    #[arg(long)]
    role: String,
    /// Give an agent that is there already a new password and role
    #[arg(long)]
    reset: bool,
}

impl AgentCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        let AgentCommand::New(new) = self;
        let role = Role::parse(&new.role).ok_or_else(|| {
            Failure::Usage(format!("`{}` is no role; choose admin, analyst, agent or auditor", new.role))
        })?;
        let given = std::env::var("VIGIE_PASSWORD").ok().filter(|p| !p.is_empty());
        let told = given.is_some();
        let password = given.unwrap_or_else(new_password);
        let agent =
            crate::serve::agent(&new.login, &new.name, role, &password).map_err(|e| Failure::Usage(e.to_string()))?;
        agent.check().map_err(|e| Failure::Usage(e.to_string()))?;
        let (_, store) = open_store(&new.store)?;
        let there = store.read(Directory::load)?.agent(&agent.login);
        if there.is_some() && !new.reset {
            return Err(Failure::Failed(format!("`{}` is there already; --reset gives a new password", agent.login)));
        }
        store.write(|tx| access::put_agent(tx, &agent))?;
        if !told {
            say(password);
        }
        Ok(())
    }
}
