//! A driver's process and its folder. Both, and the browser, are gone when this is dropped.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use tempfile::TempDir;

use crate::Failure;
use crate::run::browser::engine::{Engine, Programs};
use crate::run::wall_clock;

/// How long a driver may take to listen.
const START: Duration = Duration::from_secs(20);
/// How much of its output is read for its port.
const LONGEST_GREETING: u64 = 64 << 10;
/// Would send the driver's own connections elsewhere.
const PROXY_VARIABLES: [&str; 6] = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// A driver that listens.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Its end tells the guard that this program is gone.
    _stdin: Option<ChildStdin>,
    port: u16,
    browser: Option<u32>,
    folder: TempDir,
}

impl Process {
    /// Starts it.
    pub(super) fn start(engine: Engine, programs: &Programs) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| format!("no folder for a profile: {error}");
        let folder = tempfile::Builder::new().prefix("fetch-cors-browser-").tempdir().map_err(failed)?;
        let port = if engine.takes_a_port() { free_port()? } else { 0 };
        let mut command = guarded(&programs.driver);
        command.args(engine.driver_arguments(port)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        for variable in PROXY_VARIABLES {
            command.env_remove(variable);
        }
        for variable in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            command.env(variable, folder.path());
        }
        command.envs(engine.driver_environment().iter().copied());
        // Of its own, so that its end is the end of what it started.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let name = programs.driver.display();
        let mut child = command.spawn().map_err(|error| format!("{name} does not start: {error}"))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut process = Self { child, _stdin: stdin, port, browser: None, folder };
        let stdout = stdout.ok_or_else(|| format!("{name} has no output"))?;
        let (sender, ports) = sync_channel(1);
        std::thread::spawn(move || read_port(stdout, engine, &sender));
        if engine.takes_a_port() {
            wait_for(port).map_err(|why| format!("{name} {why}"))?;
            return Ok(process);
        }
        process.port = ports.recv_timeout(START).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("{name} does not say within {START:?} where it listens"),
            RecvTimeoutError::Disconnected => format!("{name} ended, or said nothing of where it listens"),
        })?;
        Ok(process)
    }

    /// Where it listens, on loopback.
    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// An empty folder for a profile.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    #[cfg(test)]
    pub(super) const fn browser(&self) -> Option<u32> {
        self.browser
    }

    /// Says which process the browser is, if the driver tells.
    pub(super) const fn set_browser(&mut self, id: Option<u32>) {
        self.browser = id;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process, kill_process_group};
            let id = |id: u32| i32::try_from(id).ok().and_then(Pid::from_raw);
            // Whichever is gone needs no end.
            if let Some(driver) = id(self.child.id()) {
                let _ = kill_process_group(driver, Signal::KILL);
            }
            if let Some(browser) = self.browser.and_then(id) {
                let _ = kill_process(browser, Signal::KILL);
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A shell in front of the driver, which ends the group when its input ends: when this program is gone, however that
/// came.
#[cfg(unix)]
fn guarded(driver: &Path) -> Command {
    const GUARD: &str = r#"exec 3>&1 >&2; "$0" "$@" >&3 3>&- & exec 3>&-; read -r line; kill -KILL 0"#;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GUARD]).arg(driver);
    command
}

#[cfg(not(unix))]
fn guarded(driver: &Path) -> Command {
    Command::new(driver)
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

fn wait_for(port: u16) -> Result<(), Failure> {
    let deadline = wall_clock() + START;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while wall_clock() < deadline {
        if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("does not listen within {START:?}"))
}

/// Sends the port as soon as it is told, and reads on, so that the driver never waits for a reader.
fn read_port(stdout: ChildStdout, engine: Engine, sender: &SyncSender<u16>) {
    let mut reader = BufReader::new(stdout);
    let mut greeting = reader.by_ref().take(LONGEST_GREETING);
    let mut line = Vec::new();
    while matches!(greeting.read_until(b'\n', &mut line), Ok(length) if length > 0) {
        if let Some(port) = engine.port_of(&String::from_utf8_lossy(&line)) {
            // Nobody waits any more if it came too late.
            let _ = sender.send(port);
            break;
        }
        line.clear();
    }
    let _ = std::io::copy(&mut reader, &mut std::io::sink());
}
