//! A sequence as a scenario of the fixtures, with what the oracle does as what is expected.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};
use url::Url;

use super::moment::{Event, Moment, Seen, destinations};
use super::plan::{AnswerPlan, FetchPlan, Sequence, Step, WorkerPlan};
use super::script;
use crate::fixture::Row;
use crate::oracle::host::{Answer, GateAnswer, Kind, Wire};
use crate::oracle::infra::{Bytes, decode};
use crate::oracle::origin::Origin;
use crate::oracle::request::{Body, Client, Referrer, Request};
use crate::oracle::rules::Rules;
use crate::scenario::Scenario;

/// A file of fixtures with one row, which `id` names. `engine` is what the engine did, whose eviction
/// counts where the sequence sets bounds.
#[must_use]
pub fn file(id: &str, sequence: &Sequence, engine: &[Moment]) -> Value {
    json!({"$schema": "../schema/scenarios.json", "format": Scenario::FORMAT, "rows": [row(id, sequence, engine)]})
}

fn row(id: &str, sequence: &Sequence, engine: &[Moment]) -> Value {
    let moments = script::run(sequence, sequence.limits.map(|_| engine));
    let mut writer = Writer { moments: moments.into(), steps: Vec::new() };
    for step in &sequence.steps {
        writer.step(step);
    }
    let mut needs = vec!["cache-content", "cache-upkeep", "clock", "host-policy", "literal-host", "raw-request"];
    let more = [
        (sequence.limits.is_some(), "cache-limits"),
        (sequence.rules.gates, "gate"),
        (sequence.rules.service_workers, "service-worker"),
        (sequence.is_letter, "letter-profile"),
    ];
    needs.extend(more.iter().filter(|(is_needed, _)| *is_needed).map(|(_, need)| need));
    needs.sort_unstable();
    json!({
        "id": id,
        "wpt": [],
        "status": "spec-gap",
        "anchors": ["concept-fetch"],
        "needs": needs,
        "config": config(sequence),
        "steps": writer.steps,
    })
}

/// Members of an object, without those that are as by default.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn set_if(&mut self, is_set: bool, key: &str, value: impl Into<Value>) {
        if is_set {
            self.set(key, value);
        }
    }

    fn set_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }
}

fn config(sequence: &Sequence) -> Value {
    let Rules { switches, suffix_list, schemes, access_list, .. } = &sequence.rules;
    let rules = &sequence.rules;
    let mut members = Members::default();
    members.set_if(sequence.is_letter, "profile", "letter");
    members.set_if(switches.wildcard_covers_authorization, "authorization_under_wildcard", true);
    members.set_if(suffix_list.is_none(), "public_suffix_list", false);
    members.set_if(rules.gates, "gates", true);
    members.set_if(rules.service_workers, "service_workers", true);
    members.set_some("user_agent", rules.user_agent.as_deref().map(decode));
    members.set_some("accept_language", rules.accept_language.as_deref().map(decode));
    let scheme = |scheme: &crate::oracle::rules::Scheme| {
        let traits = json!({
            "standard": scheme.is_standard, "cors_enabled": scheme.is_cors_enabled, "secure": scheme.is_secure,
        });
        (scheme.name.clone(), traits)
    };
    members.set_if(!schemes.is_empty(), "schemes", schemes.iter().map(scheme).collect::<Map<_, _>>());
    let entry = |entry: &crate::oracle::rules::AccessEntry| {
        let word = if entry.is_block { "block" } else { "allow" };
        json!({"source": origin(&entry.source), word: entry.target()})
    };
    members.set_if(!access_list.is_empty(), "access_list", access_list.iter().map(entry).collect::<Vec<_>>());
    match sequence.limits {
        _ if !rules.has_cache => members.set("cache_limits", Value::Null),
        None => {}
        Some(limits) => members.set(
            "cache_limits",
            json!({
                "groups": limits.groups, "bytes": limits.bytes, "entries_per_answer": limits.entries_per_answer,
            }),
        ),
    }
    members.0.into()
}

/// Opaque origins have the two identities that fixtures know.
fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Opaque(identity) if identity % 2 == 0 => "opaque-other".to_owned(),
        Origin::Opaque(_) => "opaque".to_owned(),
        other => other.serialize(),
    }
}

fn lines(lines: &[(Bytes, Bytes)]) -> Value {
    lines.iter().map(|(name, value)| json!([decode(name), decode(value)])).collect()
}

