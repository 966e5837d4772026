use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cdc_checks::Missing;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Management;
use crate::gather::{Deadlines, Destinations, LiveProbe, Target, TlsOptions};
use crate::request::{Input, ManagementApi, load};

/// A server that answers every request with this head, and how often it was asked.
async fn server(head: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 1024];
            // A client that leaves has got what it wanted.
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(head.as_bytes()).await;
        }
    });
    (address, asked)
}

fn target(address: SocketAddr, destinations: Destinations) -> Target {
    let url = "amqp://cdc_user:secret@localhost/shop".to_owned();
    let loaded = load(Input::Url { url, tables: Vec::new() }, &|_| None).expect("a request");
    let at = ManagementApi::At(format!("http://localhost:{}", address.port()));
    let request = loaded.requests.into_iter().next().expect("one").managed(at);
    let (tls, deadlines) = (TlsOptions::default(), Deadlines::default());
    let target = Target::of(&request, &tls, deadlines, LiveProbe::Never.into());
    Target { destinations, ..target }
}

fn listed(target: &str) -> Destinations {
    Destinations::listed([target.parse().expect(target)])
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let (inside, asked_inside) =
        server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into()).await;
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let head = format!(
            "HTTP/1.1 {status}\r\nlocation: http://{inside}/api/whoami\r\ncontent-length: 0\r\n\r\n"
        );
        let (outside, asked) = server(head).await;
        let target = target(outside, Destinations::anywhere());
        let answer = Management::of(&target, false).await.access().await;
        let refused = answer.expect_err("it is no answer");
        assert!(refused.sentence().untrusted().contains(&status[..3]), "{refused:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
    assert_eq!(asked_inside.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn it_is_not_asked_where_no_connection_is_allowed() {
    let answer =
        "HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{\"name\":\"cdc\",\"tags\":[\"one\"]}";
    let (address, asked) = server(answer.into()).await;
    let other_port = format!("localhost:{}", address.port() ^ 1);
    for list in ["*.example.com", "10.0.0.0/8", other_port.as_str()] {
        let target = target(address, listed(list));
        let refused = Management::of(&target, false).await.access().await.expect_err(list);
        assert!(matches!(refused, Missing::NotAsked { .. }), "{refused:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let target = target(address, listed(&format!("localhost:{}", address.port())));
    assert!(Management::of(&target, false).await.access().await.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
