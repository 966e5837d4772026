//! A handler and nothing around it: what `service_load.sh` compares the service with.
//!
//!     bare BYTES      answers every GET with so many bytes; prints its address

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let bytes = std::env::args().nth(1).and_then(|bytes| bytes.parse().ok()).unwrap_or(1024);
    let body = "x".repeat(bytes);
    let answer = async move || ([(CONTENT_TYPE, "text/plain")], body.clone()).into_response();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // One line, read by the script.
    std::io::Write::write_all(&mut std::io::stdout(), format!("http://{address}\n").as_bytes())?;
    axum::serve(listener, Router::new().route("/", get(answer))).await
}
