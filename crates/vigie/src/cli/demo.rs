//! `vigie demo`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::serve::{runtime, start_log};
use super::{Failure, say};
use crate::config::{Config, ServeFlags, StoreFlags};
use crate::demo::{Options, password, run, temporary_folder};
use crate::serve::open;

#[derive(Args)]
pub(super) struct Demo {
    /// Keep the demo's store in this folder [default: a temporary one that goes at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on; when its port is taken, another one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Which market is made up
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Play for a moment without a page, print one JSON line, and fail when something is missing
    #[arg(long)]
    check: bool,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        start_log(false, "warn");
        let temporary = self.data.is_none().then(temporary_folder);
        let data = self.data.clone().or_else(|| temporary.clone()).unwrap_or_default();
        let done = self.serve(&data);
        if let Some(folder) = temporary {
            let _ = std::fs::remove_dir_all(folder);
        }
        done
    }

    fn serve(self, data: &Path) -> Result<(), Failure> {
        let mut listen = self.listen;
        if self.check {
            listen.set_port(0);
        }
        let store = StoreFlags { data: Some(data.to_owned()), ..StoreFlags::default() };
        let flags = ServeFlags { listen: Some(listen.to_string()), webhooks_private: true, ..ServeFlags::default() };
        let config = Config::new(&store, &flags)?;
        let password = password(listen);
        let (app, _) = open(config, Some(password.clone())).map_err(Failure::failed)?;
        let options = Options { listen, seed: self.seed, check: self.check };
        let seen = runtime()?.block_on(run(app, options, password, |line| say(line))).map_err(Failure::Failed)?;
        match seen {
            None => Ok(()),
            Some(summary) => {
                say(serde_json::to_string(&summary).map_err(Failure::failed)?);
                if summary.fine() {
                    Ok(())
                } else {
                    Err(Failure::Failed("too little happened, or something is missing".into()))
                }
            }
        }
    }
}
