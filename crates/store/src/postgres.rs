//! PostgreSQL: how its sessions are opened.

use std::sync::Arc;
use std::time::Duration;

use postgres::{Config, NoTls};

use crate::connection::Connection;
use crate::pool::{Database, Pool};
use crate::{Error, Location, Result};

/// How many sessions write at once, beside the market workers' own.
const WRITERS: usize = 4;
/// How many sessions read at once.
const READERS: usize = 4;

/// A database behind a URL; one session is opened at once so that a bad URL fails here.
pub(crate) fn database(location: &Location, url: &str) -> Result<Arc<Database>> {
    let fault = |reason: String| Error::Open { location: location.to_string(), reason };
    let mut config: Config = url.parse().map_err(|_| fault("this is no PostgreSQL URL".into()))?;
    config.connect_timeout(Duration::from_secs(5)).application_name("vigie");
    config.keepalives_idle(Duration::from_secs(30));
    let (write, read) = (config.clone(), config);
    let database = Arc::new(Database {
        writers: Pool::new(WRITERS, move || session(&write, "set lock_timeout = '10s'")),
        readers: Pool::new(READERS, move || {
            session(&read, "set default_transaction_read_only = on; set statement_timeout = '60s'")
        }),
    });
    database.writers.lease().map_err(|error| fault(error.to_string()))?;
    Ok(database)
}

fn session(config: &Config, set: &str) -> Result<Connection> {
    let mut client = config.connect(NoTls)?;
    client.batch_execute(set)?;
    Ok(Connection::postgres(client))
}
