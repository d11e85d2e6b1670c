//! The CORS-preflight cache as a host keeps it: limits, inspection, and clearing by origin, site and
//! partition.

mod common;

use common::cache::{groups, is_missing, limited, populated, preflighted, put};
use common::{API, Host, PAGE, Run, allow, answer, ok, origin, sites, to};
use fetch_cors::{CacheEntryKind, CacheLimits, Config, ExportedEntry, Origin, Profile};

#[test]
fn the_least_recently_used_group_goes_first() {
    let host = limited(CacheLimits::new().groups(3));
    let [a, b, c, d] =
        ["https://api.example/a", "https://api.example/b", "https://api.example/c", "https://api.example/d"];
    for target in [a, b, c] {
        assert!(preflighted(&host, target));
    }
    assert!(!preflighted(&host, a), "a is used again");
    assert!(preflighted(&host, d));
    assert_eq!(host.ua.preflight_cache().len(), 3);
    assert!(is_missing(&host, put(b)), "b was the oldest");
    for target in [a, c, d] {
        assert!(!is_missing(&host, put(target)), "{target}");
    }
    // A refresh is a use too: c, a, d in order of use after this.
    let host = limited(CacheLimits::new().groups(2));
    assert!(preflighted(&host, a) && preflighted(&host, b));
    let refresh = put(a).header("x-a", "1");
    assert!(host.run(refresh, [allow("PUT", "x-a", "60"), ok()]).outcome.is_ok());
    assert!(preflighted(&host, c));
    assert!(!is_missing(&host, put(a)) && is_missing(&host, put(b)));
}

#[test]
fn slots_are_used_again_after_removals_in_any_order() {
    let host = limited(CacheLimits::new().groups(4));
    let target = |index: usize| format!("https://api.example/{index}");
    for index in 0..98 {
        assert!(preflighted(&host, &target(index)), "{index}");
        assert!(!preflighted(&host, &target(index)), "{index}");
        if index % 3 == 0 {
            // Fails, and so removes the newest group.
            assert!(host.run(put(&target(index)), [answer(200, &[])]).outcome.is_err());
            assert!(is_missing(&host, put(&target(index))));
        }
        if index % 7 == 0 {
            host.ua.preflight_cache().clear_all();
            assert!(host.ua.preflight_cache().is_empty() && host.ua.preflight_cache().bytes() == 0);
        }
        assert!(host.ua.preflight_cache().len() <= 4);
    }
    let living: Vec<usize> = (0..98).filter(|index| !is_missing(&host, put(&target(*index)))).collect();
    assert_eq!(living, [92, 94, 95, 97], "since 91 all but 93 and 96");
}

#[test]
fn bytes_are_counted_and_bounded() {
    let host = Host::standard();
    assert_eq!(host.ua.preflight_cache().bytes(), 0);
    assert!(preflighted(&host, API) && !host.ua.preflight_cache().is_empty());
    let one = host.ua.preflight_cache().bytes();
    assert!(one > API.len() + PAGE.len() * 2 + "PUT".len());
    assert!(host.run(put(API).header("x-a", "1"), [allow("PUT", "x-a", "60"), ok()]).outcome.is_ok());
    let grown = host.ua.preflight_cache().bytes();
    assert!(grown > one, "an entry more");
    assert!(host.run(put(API).header("x-b", "1"), [answer(200, &[])]).outcome.is_err());
    assert_eq!(host.ua.preflight_cache().bytes(), 0);
    let longer = Host::standard();
    let origin = origin("https://a-longer-name.page.example");
    let request = put(API).origin(origin);
    let grant = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "PUT")];
    assert!(longer.run(request, [answer(200, &grant), ok()]).outcome.is_ok());
    assert_eq!(longer.ua.preflight_cache().bytes() - one, "a-longer-name.".len(), "the origin counts");
    let host = Host::standard();
    let [first, second, third] = ["https://api.example/1", "https://api.example/2", "https://api.example/3"];
    assert!(preflighted(&host, first) && preflighted(&host, second));
    let two = host.ua.preflight_cache().bytes();
    assert!(two < one * 2, "page and names of equal answers are counted once");
    let host = limited(CacheLimits::new().bytes(two));
    for target in [first, second, third] {
        assert!(preflighted(&host, target));
        assert!(host.ua.preflight_cache().bytes() <= two);
    }
    assert_eq!(host.ua.preflight_cache().len(), 2);
    assert!(is_missing(&host, put("https://api.example/1")));
    let long = format!("https://api.example/{}", "x".repeat(two));
    assert!(preflighted(&host, &long) && preflighted(&host, &long), "a group over the limit is not kept");
    assert!(host.ua.preflight_cache().bytes() <= two);
    host.ua.preflight_cache().clear_partition(Some(PAGE.as_bytes()));
    assert_eq!(host.ua.preflight_cache().bytes(), 0, "nothing is left of what was shared");
}

