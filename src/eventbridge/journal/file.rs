//! The file of one target: locked while it is open, and on the disk when a call returns.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::{BoxFuture, ready};

use super::{JournalError, Ledger};

/// The most that is read of a journal, in bytes: some ten thousand submissions to one target.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;
/// How often a run that waits for another looks whether it is its turn.
const PATIENCE: Duration = Duration::from_millis(50);

/// A file that nobody else can open meanwhile.
#[derive(Debug)]
pub(super) struct JournalFile {
    file: File,
    path: PathBuf,
    /// Where the last whole line ends. What follows was never finished: nothing was sent on it.
    end: u64,
}

/// The way to a [`JournalFile`].
pub(super) struct Opening(PathBuf);

impl JournalFile {
    pub(super) fn open(path: PathBuf) -> Opening {
        Opening(path)
    }

    fn read_lines(&mut self) -> Result<Vec<u8>, JournalError> {
        let mut text = Vec::new();
        let read = (&self.file).take(LARGEST + 1).read_to_end(&mut text);
        read.map_err(|source| self.failed("read", source))?;
        if text.len() as u64 > LARGEST {
            return Err(JournalError::TooLarge { path: self.path.clone(), most: LARGEST });
        }
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        text.truncate(whole);
        self.end = whole as u64;
        Ok(text)
    }

    fn append_line(&mut self, mut line: String) -> Result<(), JournalError> {
        line.push('\n');
        if let Err(source) = self.write(line.as_bytes()) {
            // Half a line is no harm: no reader takes it for one, and the next one replaces it.
            let _ = self.file.set_len(self.end);
            return Err(self.failed("written", source));
        }
        self.end += line.len() as u64;
        Ok(())
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(text)?;
        self.file.sync_all()
    }

    fn failed(&self, done: &'static str, source: io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), done, source }
    }
}

impl Ledger for JournalFile {
    fn name(&self) -> PathBuf {
        self.path.clone()
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Vec<u8>, JournalError>> {
        Box::pin(ready(self.read_lines()))
    }

    /// When this returns well, the disk has the line; when not, nothing was written.
    fn append(&mut self, line: String) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(ready(self.append_line(line)))
    }
}

impl Opening {
    /// Opens and locks the file; calls `waiting` once if another run has it.
    pub(super) async fn await_lock(
        self,
        waiting: impl FnOnce(),
    ) -> Result<JournalFile, JournalError> {
        let Self(path) = self;
        let failed = |done, source| JournalError::Io { path: path.clone(), done, source };
        let file = open(&path).map_err(|source| failed("opened", source))?;
        let metadata = file.metadata().map_err(|source| failed("opened", source))?;
        if !metadata.is_file() {
            return Err(JournalError::NotAFile { path });
        }
        let mut waiting = Some(waiting);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(JournalFile { file, path, end: 0 }),
                Err(TryLockError::Error(source)) => return Err(failed("locked", source)),
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    tokio::time::sleep(PATIENCE).await;
                }
            }
        }
    }
}

/// A file of its owner alone, whose name the disk has, too.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}
