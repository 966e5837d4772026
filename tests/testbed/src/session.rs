//! Client sessions inside a container.
//!
//! Entering a container takes the engine several times as long as the client takes for a
//! statement. So a shell stays inside and runs the client for one request after another; tests that
//! run side by side get a shell each.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::{Error, Product, Result, client};

const SCRIPT: &str = include_str!("session.sh");

/// The idle sessions of one container.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    idle: Mutex<Vec<Session>>,
}

#[derive(Debug)]
struct Session {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Sessions {
    /// Runs `sql` in the container of the given name and returns what the client wrote. Blocks.
    ///
    /// # Errors
    /// [`Error::Sql`] with the server's message when a statement failed, another error when the
    /// container is gone.
    pub(crate) fn run(
        &self,
        container: &str,
        product: Product,
        password: &str,
        database: Option<&str>,
        sql: &str,
    ) -> Result<String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = match idle {
            Some(session) => session,
            None => Session::open(container, product, password)?,
        };
        // A session that fails is dropped, so that nobody reads the rest of an old answer.
        let (code, output, errors) = session
            .exchange(&client::database_option(product, database), sql)
            .map_err(Error::io("reach the client in", container))?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        if code == 0 { Ok(output) } else { Err(Error::Sql(errors.trim_end().to_owned())) }
    }

    /// Forgets all sessions: a restart of the container ends them.
    pub(crate) fn clear(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Session {
    fn open(container: &str, product: Product, password: &str) -> Result<Self> {
        let variable = client::password_variable(product);
        let mut child = Command::new("docker")
            // The variable is named here and takes its value from the environment of `docker`.
            .args(["exec", "--interactive", "--env", variable, container])
            .args(["sh", "-c", SCRIPT, "testbed-session"])
            .args(client::arguments(product, &[]))
            .env(variable, password)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::io("run", "docker"))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(requests), Some(answers)) => {
                Ok(Self { child, requests, answers: BufReader::new(answers) })
            }
            _ => Err(Error::Environment("docker has no streams".to_owned())),
        }
    }

    fn exchange(&mut self, database: &str, sql: &str) -> std::io::Result<(i32, String, String)> {
        let request = format!("{} {database}\n{sql}", sql.len());
        self.requests.write_all(request.as_bytes())?;
        self.requests.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let numbers: Vec<usize> = line.split_whitespace().flat_map(str::parse).collect();
        let &[code, output, errors] = numbers.as_slice() else {
            return Err(std::io::Error::other("the session has ended"));
        };
        let (output, errors) = (self.read(output)?, self.read(errors)?);
        Ok((i32::try_from(code).unwrap_or(i32::MAX), output, errors))
    }

    fn read(&mut self, length: usize) -> std::io::Result<String> {
        let mut bytes = vec![0; length];
        self.answers.read_exact(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The end of its input ends it; here it must only not stay behind as a zombie.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
