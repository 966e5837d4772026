//! The file of one target: locked while it is open, and on the disk when a call returns.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::JournalError;
use super::record::{History, Line, Target};

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

    /// Reads all whole lines.
    pub(super) fn read(&mut self, target: &Target) -> Result<History, JournalError> {
        let mut text = Vec::new();
        let read = (&self.file).take(LARGEST + 1).read_to_end(&mut text);
        read.map_err(|source| self.failed("read", source))?;
        if text.len() as u64 > LARGEST {
            return Err(JournalError::TooLarge { path: self.path.clone(), most: LARGEST });
        }
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut history = History::default();
        let lines = text.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
        for (index, line) in lines.enumerate() {
            Line::parse(line)
                .and_then(|line| history.follow(line, target))
                .map_err(|reason| self.wrong(index + 1, reason))?;
        }
        self.end = whole as u64;
        Ok(history)
    }

    /// Writes one line. When this returns well, the disk has it; when not, nothing was written.
    pub(super) fn append(&mut self, line: &Line) -> Result<(), JournalError> {
        let mut text = serde_json::to_vec(line)
            .map_err(|error| self.failed("written", io::Error::other(error)))?;
        text.push(b'\n');
        if let Err(source) = self.write(&text) {
            // Half a line is no harm: no reader takes it for one, and the next one replaces it.
            let _ = self.file.set_len(self.end);
            return Err(self.failed("written", source));
        }
        self.end += text.len() as u64;
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

    fn wrong(&self, line: usize, reason: &'static str) -> JournalError {
        JournalError::Content { path: self.path.clone(), line, reason }
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
