use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use proptest::prelude::*;

use super::*;

/// Names with their addresses at the first question, and at every later one.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<&'static str, (Vec<IpAddr>, Vec<IpAddr>)>,
    questions: AtomicUsize,
}

impl Names {
    fn of<const N: usize>(names: [(&'static str, &[&str]); N]) -> Arc<Self> {
        let read = |all: &[&str]| all.iter().map(|one| one.parse().expect("an address")).collect();
        let known = names.into_iter().map(|(name, all)| (name, (read(all), read(all)))).collect();
        Arc::new(Self { known, ..Self::default() })
    }

    fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

impl Resolve for Names {
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let is_first = self.questions.fetch_add(1, Ordering::SeqCst) == 0;
        let found = self.known.get(host.to_ascii_lowercase().trim_end_matches('.'));
        let found = found.map(|(first, later)| if is_first { first } else { later }.clone());
        let parsed = host.parse::<IpAddr>().ok().map(|address| vec![address]);
        Box::pin(async move {
            let found = found.or(parsed).ok_or_else(|| io::Error::other("no such name"))?;
            Ok(found.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
        })
    }
}

fn listed(targets: &[&str]) -> Destinations {
    Destinations::listed(targets.iter().map(|one| one.parse().expect(one)))
}

fn say(found: Result<Vec<SocketAddr>, NoAddress>) -> Result<Vec<String>, &'static str> {
    match found {
        Ok(found) => Ok(found.iter().map(ToString::to_string).collect()),
        Err(NoAddress::NotAllowed) => Err("not allowed"),
        Err(NoAddress::Unresolved(_)) => Err("unresolved"),
    }
}

async fn of(
    destinations: &Destinations,
    host: &str,
    port: u16,
) -> Result<Vec<String>, &'static str> {
    say(destinations.addresses(host, port).await)
}

const DB: &str = "db.example.com";

#[tokio::test]
async fn a_name_vouches_for_its_addresses_but_not_for_this_machine() {
    let names = Names::of([
        (DB, &["10.1.2.3", "127.0.0.1", "169.254.169.254", "192.0.2.7", "10.1.2.3"]),
        ("other.example.com", &["192.0.2.9"]),
        ("example.com", &["192.0.2.1"]),
        ("local.example.com", &["127.0.0.1", "::1"]),
        ("localhost", &["127.0.0.1"]),
    ]);
    for target in [DB, "*.example.com", "DB.Example.Com.", "*.EXAMPLE.com:5432"] {
        let destinations = listed(&[target]).resolved_by(names.clone());
        for host in [DB, "DB.example.com", "db.example.com."] {
            let expected = Ok(vec!["10.1.2.3:5432".into(), "192.0.2.7:5432".into()]);
            assert_eq!(of(&destinations, host, 5432).await, expected, "{host} by {target}");
        }
        assert_eq!(of(&destinations, "example.com", 5432).await, Err("not allowed"));
        assert_eq!(of(&destinations, "local.example.com", 5432).await, Err("not allowed"));
        assert_eq!(of(&destinations, "localhost", 5432).await, Err("not allowed"));
    }
    let local = listed(&["localhost"]).resolved_by(names.clone());
    assert_eq!(of(&local, "LOCALHOST.", 1).await, Ok(vec!["127.0.0.1:1".into()]));
    assert_eq!(of(&local, "local.example.com", 1).await, Err("not allowed"));
    let by_address = listed(&["127.0.0.0/8"]).resolved_by(names);
    assert_eq!(of(&by_address, "local.example.com", 1).await, Ok(vec!["127.0.0.1:1".into()]));
}

#[tokio::test]
async fn ports_and_networks_narrow_it() {
    let names = Names::of([(DB, &["10.1.2.3"])]);
    let destinations =
        listed(&["10.1.0.0/16:5432-5433", "[2001:db8::/32]:3306"]).resolved_by(names);
    for (host, port, is_allowed) in [
        ("10.1.2.3", 5432, true),
        (DB, 5433, true),
        ("10.1.2.3", 5434, false),
        ("10.2.2.3", 5432, false),
        ("2001:db8::7", 3306, true),
        ("[2001:db8::7]", 3306, true),
        ("2001:db8::7", 5432, false),
        ("2001:db9::7", 3306, false),
        ("::ffff:10.1.2.3", 5432, true),
        ("64:ff9b::10.1.2.3", 5432, true),
        ("::ffff:10.2.2.3", 5432, false),
    ] {
        let found = of(&destinations, host, port).await;
        assert_eq!(found.is_ok(), is_allowed, "{host} {port}: {found:?}");
    }
}

#[tokio::test]
async fn what_is_not_listed_is_not_even_asked_for() {
    let names = Names::of([(DB, &["192.0.2.7"])]);
    let destinations = listed(&["other.example.com", "10.0.0.0/8:1"]).resolved_by(names.clone());
    assert_eq!(of(&destinations, DB, 5432).await, Err("not allowed"));
    assert_eq!(names.questions(), 0);
    // Whether a name exists is told only of those that are listed.
    assert_eq!(of(&destinations, "none.example.com", 1).await, Err("not allowed"));
    assert_eq!(of(&destinations, "other.example.com", 1).await, Err("unresolved"));
    assert_eq!(of(&listed(&[]).resolved_by(names), DB, 1).await, Err("not allowed"));
    assert!(listed(&[]).is_nowhere() && !Destinations::usual().is_nowhere());
}

#[tokio::test]
async fn a_name_that_moves_does_not_move_a_visit() {
    let rebound = || {
        let (first, later) = (vec![Ipv4Addr::new(192, 0, 2, 7).into()], vec![loopback()]);
        let known = HashMap::from([(DB, (first, later))]);
        Arc::new(Names { known, ..Names::default() })
    };
    let destinations = listed(&["192.0.2.0/24"]).resolved_by(rebound());
    assert!(of(&destinations, DB, 1).await.is_ok());
    assert_eq!(of(&destinations, DB, 1).await, Err("not allowed"), "judged every time");

    let names = rebound();
    let visit = listed(&["192.0.2.0/24"]).resolved_by(names.clone()).remembering();
    for host in [DB, "DB.EXAMPLE.COM", "db.example.com."] {
        assert_eq!(of(&visit.clone(), host, 1).await, Ok(vec!["192.0.2.7:1".into()]));
    }
    assert_eq!(names.questions(), 1);
}

fn loopback() -> IpAddr {
    Ipv4Addr::LOCALHOST.into()
}

/// Nothing that an operator can write allows these.
const NEVER: &[&str] = &[
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "100.100.100.200",
    "168.63.129.16",
    "::",
    "fe80::1",
    "febf::1",
    "ff02::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "64:ff9b:1::a9fe:a9fe",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "::ffff:100.100.100.200",
    "64:ff9b::100.100.100.200",
    "::ffff:0.0.0.0",
];

/// Addresses that a laptop may visit, and a service by its list.
const USUAL: &[&str] = &[
    "10.1.2.3",
    "100.64.0.1",
    "100.100.2.136",
    "127.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "203.0.113.9",
    "::1",
    "::ffff:127.0.0.1",
    "2001:4860:4860::8888",
    "fd12:3456::1",
];

#[tokio::test]
async fn some_addresses_are_never_allowed() {
    let everything = listed(&["0.0.0.0/0", "::/0", "localhost", "*.example.com", DB]);
    for destinations in [everything, Destinations::usual()] {
        for address in NEVER {
            assert_eq!(of(&destinations, address, 80).await, Err("not allowed"), "{address}");
            let named = destinations.clone().resolved_by(Names::of([(DB, &[*address])]));
            assert_eq!(of(&named, DB, 80).await, Err("not allowed"), "{DB} at {address}");
        }
        for address in USUAL {
            assert!(of(&destinations, address, 80).await.is_ok(), "{address}");
        }
    }
}

/// Every way to write an address of IPv4 that some program understands.
fn forms(address: Ipv4Addr) -> Vec<String> {
    let number = u32::from(address);
    let [a, b, c, d] = address.octets();
    let [high, low] = [number >> 16, number & 0xffff];
    let inner = u32::from_be_bytes([0, b, c, d]);
    let last = u16::from_be_bytes([c, d]);
    vec![
        address.to_string(),
        format!("{address}."),
        format!("{number}"),
        format!("{number:#x}"),
        format!("{number:#X}"),
        format!("0{number:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a}.{inner}"),
        format!("{a}.{b}.{last}"),
        format!("{a:#x}.{inner:#x}"),
        format!("::ffff:{address}"),
        format!("[::ffff:{address}]"),
        format!("::FFFF:{high:x}:{low:x}"),
        format!("0:0:0:0:0:ffff:{high:04x}:{low:04x}"),
        format!("::{address}"),
        format!("64:ff9b::{address}"),
        format!("64:ff9b:0:0:0:0:{high:x}:{low:x}"),
        format!("2002:{high:x}:{low:x}::1"),
    ]
}

#[tokio::test]
async fn no_other_way_to_write_an_address_gets_past_the_list() {
    // With the system's own resolver, which understands more than a parser of this program.
    let destinations = [listed(&["198.51.100.0/24", "*.example.com"]), listed(&[])];
    let refused = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.100.100.200"];
    for form in refused.iter().flat_map(|it| forms(it.parse().expect("an address"))) {
        for destinations in &destinations {
            assert_eq!(of(destinations, &form, 22).await, Err("not allowed"), "{form}");
        }
        let url = Url::parse(&format!("http://{form}:22/"));
        if let Ok(url) = url {
            let pinned = destinations[0].pin(reqwest::Client::builder(), &url).await;
            assert!(matches!(pinned, Err(NoAddress::NotAllowed)), "{url}");
        }
    }
    let tricks = [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ip6-localhost",
        "user@127.0.0.1",
        "127.0.0.1#.example.com",
        "127.0.0.1/.example.com",
        "127.0.0.1?.example.com",
        "127.0.0.1,db.example.com",
        "127.0.0.1:22",
        "127.0.0.1%00.example.com",
        "/var/run/postgresql",
        "@abstract",
        "[::1]",
        "::1%lo",
        "fe80::1%lo",
        "１２７.０.０.１",
        "127。0。0。1",
        "",
        ".",
        " 127.0.0.1",
    ];
    for host in tricks {
        let found = of(&destinations[0], host, 22).await;
        // What ends like a listed name is asked for, and there is no such name.
        assert!(found.is_err(), "{host}: {found:?}");
    }
}

proptest! {
    #[test]
    fn an_address_that_is_refused_is_refused_in_every_form(number: u32, in_v6: u128) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let destinations = listed(&["198.51.100.0/24", "2001:db8::/32"]);
        let address = Ipv4Addr::from(number);
        let is_listed = address.octets()[..3] == [198, 51, 100];
        // A second name server may be asked about what is no address: only those that are.
        let forms = forms(address).into_iter().filter(|it| !it.ends_with('.'));
        for form in forms {
            let found = runtime.block_on(of(&destinations, &form, 5432));
            prop_assert!(found.is_ok() <= is_listed, "{form}: {found:?}");
        }
        let address = Ipv6Addr::from(in_v6);
        let is_listed = address.segments()[..2] == [0x2001, 0xdb8];
        let found = runtime.block_on(of(&destinations, &address.to_string(), 5432));
        prop_assert_eq!(found.is_ok(), is_listed);
    }