fn client(client: &Client) -> Value {
    let usual = Client::new(client.origin.clone());
    let mut members = Members::default();
    members.set("origin", origin(&client.origin));
    members.set("url", client.creation_url.as_ref().map(Url::as_str));
    members.set("partition", client.network_partition_key.as_deref().map(decode));
    members.set_if(!client.referrer_policy.is_empty(), "referrer_policy", client.referrer_policy);
    members.set_if(client.embedder_policy != usual.embedder_policy, "embedder_policy", client.embedder_policy);
    let report_only = client.embedder_policy_report_only;
    members.set_if(report_only != usual.embedder_policy_report_only, "embedder_policy_report_only", report_only);
    members.set_if(client.cross_site_ancestor, "cross_site_ancestor", true);
    members.set_if(!client.is_window, "worker", true);
    members.set_if(client.has_navigable, "traversable", true);
    members.set_some("emulated_language", client.emulated_language.as_deref().map(decode));
    members.set_some("emulated_user_agent", client.emulated_user_agent.as_deref().map(decode));
    members.0.into()
}

fn fetch(request: &Request) -> Value {
    let usual = Request::new(request.current_url().clone());
    let mut members = Members::default();
    members.set("url", request.current_url().as_str());
    members.set("api", "raw");
    members.set_if(request.method != usual.method, "method", decode(&request.method));
    members.set_if(!request.header_list.0.is_empty(), "headers", lines(&request.header_list.0));
    match request.body {
        Body::Null => {}
        Body::Source(length) => members.set("body", json!({"source": length})),
        Body::Stream => members.set("body", "stream"),
    }
    match &request.referrer {
        Referrer::Client => {}
        Referrer::NoReferrer => members.set("referrer", "no-referrer"),
        Referrer::Url(url) => members.set("referrer", url.as_str()),
    }
    for (key, is, was) in [
        ("mode", request.mode, usual.mode),
        ("credentials", request.credentials_mode, usual.credentials_mode),
        ("redirect", request.redirect_mode, usual.redirect_mode),
        ("cache", request.cache_mode, usual.cache_mode),
        ("referrer_policy", request.referrer_policy, usual.referrer_policy),
        ("destination", request.destination, usual.destination),
        ("initiator", request.initiator, usual.initiator),
        ("service_workers", request.service_workers_mode, usual.service_workers_mode),
        ("traversable", request.traversable, usual.traversable),
    ] {
        members.set_if(is != was, key, is);
    }
    for (key, flag) in [
        ("no_client", request.client.is_none()),
        ("unsafe_request", request.unsafe_request),
        ("keepalive", request.keepalive),
        ("use_cors_preflight", request.use_cors_preflight),
        ("use_url_credentials", request.use_url_credentials),
        ("user_activation", request.user_activation),
        ("user_initiated", request.user_initiated),
        ("local_urls_only", request.local_urls_only),
        ("prevent_no_cache_cache_control", request.prevent_no_cache_cache_control),
    ] {
        members.set_if(flag, key, true);
    }
    let in_flight = request.in_flight_keepalive_bytes;
    members.set_if(in_flight != 0, "in_flight_keepalive_bytes", in_flight);
    members.set_some("origin", request.origin.as_ref().map(origin));
    let initiator = request.top_level_navigation_initiator_origin.as_ref();
    members.set_some("top_level_navigation_initiator_origin", initiator.map(origin));
    members.set_some("policy_container_referrer_policy", request.policy_container_referrer_policy);
    members.0.into()
}

fn request(wire: &Wire) -> Value {
    let mut members = Members::default();
    members.set("method", wire.method.clone());
    members.set("url", wire.url.clone());
    members.set("all_headers", lines(&wire.lines.0));
    members.set(
        "body",
        match wire.body {
            Body::Null => "null",
            Body::Source(_) => "source",
            Body::Stream => "stream",
        },
    );
    members.set("mode", wire.mode);
    members.set("cache_mode", wire.cache_mode);
    members.set("redirect_count", wire.redirect_count);
    if wire.kind != Kind::Scheme {
        members.set("credentials", wire.include_credentials);
        members.set("may_prompt", wire.may_prompt);
    }
    members.set_some("same_site", wire.same_site_mode);
    members.0.into()
}

fn answer(plan: &AnswerPlan, wire: &Wire) -> Value {
    let mut members = Members::default();
    members.set_if(plan.after != 0, "after_ms", plan.after);
    match plan.render(wire) {
        Answer::Failure => members.set("failure", "connect"),
        Answer::Abort => members.set("abort", true),
        Answer::Head(status, head) => {
            members.set("status", status);
            members.set_if(!head.is_empty(), "headers", lines(&head));
        }
    }
    members.0.into()
}

fn worker(plan: Option<&WorkerPlan>) -> Value {
    let Some(plan) = plan else { return json!({"pass": true}) };
    let exposed: Vec<String> = plan.cors_exposed_header_names.iter().map(|name| decode(name)).collect();
    json!({
        "type": plan.response_type,
        "status": plan.head.status,
        "headers": lines(&plan.head.render(&[])),
        "urls": plan.url_list,
        "exposed": exposed,
        "range_requested": plan.range_requested,
        "includes_credentials": plan.request_includes_credentials,
    })
}