fn is_noted(run: &Run) -> bool {
    run.fetch.notes().any(|note| note.code() == "answer-not-stored")
}

#[test]
fn an_answer_with_too_many_items_is_used_and_not_stored() {
    let host = limited(CacheLimits::new().entries_per_answer(3));
    let run = host.run(put(API), [allow("PUT, GET", "x-a", "60"), ok()]);
    assert!(run.outcome.is_ok() && !is_noted(&run));
    assert_eq!(host.ua.preflight_cache().entries(host.now()).len(), 3, "exactly the limit");
    host.ua.preflight_cache().clear_all();
    let run = host.run(put(API), [allow("PUT, GET", "x-a, x-b", "60"), ok()]);
    assert!(run.outcome.is_ok());
    assert!(is_noted(&run));
    assert!(host.ua.preflight_cache().is_empty());
    // What was stored before goes: such an answer may have meant to shorten it.
    assert!(preflighted(&host, API));
    let run = host.run(put(API).header("x-b", "1"), [allow("PUT, GET", "x-a, x-b", "60"), ok()]);
    assert!(is_noted(&run) && host.ua.preflight_cache().is_empty());
}

#[test]
fn a_group_takes_at_most_a_quarter() {
    let host = limited(CacheLimits::new().bytes(8_000));
    assert!(preflighted(&host, API));
    let names = |count: usize| (0..count).map(|index| format!("x-{index}")).collect::<Vec<_>>().join(",");
    let run = host.run(to("https://api.example/y").method("PUT"), [allow("PUT", &names(600), "60"), ok()]);
    assert!(run.outcome.is_ok() && is_noted(&run));
    assert_eq!(groups(&host).len(), 1, "one answer does not push the others out");
    let long = format!("https://api.example/{}", "y".repeat(2_000));
    let run = host.run(put(&long), [allow("PUT", "", "60"), ok()]);
    assert!(is_noted(&run) && groups(&host).len() == 1);
    // A group that grows over the limit goes.
    let run = host.run(put(API).header("x-1", "1"), [allow("PUT", &names(600), "60"), ok()]);
    assert!(is_noted(&run) && groups(&host).is_empty());
}

#[test]
fn a_group_has_no_more_entries_than_one_answer_may_have() {
    let host = limited(CacheLimits::new().entries_per_answer(3));
    for name in ["x-1", "x-2", "x-3", "x-4"] {
        let run = host.run(to(API).header(name, "1"), [allow("", name, "60"), ok()]);
        assert!(run.outcome.is_ok());
    }
    let entries = host.ua.preflight_cache().entries(host.now());
    let names: Vec<String> = entries.iter().map(|entry| entry.name.escape_ascii().to_string()).collect();
    assert_eq!(names, ["x-2", "x-3", "x-4"], "the oldest went");
}

#[test]
fn capacity_zero_is_no_cache() {
    for limits in [CacheLimits::none(), CacheLimits::new().groups(0), CacheLimits::new().bytes(0)] {
        let host = limited(limits);
        for _ in 0..2 {
            let run = host.run(put(API), [allow("PUT", "", "60"), ok()]);
            assert_eq!(run.flow(), ["preflight https://api.example/x", "PUT https://api.example/x", "cors 200"]);
            assert!(!is_noted(&run));
        }
        assert_eq!((host.ua.preflight_cache().len(), host.ua.preflight_cache().bytes()), (0, 0));
        let entry = ExportedEntry {
            partition: None,
            origin: PAGE.into(),
            tainted: false,
            url: API.into(),
            kind: CacheEntryKind::Method,
            name: "PUT".into(),
            credentials: false,
            remaining_seconds: 60,
        };
        assert!(host.ua.preflight_cache().restore([entry], host.now()).is_empty());
        assert!(host.ua.preflight_cache().is_empty());
    }
}

