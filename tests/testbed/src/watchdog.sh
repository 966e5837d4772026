# Arguments: the label's name and its value. Standard input: one order a line; its end is the end
# of the process that is watched.
trap '' INT TERM HUP QUIT
label=$1=$2
containers=
directories=

# PostgreSQL ends its children and frees its shared memory on QUIT; nobody survives KILL.
end_server() {
    pid=$(cat "$1/server.pid" 2>/dev/null)
    if [ -n "$pid" ]; then
        kill -QUIT "$pid" 2>/dev/null
        for attempt in 1 2 3 4 5 6 7 8 9 10; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null
    fi
    rm -rf "$1"
}

while read -r order what; do
    case $order in
        watch-containers) containers=yes ;;
        watch-directory) directories="$directories$what
" ;;
        remove-container) docker rm --force --volumes "$what" </dev/null & ;;
        remove-directory) end_server "$what" & ;;
    esac
done

printf '%s' "$directories" | while read -r directory; do
    if [ -d "$directory" ]; then end_server "$directory"; fi
done

# A container may still be in the making when its owner dies: look more than once.
if [ -n "$containers" ]; then
    for attempt in 1 2 3 4 5; do
        ids=$(docker ps --all --quiet --filter "label=$label")
        if [ -n "$ids" ]; then docker rm --force --volumes $ids; fi
        sleep 1
    done
fi
