//! Notes of one fetch.

use serde_json::{Value, json};
use url::Url;

use super::script::{Answers, Kind};
use super::write;
use crate::Failure;
use crate::scenario::{AnswerModel, ExchangeKind, Script, Seen, SeenError, Sent};

/// Answers a fetch, and writes down what it does.
#[derive(Debug)]
pub(super) struct Notes<'a> {
    answers: &'a mut Answers,
    /// The step as it is written.
    template: &'a Value,
    /// Exchanges, and whether equal ones may be written as one.
    exchanges: Vec<(Value, bool)>,
    outcome: Option<Value>,
}

impl<'a> Notes<'a> {
    pub(super) const fn new(answers: &'a mut Answers, template: &'a Value) -> Self {
        Self { answers, template, exchanges: Vec::new(), outcome: None }
    }

    /// The step as it was done.
    pub(super) fn finish(self) -> Result<Value, Failure> {
        let mut step = self.template.clone();
        step["exchanges"] = write::exchanges(self.exchanges);
        step["outcome"] = self.outcome.ok_or("a fetch without outcome")?;
        Ok(step)
    }

    fn hop(&mut self, kind: Kind, url: &Url) -> Result<AnswerModel, Failure> {
        let (entry, answer) = self.answers.next(kind, url)?;
        let mut written = entry.template;
        written[kind.key()] = write::hop(&written[kind.key()], url)?;
        self.exchanges.push((written, entry.is_repeated));
        Ok(answer)
    }
}

impl Script for Notes<'_> {
    fn exchange(&mut self, sent: &Sent, cookie: Option<&[u8]>) -> Result<AnswerModel, Failure> {
        let kind = match sent.kind {
            ExchangeKind::Preflight => Kind::Preflight,
            ExchangeKind::Request => Kind::Request,
            ExchangeKind::Scheme => Kind::Scheme,
        };
        let (entry, answer) = self.answers.next_or_supplied(kind, sent)?;
        let mut written = entry.template;
        written[kind.key()] = write::request(&written[kind.key()], sent, cookie)?;
        self.exchanges.push((written, entry.is_repeated));
        Ok(answer)
    }

    fn gate(&mut self, url: &Url) -> Result<AnswerModel, Failure> {
        self.hop(Kind::Gate, url)
    }

    fn service_worker(&mut self, url: &Url) -> Result<AnswerModel, Failure> {
        self.hop(Kind::ServiceWorker, url)
    }

    fn goes_on_from(&mut self, response: &Seen<'_>) -> Result<bool, Failure> {
        let Some(entry) = self.answers.next_manual_redirect() else { return Ok(false) };
        let key = Kind::ManualRedirect.key();
        let mut written = entry.template;
        written[key] = write::response(&written[key], response)?;
        self.exchanges.push((written, entry.is_repeated));
        Ok(true)
    }

    fn followed(&mut self, followed: bool) -> Result<(), Failure> {
        let (written, _) = self.exchanges.last_mut().ok_or("nothing to follow")?;
        written["followed"] = followed.into();
        Ok(())
    }

    fn ends_in_response(&mut self, response: &Seen<'_>) -> Result<(), Failure> {
        let usual = json!({"type": null, "status": null});
        let template = self.template["outcome"].get("response").unwrap_or(&usual);
        self.outcome = Some(json!({"response": write::response(template, response)?}));
        Ok(())
    }

    fn ends_in_error(&mut self, error: &SeenError) -> Result<(), Failure> {
        let usual = if error.redirects == 0 {
            json!({"stage": null, "reason": null})
        } else {
            json!({"stage": null, "reason": null, "redirects": null})
        };
        let template = self.template["outcome"].get("error").unwrap_or(&usual);
        self.outcome = Some(json!({"error": write::error(template, error)?}));
        Ok(())
    }
}