#[test]
fn clones_share_the_cache_and_a_seed_changes_nothing() {
    let host = Host::new(Config::new().hash_seed([1, 2]));
    assert!(preflighted(&host, API));
    let clone = Host { ua: host.ua.clone(), millis: host.millis };
    assert!(!preflighted(&clone, API));
    assert!(preflighted(&Host::standard(), API), "another user agent has its own");
}

#[test]
fn inspection_lists_living_entries_in_a_fixed_order() {
    let mut host = populated(Config::new());
    assert_eq!(
        groups(&host),
        [
            "https://other.example > https://api.example/x",
            "https://page.example > https://api.example/x",
            "https://page.example > https://api.example/x t",
            "https://sub.page.example > https://api.example/x",
            "null > https://api.example/x o",
            "https://page.example > https://hop.example/",
        ]
    );
    assert_eq!(host.ua.preflight_cache().len(), 6);
    host.millis += 60_000;
    assert!(groups(&host).is_empty());
    assert_eq!(host.ua.preflight_cache().len(), 6, "dead ones are counted until they go");
}

#[test]
fn clearing_by_origin() {
    let host = populated(Config::new());
    host.ua.preflight_cache().clear_origin(&origin(PAGE));
    assert_eq!(
        groups(&host),
        [
            "https://other.example > https://api.example/x",
            "https://sub.page.example > https://api.example/x",
            "null > https://api.example/x o"
        ]
    );
    host.ua.preflight_cache().clear_origin(&Origin::opaque(2));
    assert_eq!(groups(&host).len(), 3);
    host.ua.preflight_cache().clear_origin(&Origin::opaque(1));
    assert_eq!(groups(&host).len(), 2);
    let host = populated(Config::new().profile(Profile::letter()));
    host.ua.preflight_cache().clear_origin(&origin(PAGE));
    assert_eq!(groups(&host).len(), 3);
    host.ua.preflight_cache().clear_origin(&Origin::opaque(9));
    assert_eq!(groups(&host).len(), 2, "to the letter all opaque origins are one");
}

#[test]
fn clearing_by_site() {
    let host = populated(sites());
    host.ua.preflight_cache().clear_site(&origin("https://www.page.example"));
    assert_eq!(groups(&host), ["https://other.example > https://api.example/x", "null > https://api.example/x o"]);
    let host = populated(sites());
    host.ua.preflight_cache().clear_site(&origin("https://www.hop.example"));
    assert_eq!(groups(&host).len(), 5, "the site of a URL");
    host.ua.preflight_cache().clear_site(&origin("http://page.example"));
    assert_eq!(groups(&host).len(), 5, "a site has a scheme");
    host.ua.preflight_cache().clear_site(&Origin::opaque(1));
    assert_eq!(groups(&host).len(), 4);
    let host = populated(Config::new());
    host.ua.preflight_cache().clear_site(&origin("https://www.page.example"));
    assert_eq!(groups(&host).len(), 6, "without a list a site is a host");
}

#[test]
fn clearing_by_partition() {
    let host = populated(Config::new());
    host.ua.preflight_cache().clear_partition(None);
    host.ua.preflight_cache().clear_partition(Some(b"other"));
    assert_eq!(groups(&host).len(), 6);
    host.ua.preflight_cache().clear_partition(Some(PAGE.as_bytes()));
    assert!(host.ua.preflight_cache().is_empty());
}

#[test]
fn many_threads_share_one_cache() {
    let host = limited(CacheLimits::new().groups(8));
    let work = |thread: usize| {
        let host = Host { ua: host.ua.clone(), millis: host.millis };
        move || {
            for index in 0..200 {
                let target = format!("https://api.example/{}", (index * (thread + 1)) % 16);
                preflighted(&host, &target);
                if index % 50 == thread {
                    host.ua.preflight_cache().clear_all();
                }
                assert!(host.ua.preflight_cache().len() <= 8);
            }
        }
    };
    let threads: Vec<_> = (0..4).map(|thread| std::thread::spawn(work(thread))).collect();
    for thread in threads {
        thread.join().expect("no thread panicked");
    }
    assert!(!preflighted(&host, API) || !preflighted(&host, API));
}

