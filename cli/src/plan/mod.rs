//! What the command line means: a checked plan, or one line that says what is wrong.

mod request;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use fetch_cors::{Client, Config, Origin, OriginAccessList, Profile, Psl, SchemePolicy, SchemeTraits, TargetPattern};
use url::Url;

use crate::args::{AgentArgs, FetchArgs, NetworkArgs};
use crate::net::{AddressBook, HttpVersions, NameService, TransportOptions, Trust};
pub(crate) use request::RequestPlan;

/// The word for all profiles that are shown side by side.
const ALL_PROFILES: &str = "all";
const SIDE_BY_SIDE: [&str; 4] = ["standard", "chromium", "gecko", "webkit"];

/// A usage error: one line that says which argument and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

impl Usage {
    /// An error about an argument and its value, which is not said twice.
    fn of(argument: &str, value: &str, why: impl std::fmt::Display) -> Self {
        let (value, why) = (format!("{value:?}"), why.to_string());
        Self(if why.contains(&value) { format!("{argument}: {why}") } else { format!("{argument} {value}: {why}") })
    }
}

/// Everything that a run needs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) urls: Vec<Url>,
    pub(crate) repeat: u16,
    pub(crate) client: Arc<Client>,
    pub(crate) request: RequestPlan,
    pub(crate) config: Config,
    /// One, or those that are shown side by side.
    pub(crate) profiles: Vec<Profile>,
    /// Cookies that the jar holds from the start: name and value.
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) max_time: Duration,
    pub(crate) transport: TransportOptions,
}

impl Plan {
    /// Checks the arguments of `fetch`.
    pub(crate) fn new(args: &FetchArgs) -> Result<Self, Usage> {
        let schemes = scheme_policy(&args.agent.scheme_policy)?;
        let origin = origin("--origin", args.origin.as_deref().unwrap_or_default(), &schemes)?;
        let urls: Vec<Url> = args.urls.iter().map(|text| fetch_url(text)).collect::<Result<_, _>>()?;
        let request = RequestPlan::new(&args.request, &origin, &schemes)?;
        let client = Arc::new(client(origin, &schemes));
        let profiles = profiles(&args.agent)?;
        if profiles.len() > 1 && args.output.output.is_some() {
            return Err(Usage("--output: --profile all writes no bodies".to_owned()));
        }
        for url in &urls {
            request.build(url, &client).map_err(|e| Usage(e.to_string()))?;
        }
        Ok(Self {
            urls,
            repeat: args.agent.repeat,
            client,
            request,
            cookies: cookies(&args.agent.cookies)?,
            config: config(&args.agent, schemes)?,
            profiles,
            max_time: Duration::from_secs_f64(args.network.max_time),
            transport: transport(&args.network)?,
        })
    }
}

/// The page that fetches. Its URL is the root of its origin, so that there is a referrer.
fn client(origin: Origin, schemes: &SchemePolicy) -> Client {
    let page = Url::parse(&format!("{}/", origin.serialize())).ok();
    let secure = page.as_ref().is_some_and(|page| fetch_cors::spec::is_potentially_trustworthy(page, schemes));
    let site = origin.serialize().as_bytes().to_vec();
    let client = Client::new(origin).network_partition_key(site).secure_context(secure);
    match page {
        Some(page) => client.creation_url(page),
        None => client,
    }
}

fn config(args: &AgentArgs, schemes: SchemePolicy) -> Result<Config, Usage> {
    let user_agent = args.user_agent.as_deref().unwrap_or(concat!("fetch-cors/", env!("CARGO_PKG_VERSION")));
    let user_agent = request::byte_string("--user-agent", user_agent)?;
    let access = access_list(&args.allow_origin_access, &schemes)?;
    Config::new()
        .scheme_policy(schemes)
        .access_list(access)
        .public_suffix(Arc::new(Psl))
        .trace(true)
        .user_agent(user_agent)
        .map_err(|e| Usage(format!("--user-agent: {e}")))
}

/// The profiles that `--profile` names, with `--switch` and `--max-age-limit` in each.
fn profiles(args: &AgentArgs) -> Result<Vec<Profile>, Usage> {
    let names: &[&str] = if args.profile == ALL_PROFILES { &SIDE_BY_SIDE } else { &[&args.profile] };
    let profile = |name: &&str| {
        let known = Profile::NAMES.join(", ");
        let mut profile = Profile::from_name(name)
            .ok_or_else(|| Usage::of("--profile", name, format!("expected {known} or {ALL_PROFILES}")))?;
        for entry in &args.switches {
            let wrong = |why: String| Usage::of("--switch", entry, why);
            let (switch, value) = entry.split_once('=').ok_or_else(|| wrong("expected NAME=VALUE".to_owned()))?;
            profile = profile.with_switch(switch, value).map_err(|e| wrong(e.to_string()))?;
        }
        Ok(match args.max_age_limit {
            Some(seconds) => profile.with_max_age_limit(Some(seconds)),
            None => profile,
        })
    };
    names.iter().map(profile).collect()
}