    #[test]
    fn what_is_forbidden_means_the_same_in_every_form(number: u32) {
        let address = Ipv4Addr::from(number);
        let meaning = Meaning::of(address.into());
        let [a, b] = [(number >> 16) as u16, (number & 0xffff) as u16];
        let mut forms = vec![
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, a, b),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
            Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 7),
        ];
        if number > 1 {
            forms.push(Ipv6Addr::new(0, 0, 0, 0, 0, 0, a, b));
        }
        for form in forms {
            prop_assert_eq!(Meaning::of(form.into()), meaning, "{}", form);
        }
    }

    #[test]
    fn no_text_makes_the_list_panic(text: String) {
        if let Ok(target) = text.parse::<AllowedTarget>() {
            let again = target.to_string().parse();
            prop_assert_eq!(again, Ok(target));
        }
    }
}

#[test]
fn targets_are_read_in_every_form_and_nothing_else() {
    for (text, shown) in [
        ("db.example.com", "db.example.com"),
        ("DB.example.com.:5432", "db.example.com:5432"),
        ("*.example.com:5432-5440", "*.example.com:5432-5440"),
        ("10.0.0.0/8", "[10.0.0.0/8]"),
        ("10.1.2.3/8:5432", "[10.0.0.0/8]:5432"),
        ("10.1.2.3", "[10.1.2.3/32]"),
        ("2001:db8::/32", "[2001:db8::/32]"),
        ("[2001:db8::/32]:5432", "[2001:db8::/32]:5432"),
        ("[::1]", "[::1/128]"),
        ("::1", "[::1/128]"),
        ("my_db", "my_db"),
    ] {
        let target: AllowedTarget = text.parse().expect(text);
        assert_eq!(target.to_string(), shown, "{text}");
        assert_eq!(shown.parse(), Ok(target), "{shown}");
    }
    for (text, fault) in [
        ("", NotATarget::Name),
        ("*", NotATarget::Name),
        ("*.", NotATarget::Name),
        ("db.*.com", NotATarget::Name),
        ("postgres://db.example.com", NotATarget::Name),
        ("user@db.example.com", NotATarget::Name),
        ("2130706433", NotATarget::Name),
        ("0x7f.1", NotATarget::Name),
        ("0177.0.0.1", NotATarget::Name),
        ("*.0.0.1", NotATarget::Name),
        ("a..b", NotATarget::Name),
        ("[::1", NotATarget::Name),
        ("10.0.0.0/33", NotATarget::Network),
        ("db.example.com/24", NotATarget::Network),
        ("db.example.com:", NotATarget::Ports),
        ("db.example.com:0", NotATarget::Ports),
        ("db.example.com:70000", NotATarget::Ports),
        ("db.example.com:+1", NotATarget::Ports),
        ("db.example.com:9-1", NotATarget::Ports),
        ("db.example.com:1-", NotATarget::Ports),
        ("[::1]5432", NotATarget::Ports),
    ] {
        assert_eq!(text.parse::<AllowedTarget>(), Err(fault), "{text}");
    }
}