fn response(seen: &Seen) -> Value {
    let tao = destinations().into_iter().zip(seen.navigation_tao).map(|(origin, is)| (origin.to_owned(), is.into()));
    json!({
        "type": seen.response_type,
        "status": seen.status,
        "urls": seen.url_list,
        "all_headers": lines(&seen.lines.0),
        "body": seen.body,
        "timing_allow": seen.timing_allow_passed,
        "redirect_taint": seen.redirect_taint,
        "internal_status": seen.internal_status,
        "navigation_tao": tao.collect::<Map<_, _>>(),
    })
}

/// Writes steps from what the oracle did.
struct Writer {
    moments: VecDeque<Moment>,
    steps: Vec<Value>,
}

impl Writer {
    fn next(&mut self) -> Moment {
        self.moments.pop_front().expect("the oracle ran the whole sequence")
    }

    fn step(&mut self, step: &Step) {
        let written = match step {
            Step::Fetch(plan) => return self.fetch(plan),
            Step::Advance(milliseconds) => json!({"advance_ms": milliseconds}),
            Step::Back(milliseconds) => json!({"back_ms": milliseconds}),
            Step::Restart => json!({"restart": true}),
            Step::ClearAll => json!({"clear_cache": true}),
            Step::ClearOrigin(whose) => json!({"clear_cache": {"origin": origin(whose)}}),
            Step::ClearSite(whose) => json!({"clear_cache": {"site": origin(whose)}}),
            Step::ClearPartition(key) => json!({"clear_cache": {"partition": key.as_deref().map(decode)}}),
        };
        self.steps.push(written);
        let moment = self.next();
        self.cache(&moment);
    }

    /// What the cache holds now.
    fn cache(&mut self, moment: &Moment) {
        let entries: Vec<_> = moment.cache.iter().map(super::moment::CacheLine::model).collect();
        self.steps.push(json!({"cache": entries}));
    }

    fn fetch(&mut self, plan: &FetchPlan) {
        let mut answers = plan.answers.iter();
        let mut gates = plan.gates.iter();
        let mut workers = plan.workers.iter();
        let mut manual_redirects = plan.manual_redirects;
        let mut exchanges = Vec::new();
        let (outcome, last) = loop {
            let moment = self.next();
            match &moment.event {
                Event::Exchange(wire) => {
                    let kind = match wire.kind {
                        Kind::Preflight => "preflight",
                        Kind::Request => "request",
                        Kind::Scheme => "scheme",
                    };
                    let plan = answers.next().cloned().unwrap_or_else(AnswerPlan::simple);
                    exchanges.push(json!({kind: request(wire), "answer": answer(&plan, wire)}));
                }
                Event::Gate(url) => {
                    let word = match gates.next().unwrap_or(&GateAnswer::Proceed) {
                        GateAnswer::Proceed => "proceed",
                        GateAnswer::UpgradeBeforeReferrer => "upgrade-before-referrer",
                        GateAnswer::UpgradeAfterReferrer => "upgrade-after-referrer",
                        GateAnswer::Block => "block",
                    };
                    exchanges.push(json!({"gate": {"url": url}, "answer": {"gate": word}}));
                }
                Event::Worker(url) => {
                    let plan = workers.next().and_then(Option::as_ref);
                    exchanges.push(json!({"service_worker": {"url": url}, "answer": worker(plan)}));
                }
                Event::Response(seen) if manual_redirects == 0 => break (json!({"response": response(seen)}), moment),
                Event::Response(seen) => {
                    manual_redirects -= 1;
                    let seen = response(seen);
                    let is_end = matches!(self.moments.front().map(|next| &next.event), Some(Event::NoManualRedirect));
                    exchanges.push(json!({"next_manual_redirect": seen, "followed": !is_end}));
                    if is_end {
                        break (json!({"response": seen}), self.next());
                    }
                }
                Event::Error(error) => {
                    let error = json!({
                        "stage": error.stage,
                        "reason": error.reason,
                        "redirects": error.redirects,
                        "aborted": error.reason == "aborted",
                    });
                    break (json!({"error": error}), moment);
                }
                Event::NoManualRedirect | Event::Step => unreachable!("neither is in the middle of a fetch"),
            }
        };
        let mut step = json!({"fetch": fetch(&plan.request), "exchanges": exchanges, "outcome": outcome});
        if let Some(plain) = &plan.request.client {
            step["client"] = client(plain);
        }
        self.steps.push(step);
        self.cache(&last);
    }
}
