//! Real browsers, driven by WebDriver, with every server played by a proxy; see `BROWSERS.md`.

mod clock;
mod cookies;
mod driver;
mod element;
mod engine;
mod expectation;
mod hosts;
mod job;
mod limits;
mod page;
mod proxy;
mod reason;
mod resource;
#[cfg(all(test, unix))]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

pub use self::engine::Engine;

use self::driver::Browser as Running;
use self::engine::Programs;
use self::job::Job;
use self::proxy::Proxy;
use super::{Runner, Target};
use crate::Failure;
use crate::scenario::EngineProfile;

/// A browser to run cases in.
#[derive(Clone, Debug)]
pub struct Browser {
    engine: Engine,
    programs: Programs,
    name: String,
    timeout: Duration,
}

impl Browser {
    /// Finds browser and driver, and starts them once, to learn the version.
    ///
    /// # Errors
    /// One of them is not there, or they do not start together.
    pub fn new(
        engine: Engine,
        browser: Option<PathBuf>,
        driver: Option<PathBuf>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let programs = Programs::find(engine, browser.as_deref(), driver.as_deref())?;
        let proxy = Proxy::start()?;
        let running = Running::start(engine, &programs, proxy.address().port(), timeout)?;
        // What changes with a fix of security alone is left out.
        let version: Vec<&str> = running.version.split('.').take(engine.version_parts()).collect();
        let name = format!("{} {}", engine.name(), version.join("."));
        Ok(Self { engine, programs, name, timeout })
    }
}

impl Target for Browser {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn profile(&self) -> Option<EngineProfile> {
        Some(match self.engine {
            Engine::Chromium => EngineProfile::Chromium,
            Engine::Firefox => EngineProfile::Gecko,
            Engine::Webkit => EngineProfile::Webkit,
        })
    }

    fn start(&self) -> Result<Box<dyn Runner>, Failure> {
        let mut job = Job::new(self.clone())?;
        job.bring_up()?;
        Ok(Box::new(job))
    }
}
