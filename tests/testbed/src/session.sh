# Runs the client given as arguments, once for each request on standard input: a line with the
# request's length in bytes and, if any, the option that names the database; then that many bytes of
# SQL. Each answer: a line with the client's exit code and the lengths of its two streams; then both.
# The SQL may hold passwords, so it waits in memory, not on disk.
umask 077
directory=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$directory"' EXIT
while read -r length database; do
    head -c "$length" >"$directory/sql"
    code=0
    "$@" ${database:+"$database"} <"$directory/sql" >"$directory/out" 2>"$directory/err" || code=$?
    echo "$code $(wc -c <"$directory/out") $(wc -c <"$directory/err")"
    cat "$directory/out" "$directory/err"
done