#[test]
fn what_is_dead_at_once_is_not_kept() {
    for max_age in ["0", "00"] {
        let host = Host::standard();
        assert!(host.run(put(API), [allow("PUT", "x-a", max_age), ok()]).outcome.is_ok());
        assert_eq!((host.ua.preflight_cache().len(), host.ua.preflight_cache().bytes()), (0, 0), "{max_age}");
        assert!(is_missing(&host, put(API)), "{max_age}");
    }
}

/// So many that some of them fall on the same place of the hash table, whatever the seed.
#[test]
fn an_entry_is_of_its_origin_and_url_however_hashes_fall() {
    let host = Host::standard();
    let source = |index: u32| origin(&format!("https://page-{index}.example"));
    let from = |index: u32, target: &str| put(target).client(common::page()).origin(source(index));
    for index in 0..12 {
        let answers = [allow("PUT", "", "60"), ok()];
        assert!(host.run(from(index, API), answers).outcome.is_ok());
    }
    for index in 0..1_500 {
        assert_eq!(is_missing(&host, from(index, API)), index >= 12, "origin {index}");
        let target = format!("https://api.example/{index}");
        assert!(is_missing(&host, from(index % 12, &target)), "{target}");
    }
}

/// Entries of several answers do not share a form, and are counted one by one.
#[test]
fn entries_of_several_answers_are_counted_too() {
    let mut host = Host::standard();
    let cache = |host: &Host| (host.ua.preflight_cache().len(), host.ua.preflight_cache().bytes());
    assert!(preflighted(&host, API));
    let (_, one) = cache(&host);
    host.millis += 1_000;
    let long = format!("x-{}", "a".repeat(300));
    let grow = |host: &Host, name: &str| host.run(put(API).header(name, "1"), [allow("PUT", name, "60"), ok()]);
    assert!(grow(&host, &long).outcome.is_ok());
    let (groups, grown) = cache(&host);
    assert!(groups == 1 && grown > one + long.len(), "{one}, {grown}");
    assert!(grow(&host, "x-b").outcome.is_ok());
    let (_, more) = cache(&host);
    assert!(more > grown + "x-b".len(), "{grown}, {more}");
    host.ua.preflight_cache().clear_all();
    assert_eq!(cache(&host), (0, 0));
}

#[test]
fn equal_answers_share_their_names_in_memory() {
    let host = Host::standard();
    let long = format!("x-{}", "a".repeat(500));
    let grow = |url: &str, name: &str| {
        let before = host.ua.preflight_cache().bytes();
        assert!(host.run(put(url), [allow("PUT", name, "60"), ok()]).outcome.is_ok());
        host.ua.preflight_cache().bytes() - before
    };
    assert!(grow("https://api.example/1", &long) > long.len());
    assert!(grow("https://api.example/2", &long) < long.len(), "the same names");
    assert!(grow("https://api.example/3", &long.replace("aa", "ab")) > long.len(), "others of the same length");
    for url in ["https://api.example/1", "https://api.example/2", "https://api.example/3"] {
        let before = host.ua.preflight_cache().bytes();
        assert!(host.run(put(url).header("x-b", "1"), [answer(200, &[])]).outcome.is_err());
        let less = before - host.ua.preflight_cache().bytes();
        assert_eq!(less > long.len(), url != "https://api.example/1", "{url}: the last user takes names along");
    }
    assert_eq!(host.ua.preflight_cache().bytes(), 0);
}

#[test]
fn where_there_is_no_cache_nothing_is_said_of_its_limits() {
    let noted = |limits: CacheLimits| {
        let host = limited(limits.entries_per_answer(2));
        let run = host.run(put(API), [allow("PUT, GET", "x-a", "60"), ok()]);
        assert!(host.ua.preflight_cache().is_empty());
        is_noted(&run)
    };
    assert!(noted(CacheLimits::new()));
    assert!(!noted(CacheLimits::new().groups(0)) && !noted(CacheLimits::new().bytes(0)));
}

#[test]
fn an_answer_that_grants_no_name_makes_no_group() {
    let host = Host::standard();
    let run = host.run(to(API).use_cors_preflight(true), [allow("", "", "60"), ok()]);
    assert_eq!(run.sent.len(), 2);
    assert_eq!((host.ua.preflight_cache().len(), host.ua.preflight_cache().bytes()), (0, 0));
}