fn origin(argument: &str, text: &str, schemes: &SchemePolicy) -> Result<Origin, Usage> {
    if text == "null" {
        return Ok(Origin::opaque(0));
    }
    Origin::parse_with(text, schemes).map_err(|e| Usage::of(argument, text, e))
}

fn fetch_url(text: &str) -> Result<Url, Usage> {
    let url = Url::parse(text).map_err(|e| Usage::of("URL", text, e))?;
    fetch_cors::guard::check_fetch_url(&url).map_err(|e| {
        let mut shown = url.clone();
        // A password belongs on no screen. A URL that has one can have another.
        let _ = shown.set_password(url.password().map(|_| "***"));
        Usage::of("URL", shown.as_str(), e)
    })?;
    Ok(url)
}

fn scheme_policy(entries: &[String]) -> Result<SchemePolicy, Usage> {
    let mut policy = SchemePolicy::new();
    for entry in entries {
        let wrong = |why: String| Usage::of("--scheme-policy", entry, why);
        let (scheme, words) = entry.split_once('=').ok_or_else(|| wrong("expected SCHEME=TRAITS".to_owned()))?;
        let mut traits = SchemeTraits::new();
        for word in words.split(',') {
            traits = match word.trim() {
                "standard" => traits.standard(),
                "cors" => traits.cors_enabled(),
                "secure" => traits.secure(),
                other => {
                    return Err(wrong(format!("{other:?} is no trait; traits are standard, cors, secure")));
                }
            };
        }
        policy = policy.with(scheme, traits).map_err(|e| wrong(e.to_string()))?;
    }
    Ok(policy)
}

fn access_list(entries: &[String], schemes: &SchemePolicy) -> Result<OriginAccessList, Usage> {
    let mut list = OriginAccessList::new();
    for entry in entries {
        let wrong = |why: String| Usage::of("--allow-origin-access", entry, why);
        let (source, target) = entry.split_once('=').ok_or_else(|| wrong("expected SOURCE=TARGET".to_owned()))?;
        let source = origin("--allow-origin-access", source, schemes)?;
        let target = TargetPattern::parse(target, schemes).map_err(|e| wrong(e.to_string()))?;
        list = list.allow(&source, target).map_err(|e| wrong(e.to_string()))?;
    }
    Ok(list)
}

/// Cookies as curl takes them: pairs joined by `;`.
fn cookies(entries: &[String]) -> Result<Vec<(String, String)>, Usage> {
    let mut cookies = Vec::new();
    for entry in entries {
        for pair in entry.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let wrong = |why: &str| Usage::of("--cookie", pair, why);
            let (name, value) = pair.split_once('=').ok_or_else(|| wrong("expected NAME=VALUE"))?;
            if name.trim().is_empty() {
                return Err(wrong("the name is empty"));
            }
            if pair.chars().any(char::is_control) {
                return Err(wrong("a cookie holds no control characters"));
            }
            cookies.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(cookies)
}

fn transport(args: &NetworkArgs) -> Result<TransportOptions, Usage> {
    let trust = match &args.cacert {
        Some(path) => Trust::File(path.clone()),
        None if args.insecure => Trust::Anyone,
        None => Trust::System,
    };
    let versions = if args.http1 {
        HttpVersions::Http1
    } else if args.http2 {
        HttpVersions::Http2
    } else if args.http2_prior_knowledge {
        HttpVersions::Http2PriorKnowledge
    } else {
        HttpVersions::Any
    };
    let mut book = AddressBook::new();
    for entry in &args.resolve {
        let (host, port, addresses) =
            resolution(entry).ok_or_else(|| Usage::of("--resolve", entry, "expected HOST:PORT:ADDR[,ADDR]"))?;
        book.insert((host, port), addresses);
    }
    Ok(TransportOptions { names: NameService::System(book), trust, versions })
}

fn resolution(entry: &str) -> Option<(String, u16, Vec<SocketAddr>)> {
    let (host, rest) = entry.split_once(':')?;
    let (port, addresses) = rest.split_once(':')?;
    let port = port.parse().ok()?;
    let address = |text: &str| {
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        let ip: IpAddr = bare.parse().ok()?;
        Some(SocketAddr::new(ip, port))
    };
    let addresses = addresses.split(',').map(address).collect::<Option<Vec<_>>>()?;
    (!host.is_empty()).then(|| (host.to_ascii_lowercase(), port, addresses))
}
