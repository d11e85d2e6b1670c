//! A browser under its driver: the driver's process, and one WebDriver session.

mod process;
mod session;

use std::time::Duration;

use serde_json::{Value, json};

use self::process::Process;
use self::session::Session;
pub(super) use self::session::Stopped;
use super::cookies::Cookie;
use super::engine::{Engine, Programs};
use crate::Failure;

/// Forgets what Firefox stored of servers' answers.
const FORGET_PREFLIGHTS: &str = r#"
Services.cache2.clear();
Cc["@mozilla.org/network/protocol;1?name=http"].getService(Ci.nsIHttpProtocolHandler).clearCORSPreflightCache();
"#;
/// The console's messages about CORS, taken out.
const CONSOLE: &str = r#"
const errors = Services.console.getMessageArray().filter((message) => message instanceof Ci.nsIScriptError);
Services.console.reset();
return errors.map(({ category, errorMessage }) => ({ category, text: errorMessage }))
  .filter(({ category }) => category.startsWith("CORS"));
"#;

/// A browser that runs, on a profile of its own.
#[derive(Debug)]
pub(super) struct Browser {
    /// Which one it is.
    pub(super) engine: Engine,
    /// What it says of its version.
    pub(super) version: String,
    session: Session,
    // Dropped after the session.
    #[cfg_attr(not(test), expect(dead_code, reason = "its end is the end of the processes"))]
    process: Process,
}

impl Browser {
    /// Starts driver and browser.
    pub(super) fn start(engine: Engine, programs: &Programs, proxy: u16, timeout: Duration) -> Result<Self, Failure> {
        let mut process = Process::start(engine, programs)?;
        let wish = engine.capabilities(programs, proxy, process.folder(), timeout);
        let (session, capabilities) = Session::new(process.port(), &wish, timeout)?;
        process.set_browser(engine.process_id(&capabilities));
        let version = capabilities["browserVersion"].as_str().unwrap_or("of no version").to_owned();
        Ok(Self { engine, version, session, process })
    }

    /// The process of the browser, if the driver told.
    #[cfg(test)]
    pub(super) const fn process_id(&self) -> Option<u32> {
        self.process.browser()
    }

    /// Ends it without another word to the driver, which may not answer any more.
    pub(super) fn end(mut self) {
        self.session.forget();
    }

    /// Goes to a page.
    pub(super) fn navigate(&self, url: &str) -> Result<(), Stopped> {
        self.session.post("url", &json!({"url": url})).map(drop)
    }

    /// Calls a function in the page, with one argument and a callback as the last, and waits for its answer.
    pub(super) fn call(&self, body: &str, argument: &Value) -> Result<Value, Stopped> {
        self.session.post("execute/async", &json!({"script": body, "args": [argument]}))
    }

    /// Forgets stored preflights and responses of every host; whether the engine can.
    pub(super) fn forget_preflights(&self) -> Result<bool, Stopped> {
        match self.engine {
            Engine::Chromium => drop(self.devtools("Network.clearBrowserCache", &json!({}))?),
            Engine::Firefox => drop(self.privileged(FORGET_PREFLIGHTS)?),
            Engine::Webkit => return Ok(false),
        }
        Ok(true)
    }

    /// Forgets cookies too; whether the engine can.
    pub(super) fn forget(&self) -> Result<bool, Stopped> {
        match self.engine {
            Engine::Chromium => drop(self.devtools("Network.clearBrowserCookies", &json!({}))?),
            Engine::Firefox => drop(self.privileged("Services.cookies.removeAll();")?),
            Engine::Webkit => return Ok(false),
        }
        self.forget_preflights()
    }

    /// Puts cookies into the jar; whether the engine can, or a page has to.
    pub(super) fn set_cookies(&self, cookies: &[Cookie]) -> Result<bool, Stopped> {
        if self.engine != Engine::Chromium {
            return Ok(false);
        }
        let cookies: Vec<Value> = cookies.iter().map(Cookie::parameters).collect();
        self.devtools("Network.setCookies", &json!({"cookies": cookies}))?;
        Ok(true)
    }

    /// What the browser has logged since the last time.
    pub(super) fn log(&self) -> Result<Vec<Value>, Stopped> {
        let entries = match self.engine {
            Engine::Chromium => self.session.post("se/log", &json!({"type": "performance"}))?,
            Engine::Firefox => self.privileged(CONSOLE)?,
            Engine::Webkit => Value::Null,
        };
        Ok(if let Value::Array(entries) = entries { entries } else { Vec::new() })
    }

    /// A command of the DevTools protocol.
    fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, Stopped> {
        self.session.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Calls a function in Firefox itself, and not in the page.
    fn privileged(&self, body: &str) -> Result<Value, Stopped> {
        self.session.post("moz/context", &json!({"context": "chrome"}))?;
        let value = self.session.post("execute/sync", &json!({"script": body, "args": []}));
        self.session.post("moz/context", &json!({"context": "content"}))?;
        value
    }
}
