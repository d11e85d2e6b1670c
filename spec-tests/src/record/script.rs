//! Answers by what is asked.

use serde_json::{Value, json};
use url::Url;

use super::Missing;
use super::unbind::unbind;
use crate::Failure;
use crate::scenario::{AnswerModel, ExchangeModel, Sent, url};
use crate::symbols::text;

/// What is asked of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Preflight,
    Request,
    Scheme,
    ServiceWorker,
    Gate,
    ManualRedirect,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Preflight, Self::Request, Self::Scheme, Self::ServiceWorker, Self::Gate, Self::ManualRedirect];

    /// The member of an exchange.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Request => "request",
            Self::Scheme => "scheme",
            Self::ServiceWorker => "service_worker",
            Self::Gate => "gate",
            Self::ManualRedirect => "next_manual_redirect",
        }
    }
}

/// An exchange of the script.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// As it is written.
    pub(super) template: Value,
    /// Whether it may come several times in a row.
    pub(super) is_repeated: bool,
    step: usize,
    kind: Kind,
    /// None if it does not say.
    url: Option<String>,
    answer: Option<AnswerModel>,
    is_used: bool,
}

/// All exchanges of a row.
#[derive(Debug)]
pub(super) struct Answers {
    entries: Vec<Entry>,
    step: usize,
    missing: Missing,
}

impl Answers {
    pub(super) fn of(steps: &[Value], missing: Missing) -> Result<Self, Failure> {
        let mut entries = Vec::new();
        for (step, value) in steps.iter().enumerate() {
            for template in value["exchanges"].as_array().into_iter().flatten() {
                let model: ExchangeModel =
                    serde_json::from_value(template.clone()).map_err(|error| error.to_string())?;
                let kind = Kind::ALL.into_iter().find(|kind| template.get(kind.key()).is_some());
                let kind = kind.ok_or("an exchange that asks for nothing")?;
                let place = template[kind.key()].get("url").filter(|_| kind != Kind::ManualRedirect);
                let place = place.and_then(Value::as_str).map(|text| url(text).map(place_of)).transpose()?;
                let times = model.repeat.unwrap_or(1);
                let entry = Entry {
                    template: template.clone(),
                    is_repeated: model.repeat.is_some(),
                    step,
                    kind,
                    url: place,
                    answer: model.answer,
                    is_used: false,
                };
                entries.extend(std::iter::repeat_n(entry, times as usize));
            }
        }
        Ok(Self { entries, step: 0, missing })
    }

    /// A step begins, or begins again.
    pub(super) fn begin(&mut self, step: usize) {
        self.step = step;
        self.entries.iter_mut().for_each(|entry| entry.is_used = false);
    }

    /// The exchange that answers a request, or one that allows it where that is wished.
    pub(super) fn next_or_supplied(&mut self, kind: Kind, sent: &Sent) -> Result<(Entry, AnswerModel), Failure> {
        match self.next(kind, &sent.url) {
            Err(_) if self.missing == Missing::Supply && kind != Kind::Scheme => self.supplied(kind, sent),
            found => found,
        }
    }

    /// It asserts what the nearest exchange of the kind does.
    fn supplied(&self, kind: Kind, sent: &Sent) -> Result<(Entry, AnswerModel), Failure> {
        let near = |entry: &&Entry| (entry.step == self.step, entry.step);
        let like = self.entries.iter().filter(|entry| entry.kind == kind).max_by_key(near);
        let usual = json!({"method": Value::Null, "url": Value::Null});
        let asserted = like.map_or(&usual, |entry| &entry.template[kind.key()]);
        let asked = |name: &str| sent.header(name).map(|value| unbind(&text(&value)));
        let mut lines = vec![["access-control-allow-origin".to_owned(), asked("origin").unwrap_or("*".to_owned())]];
        if sent.credentials || kind == Kind::Preflight {
            lines.push(["access-control-allow-credentials", "true"].map(str::to_owned));
        }
        for (name, allow) in [
            ("access-control-request-method", "access-control-allow-methods"),
            ("access-control-request-headers", "access-control-allow-headers"),
        ] {
            lines.extend(asked(name).map(|value| [allow.to_owned(), value]));
        }
        let answer = json!({"status": 200, "headers": lines});
        let model = serde_json::from_value(answer.clone()).map_err(|error| error.to_string())?;
        let entry = Entry {
            template: json!({kind.key(): asserted, "answer": answer}),
            is_repeated: false,
            step: self.step,
            kind,
            url: None,
            answer: None,
            is_used: true,
        };
        Ok((entry, model))
    }

    /// The exchange that answers for this URL: the next of the step, or its last when all are used up, or else the
    /// last of an earlier step, or the first of a later one.
    pub(super) fn next(&mut self, kind: Kind, url: &Url) -> Result<(Entry, AnswerModel), Failure> {
        let place = place_of(url.clone());
        let fits = |entry: &&Entry| entry.kind == kind && entry.url.as_ref().is_none_or(|known| *known == place);
        let step = self.step;
        let here = |entry: &&Entry| entry.step == step;
        let all = || self.entries.iter().enumerate().filter(|(_, entry)| fits(entry));
        let found = all()
            .find(|(_, entry)| here(entry) && !entry.is_used)
            .or_else(|| all().rfind(|(_, entry)| here(entry)))
            .or_else(|| all().rfind(|(_, entry)| entry.step < step))
            .or_else(|| all().find(|(_, entry)| entry.step > step))
            .map(|(index, _)| index);
        let entry = found.and_then(|index| self.entries.get_mut(index));
        let entry = entry.ok_or_else(|| format!("the script has no answer for a {} of {url}", kind.key()))?;
        entry.is_used = true;
        let answer = entry.answer.clone().ok_or("an exchange without answer")?;
        Ok((entry.clone(), answer))
    }

    /// The step's next manual redirect, if there is one.
    pub(super) fn next_manual_redirect(&mut self) -> Option<Entry> {
        let step = self.step;
        let is_it = |entry: &&mut Entry| entry.kind == Kind::ManualRedirect && entry.step == step && !entry.is_used;
        let entry = self.entries.iter_mut().find(is_it)?;
        entry.is_used = true;
        Some(entry.clone())
    }
}

/// What a server sees of a URL.
fn place_of(mut url: Url) -> String {
    url.set_fragment(None);
    // URLs without a host have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}
